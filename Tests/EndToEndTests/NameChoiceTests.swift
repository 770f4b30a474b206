// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// What somebody is called who starts the client for the first time, at a terminal and without reading anything.
@Suite(.timeLimit(.minutes(30))) struct NameChoiceTests {
    private let home: TemporaryFolder
    private let server: ServerProcess

    init() throws {
        home = try TemporaryFolder()
        server = try ServerProcess()
    }

    private func window(_ options: String = "", environment: String = "") throws -> TerminalWindow {
        let variables =
            "env -u SNUG_NAME -u XDG_STATE_HOME -u XDG_CONFIG_HOME HOME=\(home.path) \(environment)"
        let program = try BuiltPrograms.path(of: "snug")
        return try TerminalWindow(
            "\(variables) \(program) --port=\(server.port) --ca=\(server.authority) \(options)"
        )
    }

    private func expectToBeIn(_ window: TerminalWindow, as name: String) throws {
        try server.expectLog(" joined as \(name) (")
        try window.expect("prompt") { $0.last?.hasPrefix("#main>") == true }
    }

    @Test func theNameIsAskedForOnceAndKept() throws {
        let first = try window()
        try first.expect("question") { $0.contains { $0.hasPrefix("what is your name here? [") } }
        try first.type("Zoë")
        try first.press("Enter")
        try expectToBeIn(first, as: "Zoë")
        #expect(try home.content(of: ".local/state/snug/name") == Array("Zoë\n".utf8))
        try first.press("C-d")
        #expect(try first.end().exitCode == "0")

        try server.expectLog(" left as Zoë")
        let second = try window()
        try expectToBeIn(second, as: "Zoë")
        #expect(try !second.screen().contains { $0.contains("what is your name") })
    }

    @Test func anEmptyAnswerTakesTheLoginName() throws {
        let window = try window()
        let rows = try window.expect("question") { $0.contains { $0.hasPrefix("what is your name here? [") } }
        let row = try #require(rows.first { $0.hasPrefix("what is your name here? [") })
        let offered = try #require(row.split(separator: "[").last?.split(separator: "]").first)
        try window.press("Enter")
        try expectToBeIn(window, as: String(offered))
    }

    @Test func whoSaysNoNameIsToldWhereItCanBeGiven() throws {
        let window = try window()
        try window.expect("question") { $0.contains { $0.hasPrefix("what is your name here? ") } }
        try window.press("C-d")
        #expect(try window.end().exitCode == "64")
        let rows = try window.screen()
        #expect(rows.contains("error: nobody said a name") && rows.contains("hint: give one with --name"))
    }

    @Test(arguments: [("--name=ben", ""), ("", "SNUG_NAME=ben")])
    func whoHasGivenANameIsNotAsked(options: String, environment: String) throws {
        let window = try window(options, environment: environment)
        try expectToBeIn(window, as: "ben")
        #expect(try !window.screen().contains { $0.contains("what is your name") })
        #expect(try !home.entries().contains(".local"))
    }

    @Test func withoutATerminalNobodyIsAsked() throws {
        let client = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--port=\(server.port)", "--ca=\(server.authority)"],
            environment: ["HOME": home.path]
        )
        #expect(try client.finish() == 0)
        #expect(client.lines(of: .output).first?.hasSuffix(" joined the chat *") == true)
        #expect(!client.lines(of: .errors).contains { $0.contains("name") })
    }
}
