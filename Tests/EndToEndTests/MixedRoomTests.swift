// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// One room of three programs: a stranger's over TLS, ours over TLS, and ours without.
@Suite(.timeLimit(.minutes(30))) struct MixedRoomTests {
    private static let names = ["aisha", "ben", "chen"]

    @Test func everyoneSeesEveryLineOfTheOthersOnceInOneOrder() throws {
        let server = try ServerProcess(["--rate=0"], plain: true)
        let room = try join(server)
        for number in 1...30 {
            for (member, name) in zip(room, Self.names) { try member.type("\(name) says \(number)") }
        }
        try room[1].type("/nick benjamin")
        for member in room { try member.expect("* ben is now benjamin *") }
        try room[2].type("/who")
        try room[2].expect("* online: aisha, benjamin, chen *")
        // Each has the last line of everyone, so nothing is on its way any more.
        for (index, member) in room.enumerated() {
            for (other, name) in Self.names.enumerated() where other != index {
                try member.expect("\(name): \(name) says 30")
            }
        }
        let chats = room.map { member in member.lines(of: .output).filter { $0.contains(" says ") } }
        for (name, chat) in zip(Self.names, chats) {
            for other in Self.names {
                let expected = other == name ? [] : (1...30).map { "\(other): \(other) says \($0)" }
                #expect(chat.filter { $0.hasPrefix("\(other): ") } == expected)
            }
        }
        // Whatever two of them both saw, they saw in the same order.
        for (one, other) in [(0, 1), (1, 2), (0, 2)] {
            let both = Set(chats[one]).intersection(chats[other])
            #expect(chats[one].filter(both.contains) == chats[other].filter(both.contains))
        }
        try leave(room)
        #expect(try server.stop() == 0)
    }

    private func join(_ server: ServerProcess) throws -> [ChildProcess] {
        let stranger = try PythonPeer.start(
            "lesson_client.py",
            ["\(server.port)", "aisha", "--ca", server.authority]
        )
        try stranger.expect("* aisha joined the chat *")
        let encrypted = try ClientProcess.start("ben", port: server.port, authority: server.authority)
        try stranger.expect("* ben joined the chat *")
        let plain = try ClientProcess.start(
            "chen",
            port: server.port(.plain),
            authority: server.authority,
            options: ["--plain"]
        )
        try plain.expect("connected WITHOUT encryption", on: .errors)
        for member in [stranger, encrypted, plain] { try member.expect("* chen joined the chat *") }
        return [stranger, encrypted, plain]
    }

    private func leave(_ room: [ChildProcess]) throws {
        #expect(try room[2].finish() == 0)
        try room[0].expect("* chen left *")
        #expect(try room[1].finish() == 0)
        try room[0].expect("* benjamin left *")
        #expect(try room[0].finish() == 0)
        let notices = room[0].lines(of: .output).filter {
            $0.hasSuffix(" joined the chat *") || $0.hasSuffix(" left *")
        }
        #expect(
            notices == Self.names.map { "* \($0) joined the chat *" } + [
                "* chen left *", "* benjamin left *",
            ]
        )
    }
}
