// SPDX-License-Identifier: Apache-2.0

import SnugLab
import TestSupport
import Testing

/// Certificates and keys that cannot be used: each is called by its name, and doing what the hint says mends it without
/// harm to anything else.
@Suite(.timeLimit(.minutes(30))) struct CertificateFaultTests {
    @Test(arguments: CertificateMistake.all)
    func whatIsWrongIsSaidAndTheHintMendsItAndDestroysNothing(mistake: CertificateMistake) throws {
        let lab = try OpenSSLLab()
        try mistake.prepare(lab)
        try mend(mistake, in: lab)
        // What the hint made is in the way of the next one, as anything else with that name would be.
        if try !lab.check(mistake.certificate, mistake.key).isGood { try mend(mistake, in: lab) }
    }

    private func mend(_ mistake: CertificateMistake, in lab: OpenSSLLab) throws {
        let (isGood, lines) = try lab.check(mistake.certificate, mistake.key)
        #expect(!isGood && lines.count == 2, "\(lines)")
        let error = try #require(lines.first)
        let hint = try #require(lines.last)
        #expect(error.hasPrefix("error: ") && error.contains(mistake.error), "\(error)")
        #expect(hint.hasPrefix("hint: ") && !hint.contains("--force"), "\(hint)")

        let before = try lab.snapshot()
        let (certificate, key) = try mistake.mend(lab, hint)
        let (isMended, complaint) = try lab.check(certificate, key)
        #expect(isMended, "\(complaint)")
        let after = try lab.snapshot()
        for (name, content) in before where !mistake.touches.contains(name) {
            #expect(after[name] == content, "\(name) was changed")
        }
        if key != mistake.key { #expect(try lab.folder.mode(of: key) & 0o077 == 0) }
    }

    @Test func aChainWithoutItsMiddleIsWarnedOfByName() throws {
        let lab = try OpenSSLLab()
        try lab.issue("server")
        let (isGood, lines) = try lab.check("server.pem", "server-key.pem")
        #expect(isGood)
        let warning = "warning: server.pem lacks the certificate of CN=Middle, which issued its last one: "
        #expect(lines.contains { $0.hasPrefix(warning) }, "\(lines)")
        // Which is what the warning says to do.
        try lab.run("cat server.pem middle.pem >mended.pem")
        // Clients have the root; that is the authority beside the certificate here.
        try lab.run("cp root.pem ca.pem")
        let mended = try lab.check("mended.pem", "server-key.pem")
        #expect(mended.lines.count == 2 && mended.isGood, "\(mended.lines)")
        // And without the mending they would be refused, although the server has their authority.
        #expect(try lab.check("server.pem", "server-key.pem").lines.contains { $0.hasPrefix(warning) })
    }

    @Test(arguments: RefusedCertificate.all)
    func whatAClientWithTheAuthorityRefusesIsFoundByTheCheckInItsWords(refused: RefusedCertificate)
        throws
    {
        let lab = try OpenSSLLab()
        let places = try refused.prepare(lab)
        let words = try wordsOfClient(lab)
        #expect(words.contains("the server's certificate was refused: "), "\(words)")
        #expect(words.contains(refused.grounds), "\(words)")
        for (chain, key) in places {
            let (isGood, lines) = try lab.check(chain, key)
            #expect(!isGood && lines.count == 2, "\(chain): \(lines)")
            #expect(lines.first?.contains("\(chain) is refused by clients: ") == true, "\(lines)")
            #expect(lines.first?.contains(refused.grounds) == true, "\(lines)")
            #expect(lines.last?.contains(refused.remedy) == true, "\(lines)")
        }
    }

    /// What `snug` says to a server of another program that presents `chain.pem`.
    private func wordsOfClient(_ lab: OpenSSLLab) throws -> String {
        let middle =
            try lab.folder.content(of: "middle.pem").isEmpty
            ? [] : ["-cert_chain", lab.folder.path("middle.pem")]
        // At this level openssl presents what it would not accept itself.
        let server = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", lab.folder.path("server.pem"), "-key",
                lab.folder.path("server-key.pem"), "-cipher", "DEFAULT@SECLEVEL=0",
            ] + middle
        )
        let line = try server.expect("ACCEPT 127.0.0.1:")
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        let client = try ClientProcess.start("aisha", port: port, authority: lab.folder.path("root.pem"))
        #expect(try client.waitForExit() == 77)
        return client.lines(of: .errors).joined(separator: "\n")
    }

    @Test func anAuthorityBesideTheCertificateThatDidNotIssueItIsWarnedOf() throws {
        let lab = try OpenSSLLab()
        try lab.issue("server")
        try LabCertificates.write(to: lab.folder.path("lab"))
        try lab.run("cp lab/ca.pem ca.pem")
        let (isGood, lines) = try lab.check("server-chain.pem", "server-key.pem")
        #expect(isGood)
        #expect(lines.contains { $0.hasPrefix("warning: clients that trust ca.pem refuse this server") })
    }

    @Test(arguments: AuthorityMistake.all)
    func aFileOfAuthoritiesThatCannotBeUsedIsNamedAndTheHintMendsIt(mistake: AuthorityMistake) throws {
        let server = try ServerProcess()
        let lab = try OpenSSLLab()
        try lab.folder.write(server.folder.content(of: "ca.pem"), to: "ca.pem", mode: 0o644)
        try lab.run(mistake.prepare)
        let refused = try join(server, lab.folder.path(mistake.file))
        #expect(try refused.waitForExit() == 78)
        let lines = refused.lines(of: .errors)
        #expect(lines.count == 2 && lines[0].contains(mistake.error), "\(lines)")
        #expect(lines.last?.contains(mistake.hint) == true, "\(lines)")
        let before = try lab.snapshot()
        let mended = try mistake.mend(lab, lines.last ?? "")
        let joined = try join(server, lab.folder.path(mended))
        try joined.expect("* aisha joined the chat *")
        #expect(try joined.finish() == 0)
        #expect(try lab.snapshot().filter { before[$0.key] != nil } == before)
        #expect(try server.stop() == 0)
    }

    private func join(_ server: ServerProcess, _ authority: String) throws -> ChildProcess {
        try ClientProcess.start("aisha", port: server.port, authority: authority)
    }
}
