// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// The order of a room with real programs: two that only listen, on two loops of the server, and four that speak.
///
/// Members come to the loops in turn, which `RoomOrderTests` looks up in the kernel.
@Suite(.timeLimit(.minutes(30))) struct RoomOrderProgramTests {
    private static let listeners = ["left ear", "right ear"]
    private static let speakers = ["ann", "ben", "cho", "dia"]
    /// No more than a pipe holds of what a speaker is shown, which nobody reads.
    private static let lines = 400

    @Test(arguments: [[TransportKind.tls], [.plain], [.tls, .tls, .plain, .plain]])
    func listenersOnDifferentLoopsSeeTheSameLinesInOneOrder(kinds: [TransportKind]) throws {
        let server = try ServerProcess(["--rate=0", "--loops=2"], plain: true)
        var room: [ChildProcess] = []
        for (index, name) in (Self.listeners + Self.speakers).enumerated() {
            let kind = kinds[index % kinds.count]
            let member = try ClientProcess.start(
                name,
                port: server.port(kind),
                authority: server.authority,
                options: kind == .plain ? ["--plain"] : []
            )
            try member.expect("* \(name) joined the chat *")
            room.append(member)
        }
        for number in 1...Self.lines / 100 {
            for (name, member) in zip(Self.speakers, room.dropFirst(2)) {
                let said = (1...100).map { "\(name) says \((number - 1) * 100 + $0)\n" }
                try member.write(Array(said.joined().utf8))
            }
        }
        for (name, member) in zip(Self.speakers, room.dropFirst(2)) { try member.type("/nick \(name) done") }

        let heard = try room.prefix(2).map { listener in
            for name in Self.speakers { try listener.expect("* \(name) is now \(name) done *") }
            return listener.lines(of: .output).drop { !$0.contains("dia joined the chat") }
        }
        #expect(heard[0] == heard[1])
        for name in Self.speakers {
            let expected = (1...Self.lines).map { "\(name): \(name) says \($0)" }
            #expect(heard[0].filter { $0.hasPrefix("\(name): ") } == expected)
        }
        #expect(try server.stop() == 0)
    }
}
