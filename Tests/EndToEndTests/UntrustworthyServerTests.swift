// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Our client and servers that are not what it takes them for.
@Suite(.timeLimit(.minutes(30))) struct UntrustworthyServerTests {
    @Test func aServerThatDoesNotSpeakTLSIsToldNothing() throws {
        try expectNothingGivenAway(
            to: ["--plain", "220 mail.example ESMTP\r\n"],
            "error: the server does not speak TLS on this port"
        )
    }

    @Test func aServerThatNeverAnswersIsGivenUp() throws {
        try expectNothingGivenAway(
            to: ["--plain", ""],
            "error: the server accepted the connection but did not answer the TLS handshake"
        )
    }

    @Test func aServerWithoutTLS13IsToldNothing() throws {
        try expectNothingGivenAway(to: ["--no-tls-1.3"], "error: no version of TLS in common")
    }

    private func expectNothingGivenAway(to options: [String], _ error: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, port) = try PythonPeer.startServer(
            "recording_server.py",
            folder.certificateOptions + options
        )
        let client = try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: ["CHAT_SECRET": "open sesame"]
        )
        #expect(try client.waitForExit() == 76)
        try expectComplaint(of: client, error)
        #expect(client.lines(of: .errors).count == 3)
        try server.waitForExit()
        #expect(!server.lines(of: .output).contains { $0.contains("open sesame") || $0.contains("aisha") })
    }

    @Test(
        arguments: [
            ("ffffffff", "the server broke the protocol: the peer announced a frame of 4294967295 bytes"),
            ("00002001", "the server broke the protocol: the peer announced a frame of 8193 bytes"),
            ("00000002c080", "the server broke the protocol: it sent bytes that are not UTF-8"),
            ("0000000541", "the connection was cut without a goodbye"),
        ]
    )
    func aServerThatBreaksTheProtocolIsLeftWithNothingOfItShown(answer: String, complaint: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, port) = try PythonPeer.startServer(
            "recording_server.py",
            folder.certificateOptions + ["--answer", answer]
        )
        let client = try ClientProcess.start("aisha", port: port, authority: folder.path("ca.pem"))
        #expect(try client.waitForExit() == 76)
        try expectComplaint(of: client, "error: \(complaint)")
        try server.expect("handshake: complete")
    }

    private func expectComplaint(of client: ChildProcess, _ error: String) throws {
        let lines = client.lines(of: .errors).suffix(2)
        #expect(lines.first?.hasPrefix(error) == true && lines.last?.hasPrefix("hint: ") == true, "\(lines)")
        #expect(client.bytes(of: .output).isEmpty)
    }
}
