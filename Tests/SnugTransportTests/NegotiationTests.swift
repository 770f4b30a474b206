// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What a client that shares no code with ours may and may not agree on with the server.
@Suite(.timeLimit(.minutes(30))) struct NegotiationTests {
    @Test(arguments: ["-tls1", "-tls1_1", "-tls1_2"])
    func anOlderTLSThanThePolicyAllowsIsRefused(version: String) throws {
        try withServer { running in
            let verdict = try connect(to: running, [version, "-cipher", "ALL:@SECLEVEL=0"])
            #expect(!verdict.accepted)
            #expect(verdict.text.contains("SSL alert number"), "\(verdict.text)")
        }
    }

    @Test func aClientThatOffersOnlyOtherProtocolsIsRefused() throws {
        try withServer { running in
            let verdict = try connect(to: running, ["-alpn", "http/1.1,h2"])
            #expect(!verdict.accepted)
            #expect(verdict.text.contains("alert number 120"), "\(verdict.text)")
            try running.expectLog("no application protocol in common")
        }
    }

    @Test(arguments: [
        ["-alpn", "h2,snug/0"], ["-groups", "P-256"], ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
    ])
    func whatTheProtocolAllowsIsAccepted(options: [String]) throws {
        try withServer { running in
            let verdict = try connect(to: running, options)
            #expect(verdict.accepted && verdict.text.contains("TLSv1.3"), "\(verdict.text)")
        }
    }

    @Test(arguments: ["TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256"])
    func aWeakerCipherIsRefused(suite: String) throws {
        try withServer { running in
            let verdict = try connect(to: running, ["-ciphersuites", suite])
            #expect(!verdict.accepted)
            #expect(verdict.text.contains("alert handshake failure"), "\(verdict.text)")
        }
    }

    /// What GnuTLS says of it by itself is about cipher suites, where whoever looks for the fault finds none.
    @Test func aClientWithoutTLS13IsToldThatItIsTheVersionAndSoIsTheLog() throws {
        try withServer { running in
            let verdict = try connect(to: running, ["-tls1_2"])
            #expect(verdict.text.contains("alert protocol version"), "\(verdict.text)")
            try running.expectLog("did not complete the TLS handshake: no version of TLS in common")
        }
    }

    /// One handshake of the openssl program, which leaves after it because it has nothing to send.
    private func connect(to running: RunningServer, _ options: [String]) throws -> OpenSSL.Verdict {
        try OpenSSL.run(["s_client", "-connect", "127.0.0.1:\(running.port(.tls))"] + options)
    }
}
