// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// A member whose TLS library asked for records of 512 bytes (RFC 6066 section 4): openssl-s_client(1).
@Suite(.timeLimit(.minutes(30))) struct SmallRecordPeerTests {
    private static let line = String(repeating: "漢", count: 500)

    /// What the member gets for it: the frame's length, the speaker's name, and 500 characters of three bytes.
    private static let spoken = frame("ben: \(line)")

    @Test func aPeerWithSmallRecordsGetsAWholeLongLineAtOnce() throws {
        let server = try ServerProcess()
        let (member, ben) = try join(server)
        try ben.send(Self.line)
        try member.waitForOutput(endingIn: Self.spoken)
        ben.close()
        member.signal(SIGKILL)
        try member.waitForExit()
        #expect(try server.stop() == 0)
    }

    @Test(arguments: ["/quit", "SIGTERM"])
    func aPeerWithSmallRecordsLosesNothingAtTheEnd(ending: String) throws {
        let server = try ServerProcess(["--rate=0"])
        let (member, ben) = try join(server)
        for _ in 0..<20 { try ben.send(Self.line) }
        try ben.send("the last")
        try ben.send("/who")
        // The answer to /who is behind everything that ben said.
        try ben.expectNotice(containing: "aisha")
        if ending == "/quit" { try member.write(frame("/quit")) } else { server.process.signal(SIGTERM) }
        try member.waitForExit()
        let output = member.bytes(of: .output)
        #expect(output.occurrences(of: Self.spoken) == 20)
        #expect(output.occurrences(of: frame("ben: the last")) == 1)
        ben.close()
        if ending == "/quit" { #expect(try server.stop() == 0) }
    }

    private func join(_ server: ServerProcess) throws -> (ChildProcess, TestClient) {
        let member = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", server.authority,
                "-verify_return_error", "-maxfraglen", "512", "-quiet",
            ]
        )
        try member.write(frame("aisha"))
        try member.waitForOutput(endingIn: frame("* aisha joined the chat *"))
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try member.waitForOutput(endingIn: frame("* ben joined the chat *"))
        return (member, ben)
    }
}

private func frame(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    return [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
}

extension ChildProcess {
    fileprivate func waitForOutput(endingIn expected: [UInt8]) throws {
        try wait(for: "\(expected.count) bytes") {
            bytes(of: .output).suffix(expected.count) == expected[...]
        }
    }
}

extension [UInt8] {
    fileprivate func occurrences(of pattern: [UInt8]) -> Int {
        var count = 0
        var index = 0
        while index + pattern.count <= self.count {
            if self[index..<index + pattern.count] == pattern[...] {
                count += 1
                index += pattern.count
            } else {
                index += 1
            }
        }
        return count
    }
}
