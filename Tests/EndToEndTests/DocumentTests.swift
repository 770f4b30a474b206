// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct DocumentTests {
    @Test func theClientInTheProtocolDocumentChats() throws {
        let program = try #require(try Document.blocks("python client", of: "docs/protocol.md").first)
        let server = try ServerProcess(environment: ["CHAT_SECRET": "open sesame"])
        let witness = try TestClient(.tls, port: server.port)
        for frame in ["open sesame", "witness"] { try witness.send(frame) }
        for text in ["ok", "* witness joined the chat *"] { try witness.expect(text) }

        let guest = try ChildProcess(
            "/usr/bin/python3",
            ["-c", program, "localhost", "\(server.port)", "guest", server.authority],
            environment: ["CHAT_SECRET": "open sesame"]
        )
        try witness.expect("* guest joined the chat *")
        try guest.type("hello from python 🐍")
        try witness.expect("guest: hello from python 🐍")
        try witness.send("hello, guest")
        try guest.expect("witness: hello, guest")
        #expect(try guest.finish() == 0)
        #expect(
            guest.lines(of: .output) == ["ok", "* guest joined the chat *", "witness: hello, guest"]
        )
        try witness.expect("* guest left *")
        witness.close()
        #expect(try server.stop() == 0)
    }
}
