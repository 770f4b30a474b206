// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Where an administrator or a peer allows less of TLS than Snug needs.
@Suite(.timeLimit(.minutes(30))) struct TLSPolicyTests {
    /// One without our groups makes GnuTLS 3.7.9 crash in its first handshake.
    static let tooStrict = [
        "tls-disabled-group = x25519\ntls-disabled-group = secp256r1",
        "disabled-curve = x25519\ndisabled-curve = secp256r1",
        "disabled-version = TLS1.3", "tls-disabled-mac = AEAD", "insecure-hash = sha256",
        "tls-disabled-cipher = AES-256-GCM\ntls-disabled-cipher = CHACHA20-POLY1305",
        "min-verification-profile = future", "insecure-sig = ECDSA-SECP256R1-SHA256",
        "insecure-sig = ECDSA-SHA256",
    ]

    @Test(arguments: tooStrict)
    func aSystemsPolicyThatLeavesTooLittleIsNamedAndTheHintGetsRoundIt(policy: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let file = try folder.write(Array("[overrides]\n\(policy)\n".utf8), to: "policy", mode: 0o644)
        let refused = try check(folder, policy: file)
        #expect(try refused.finish() == 78)
        let lines = refused.lines(of: .errors)
        #expect(lines.count == 2, "\(lines)")
        #expect(
            lines.first?.hasPrefix("error: this system's settings for GnuTLS do not allow ") == true,
            "\(lines)"
        )
        let hint = try #require(lines.last)
        #expect(hint.contains(" in \(file), or do without it by setting "), "\(hint)")
        let word = try #require(
            hint.split(separator: " ").first { $0.hasPrefix("GNUTLS_SYSTEM_PRIORITY_FILE=") }
        )
        let good = try check(folder, policy: String(word.split(separator: "=")[1]))
        #expect(try good.finish() == 0)
    }

    /// Where nothing is left that a server could agree to, the server only says that the handshake failed.
    @Test(arguments: tooStrict)
    func aClientUnderSuchAPolicySaysSo(policy: String) throws {
        let server = try ServerProcess()
        let file = try server.folder.write(Array("[overrides]\n\(policy)\n".utf8), to: "policy", mode: 0o644)
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: ["GNUTLS_SYSTEM_PRIORITY_FILE": file]
        )
        #expect(try client.waitForExit() == 78)
        try client.expect("error: this system's settings for GnuTLS do not allow ", on: .errors)
        #expect(try server.stop() == 0)
    }

    @Test func aPolicyThatLeavesEnoughIsNoFault() throws {
        let folder = try TemporaryFolder.withCertificates()
        let policy = "[overrides]\ntls-disabled-group = x25519\ntls-disabled-cipher = AES-256-GCM\n"
        let file = try folder.write(Array(policy.utf8), to: "policy", mode: 0o644)
        let good = try check(folder, policy: file)
        #expect(try good.finish() == 0, "\(good.lines(of: .errors))")
    }

    @Test func aServerWithoutTLS13IsNamedAndItsOwnerAskedForIt() throws {
        let folder = try TemporaryFolder.withCertificates()
        let (old, oldPort) = try startServer("-tls1_2", folder)
        let refused = try ClientProcess.start("aisha", port: oldPort, authority: folder.path("ca.pem"))
        #expect(try refused.waitForExit() == 76)
        let lines = refused.lines(of: .errors)
        #expect(lines.contains("error: no version of TLS in common"), "\(lines)")
        #expect(
            lines.last?.hasPrefix("hint: ask the server's owner to let it speak TLS 1.3") == true,
            "\(lines)"
        )
        old.signal(15)
        let (new, newPort) = try startServer("-tls1_3", folder)
        let client = try ClientProcess.start("aisha", port: newPort, authority: folder.path("ca.pem"))
        try client.expect("connected over TLSv1.3 ", on: .errors)
        new.signal(15)
        try client.waitForExit()
    }

    private func check(_ folder: TemporaryFolder, policy: String) throws -> ChildProcess {
        try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--check", "--port=0"] + folder.certificateOptions,
            environment: ["GNUTLS_SYSTEM_PRIORITY_FILE": policy]
        )
    }

    private func startServer(_ version: String, _ folder: TemporaryFolder) throws -> (ChildProcess, UInt16) {
        let server = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", version, "-accept", "127.0.0.1:0", "-cert", folder.path("server.pem"), "-key",
                folder.path("server-key.pem"),
            ]
        )
        let line = try server.expect("ACCEPT 127.0.0.1:")
        let port = try #require(line.split(separator: ":").last)
        return (server, try #require(UInt16(port)))
    }
}
