// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct LocalCommandTests {
    @Test(arguments: [
        ("/go ops", LocalCommand.go, "ops"), (" /GO  2 ", .go, "2"), ("/leave", .leave, ""),
        ("/tls x", .tls, "x"),
        ("/bell all", .bell, "all"),
    ])
    func aCommandIsFoundWhateverItsCase(line: String, command: LocalCommand, argument: String) throws {
        let parsed = try #require(LocalCommand.parse(line))
        #expect(parsed.command == command)
        #expect(parsed.argument == argument)
    }

    @Test(arguments: ["", "go ops", "//go ops", "/gone", "/", "/ go", "/\u{FF47}o", "/who", "/g\u{301}o"])
    func whatIsNoneIsForTheOtherTableOrForEverybody(line: String) { #expect(LocalCommand.parse(line) == nil) }

    @Test func noCommandOfThisProgramHidesOneOfTheServers() {
        for command in LocalCommand.allCases {
            #expect(
                Input.parse("/\(command.rawValue) x") == .refused(.unknownCommand("/\(command.rawValue)"))
            )
        }
    }

    @Test func everyCommandIsInTheHelpAndCompletedByTab() {
        let help = LocalCommand.help(Phrasing(style: .marks)).joined(separator: "\n")
        let words = Command.allCases.map(\.rawValue) + LocalCommand.allCases.map(\.rawValue)
        for word in words { #expect(help.contains("/\(word)")) }
        #expect(LocalCommand.words == words.map { "/\($0)" }.sorted())
    }
}
