// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// Programs from before there was a level 1, in `main` together with a client that speaks it.
///
/// None of them shares code with today's: a recording of `snug` 0.1, a client as the lesson teaches it, and the
/// client of docs/protocol-1.md.
@Suite(.timeLimit(.minutes(30))) struct OldClientTests {
    private static let rooms: [[String: String]] = [[:], ["CHAT_SECRET": "open sesame"]]

    /// What `snug --name old` 0.1.0 sent for these lines, byte for byte, as a server of Python's recorded it.
    private enum Recorded {
        static let passphrase = "0000000b6f70656e20736573616d65"
        static let name = "000000036f6c64"
        /// `hello 👋`, `/who`, `/nick older`, and the "still here" that it sends after 100 s of silence.
        static let talk =
            "0000000a68656c6c6f20f09f918b" + "000000042f77686f" + "0000000b2f6e69636b206f6c646572"
            + "00000000"
        static let goodbye = "000000052f71756974"
    }

    @Test(arguments: rooms)
    func snug01AndALessonClientChatInMainWithAClientOfLevelOne(environment: [String: String]) throws {
        let server = try ServerProcess(environment: environment)
        let new = try ChildProcess(
            "/usr/bin/python3",
            [
                Document.file(at: "docs/examples/client-level-1.py"), "localhost", "\(server.port)", "new",
                server.authority,
            ],
            environment: environment
        )
        try new.expect("* new joined")
        let lesson = try PythonPeer.start(
            "lesson_client.py",
            ["\(server.port)", "lesson", "--ca", server.authority],
            environment: environment
        )
        try lesson.expect("* lesson joined the chat *")
        let old = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)", "-CAfile", server.authority,
                "-verify_return_error", "-verify_hostname", "localhost", "-alpn", "snug/0", "-tls1_3",
            ]
        )
        if !environment.isEmpty { try old.write(Self.bytes(Recorded.passphrase)) }
        try old.write(Self.bytes(Recorded.name))
        try new.expect("* old joined")
        try lesson.expect("* old joined the chat *")
        try old.write(Self.bytes(Recorded.talk))
        try lesson.expect("old: hello 👋")
        try new.expect("old: hello 👋")
        try lesson.expect("* old is now older *")
        try new.type("from level 1")
        try lesson.expect("new: from level 1")
        try lesson.type("from the lesson")
        try new.expect("lesson: from the lesson")
        let heard =
            (environment.isEmpty ? [] : ["ok"]) + [
                "* old joined the chat *", "* online: new, lesson, old *", "* old is now older *",
                "new: from level 1", "lesson: from the lesson",
            ]
        let expected = try heard.flatMap { try FrameEncoder.frame($0) }
        try old.wait(for: "all lines") { old.bytes(of: .output).count >= expected.count }
        try old.write(Self.bytes(Recorded.goodbye))
        #expect(try old.waitForExit() == 0)
        #expect(old.bytes(of: .output) == expected)
        try lesson.expect("* older left *")
        #expect(try lesson.finish() == 0)
        new.endInput()
        #expect(try new.waitForExit() == 0)
        #expect(try server.stop() == 0)
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0..<$0 + 2]), radix: 16)
        }
    }
}
