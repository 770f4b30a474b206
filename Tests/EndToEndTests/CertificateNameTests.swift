// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Certificates as other programs make them, whose names are of all kinds: one that works is enough.
@Suite(.timeLimit(.minutes(30))) struct CertificateNameTests {
    private static let longText = String(repeating: "x", count: 300)

    @Test(arguments: [
        "URI:https://e.example/\(longText),DNS:localhost",
        (1...20).map { "email:a\($0)@example.org," }.joined() + "DNS:localhost",
        "DNS:*.lan,DNS:localhost", "DNS:*,DNS:f*o.example,DNS:localhost", "DNS:my_host,DNS:localhost",
        "DNS:localhost.,DNS:localhost", "DNS:192.0.2.7,DNS:localhost",
        "DNS:\(longText).example,DNS:localhost",
        "dirName:person,RID:1.2.3.4,otherName:1.2.3.4;UTF8:someone,DNS:localhost", "DNS:a b,DNS:localhost",
        "IP:192.0.2.7,IP:2001:db8::7,DNS:localhost", "DNS:xn--mnchen-3ya.example,DNS:localhost",
    ])
    func aServerServesUnderTheNameThatWorksWhateverStandsBeforeIt(names: String) throws {
        let lab = try OpenSSLLab()
        try lab.issue("server", "subjectAltName=\(names)\n[person]\nCN=Somebody")
        let (isGood, lines) = try lab.check("server-chain.pem", "server-key.pem")
        #expect(isGood, "\(lines)")
        let (server, port) = try serve(lab)
        let client = try ClientProcess.start("aisha", port: port, authority: lab.folder.path("root.pem"))
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        server.signal(15)
        #expect(try server.waitForExit() == 0)
    }

    /// The server's address, written as a host name, is a name by which nobody can ask for it.
    @Test func whatAServerIsForIsSaidWithoutTheNamesThatNoClientCanAskFor() throws {
        let lab = try OpenSSLLab()
        try lab.issue("server", "subjectAltName=DNS:127.0.0.1,DNS:localhost,DNS:*.lan")
        let (server, port) = try serve(lab)
        let client = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--host=127.0.0.1", "--port=\(port)", "--name=aisha", "--ca=\(lab.folder.path("root.pem"))"]
        )
        #expect(try client.finish() == 77)
        let errors = client.lines(of: .errors)
        #expect(
            errors.contains {
                $0 == "error: the server's certificate was refused: it is not for 127.0.0.1 but for localhost"
            },
            "\(errors)"
        )
        server.signal(15)
        #expect(try server.waitForExit() == 0)
    }

    private func serve(_ lab: OpenSSLLab) throws -> (server: ChildProcess, port: UInt16) {
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--cert=\(lab.folder.path("server-chain.pem"))"]
                + ["--key=\(lab.folder.path("server-key.pem"))"]
        )
        let address = "encrypted chat on 127.0.0.1:"
        let line = try server.expect(address, on: .errors)
        return (server, try #require(UInt16(line.dropFirst(address.count).prefix(while: \.isNumber))))
    }

    @Test(arguments: [
        ("DNS:*.lan", "\"*.lan\" is no wildcard that clients take"),
        ("DNS:a*.example.org", "\"a*.example.org\" is no wildcard that clients take"),
        ("DNS:chat.example.", "\"chat.example.\" ends with a dot"),
        ("DNS:192.0.2.7", "\"192.0.2.7\" is an address written as a host name"),
        ("DNS:2001:db8::7", "\"2001:db8::7\" is an address written as a host name"),
        ("DNS:a b", "\"a b\" is no host name"),
        ("DNS:\(longText)", "\"\(String(repeating: "x", count: 64))…\" is no host name"),
    ])
    func aNameThatNoClientCanAskForIsWarnedOf(name: String, words: String) throws {
        let lab = try OpenSSLLab()
        try lab.issue("good", "subjectAltName=DNS:localhost,\(name)")
        let (isGood, lines) = try lab.check("good-chain.pem", "good-key.pem")
        #expect(isGood)
        let warning = "warning: no client can ask for these names of the certificate: \(words)"
        #expect(lines.contains(warning), "\(lines)")
        try lab.issue("bad", "subjectAltName=\(name)")
        let refused = try lab.check("bad-chain.pem", "bad-key.pem")
        #expect(!refused.isGood)
        #expect(refused.lines.first == "error: bad-chain.pem has no name that clients can ask for: \(words)")
    }

    @Test(arguments: ["DNS:*.example.org", "DNS:my_host", "IP:192.0.2.7", "IP:2001:db8::7", "DNS:LOCALHOST"])
    func aNameOfAnyKindThatWorksIsEnoughAlone(name: String) throws {
        let lab = try OpenSSLLab()
        try lab.issue("server", "subjectAltName=\(name)")
        let (isGood, lines) = try lab.check("server-chain.pem", "server-key.pem")
        #expect(isGood && !lines.contains { $0.hasPrefix("warning") }, "\(lines)")
    }

    /// In a container whose name for the server has an underscore.
    @Test(.enabled(if: canMount, "needs a machine on which one may make mount namespaces"))
    func aClientJoinsAHostWithAnUnderscore() throws {
        let server = try ServerProcess()
        let lab = try OpenSSLLab()
        try lab.issue("server", "subjectAltName=DNS:my_host")
        for (file, name) in [("server-chain.pem", "server.pem"), ("server-key.pem", "server-key.pem")] {
            try server.folder.write(lab.folder.content(of: file), to: name, mode: 0o600)
        }
        server.process.signal(1)
        try server.expectLog("certificate and key reloaded")
        let hosts = try lab.folder.write(Array("127.0.0.1 my_host\n".utf8), to: "hosts", mode: 0o644)
        let client = try ChildProcess(
            "/usr/bin/unshare",
            [
                "--mount", "/bin/sh", "-c", "mount --bind \(hosts) /etc/hosts && exec \"$@\"", "sh",
                try BuiltPrograms.path(of: "snug"), "--host=my_host", "--port=\(server.port)", "--name=aisha",
                "--ca=\(lab.folder.path("root.pem"))",
            ]
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    private static let canMount: Bool = {
        let trial = try? ChildProcess(
            "/usr/bin/unshare",
            ["--mount", "/bin/mount", "--bind", "/etc/hosts", "/etc/hosts"]
        )
        return (try? trial?.finish()) == 0
    }()
}
