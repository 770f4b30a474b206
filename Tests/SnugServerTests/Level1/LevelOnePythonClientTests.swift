// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugHistory
import SnugServer
import SnugSystem
import TestSupport
import Testing

/// The document's client in Python against the real server, which it shares no code with.
@Suite(.timeLimit(.minutes(30))) struct LevelOnePythonClientTests {
    private func client(_ name: String, of running: RunningServer) throws -> ChildProcess {
        let arguments = [
            Document.file(at: "docs/examples/client-level-1.py"), "127.0.0.1", "\(running.port(.plain))",
            name,
        ]
        return try ChildProcess(
            "/usr/bin/python3",
            arguments,
            environment: ["CHAT_SECRET": "open sesame, please"]
        )
    }

    @Test func twoOfThemAndAClientOfLevelZeroTalk() throws {
        try withServer(passphrase: "open sesame, please", { $0.limits.lineRate = .unlimited }) { running in
            let text = try TestClient(.tls, port: running.port(.tls))
            try text.send("open sesame, please")
            try text.expect("ok")
            try text.send("texter")
            try text.expect("* texter joined the chat *")
            let aisha = try client("aisha", of: running)
            try aisha.expect("* aisha joined")
            try text.expect("* aisha joined the chat *")
            let ben = try client("ben", of: running)
            try aisha.expect("* ben joined")
            try text.expect("* ben joined the chat *")
            try aisha.type("hello 👋")
            try text.expect("aisha: hello 👋")
            try ben.expect("aisha: hello 👋")
            try text.send("hello back")
            try aisha.expect("texter: hello back")
            for client in [aisha, ben] {
                client.endInput()
                #expect(try client.waitForExit() == 0)
            }
            try text.expectNotice(containing: "left")
        }
    }

    /// The server goes and comes back at the same port: the client resumes, and says again what was not confirmed.
    @Test func itComesBackByItselfWhenTheServerIsStartedAgain() throws {
        let folder = try TemporaryFolder()
        func start(port: UInt16) throws -> RunningServer {
            try RunningServer(passphrase: "open sesame, please") {
                $0.plainAddresses = [SocketAddress.loopback(port: port)]
                $0.history.file = folder.path("history")
            }
        }
        var running = try start(port: 0)
        let port = running.port(.plain)
        let aisha = try client("aisha", of: running)
        try aisha.expect("* aisha joined")
        try aisha.type("one")
        try aisha.expect("aisha: one")
        running.stop()
        try aisha.type("two")
        running = try start(port: port)
        defer { running.stop() }
        try aisha.expect("aisha: two")
        aisha.endInput()
        #expect(try aisha.waitForExit() == 0)
        #expect(aisha.lines(of: .output).filter { $0 == "aisha: one" }.count == 1)
        #expect(aisha.lines(of: .output).filter { $0 == "aisha: two" }.count == 1)
    }
}
