// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Our client and servers that it must not trust: nothing but a handshake reaches them.
@Suite(.timeLimit(.minutes(30))) struct CertificateTests {
    /// What is wrong with a server, and what the client says about it.
    enum Fault: String, CaseIterable, Sendable {
        case clientOnly = "it is not meant for servers"
        case expired = "it has expired: it was good until "
        case notYetValid = "it is not valid yet: it begins on "
        case selfSigned = "it is self-signed and not by a trusted authority"
        case weakKey = "it is signed with an insecure algorithm or key"
        case wrongAuthority = "its issuer CN=Snug lab CA is not trusted"
        case wrongName = "it is not for localhost but for chat.example"
    }

    @Test(arguments: Fault.allCases)
    func theClientRefusesBeforeItSaysAnythingAndSaysWhy(fault: Fault) throws {
        let folder = try TemporaryFolder()
        try Self.makeServer(with: fault, in: folder)
        let (server, port) = try PythonPeer.startServer("recording_server.py", folder.certificateOptions)
        let client = try client(port: port, folder)
        #expect(try client.waitForExit() == 77)
        let complaint = client.lines(of: .errors).dropFirst()
        #expect(complaint.count == 2, "\(complaint)")
        let sentence = "error: the server's certificate was refused: \(fault.rawValue)"
        #expect(complaint.first?.hasPrefix(sentence) == true, "\(complaint)")
        let depends = [.expired, .notYetValid].contains(fault)
        #expect(complaint.first?.contains("this machine's clock says 20") == depends, "\(complaint)")
        #expect(complaint.last?.hasPrefix("hint: ") == true)
        #expect(client.bytes(of: .output).isEmpty)
        try server.waitForExit()
        try server.expect("handshake: failed")
        #expect(!server.lines(of: .output).contains { $0.hasPrefix("received:") })
    }

    @Test func theClientThatPinsAKeyRefusesEveryOther() throws {
        let server = try ServerProcess()
        let someKey = "sha256:\(String(repeating: "A", count: 43))="
        let refused = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            options: ["--pin=\(someKey)"]
        )
        #expect(try refused.waitForExit() == 77)
        let complaint = try refused.expect("expected \(someKey), found sha256:", on: .errors)
        let pin = try #require(complaint.split(separator: " ").last)
        let accepted = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            options: ["--pin=\(pin)"]
        )
        #expect(try accepted.finish() == 0)
        #expect(try server.stop() == 0)
        #expect(server.process.lines(of: .errors).count { $0.contains("joined as") } == 1)
    }

    @Test func aCertificateWithAConditionThatNobodyKnowsIsItsOwnersToMend() throws {
        let lab = try OpenSSLLab()
        try lab.issue("odd", "subjectAltName=DNS:localhost\n1.2.3.4=critical,ASN1:UTF8String:x")
        let certificate = [lab.folder.path("odd-chain.pem"), lab.folder.path("odd-key.pem")]
        let (server, port) = try PythonPeer.startServer(
            "recording_server.py",
            ["--cert=\(certificate[0])", "--key=\(certificate[1])"]
        )
        let client = try ClientProcess.start("aisha", port: port, authority: lab.folder.path("root.pem"))
        #expect(try client.waitForExit() == 77)
        try client.expect("it has a critical extension that is not known here (1.2.3.4)", on: .errors)
        try client.expect("hint: ask the server's owner for a proper server certificate", on: .errors)
        try server.waitForExit()
    }

    private func client(port: UInt16, _ folder: TemporaryFolder) throws -> ChildProcess {
        try ClientProcess.start(
            "aisha",
            port: port,
            authority: folder.path("ca.pem"),
            environment: ["CHAT_SECRET": "open sesame"]
        )
    }

    /// Writes the server's certificate and key, and the authority that the client trusts.
    private static func makeServer(with fault: Fault, in folder: TemporaryFolder) throws {
        let trusted = try LabAuthority()
        try folder.write(trusted.certificatePEM, to: "ca.pem", mode: 0o644)
        let names = ["localhost", "127.0.0.1"]
        let day = Duration.seconds(86_400)
        switch fault {
        case .clientOnly: try folder.write(trusted.issue(names: names, purpose: .client), to: "server")
        case .expired:
            let past = (from: UnixTime.now + day * -9, to: UnixTime.now + day * -2)
            try folder.write(
                trusted.issue(names: names, notBefore: past.from, notAfter: past.to),
                to: "server"
            )
        case .notYetValid: try folder.write(trusted.issue(names: names, notBefore: .now + day), to: "server")
        case .selfSigned: try folder.write(IssuedCertificate.selfSigned(names: names), to: "server")
        case .weakKey:
            try folder.write(trusted.issue(names: names, algorithm: .rsa(bits: 1_024)), to: "server")
        case .wrongAuthority: try folder.write(LabAuthority().issue(names: names), to: "server")
        case .wrongName: try folder.write(trusted.issue(names: ["chat.example"]), to: "server")
        }
    }
}
