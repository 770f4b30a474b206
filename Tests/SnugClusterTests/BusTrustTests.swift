// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugServer
import TestSupport
import Testing

@testable import SnugCluster

/// Whom a node tells its password, and all that is said.
@Suite struct BusTrustTests {
    private let folder: TemporaryFolder
    private let bus: RunningBus

    init() throws {
        folder = try TemporaryFolder()
        try TestAuthority(names: ["localhost"]).write(into: folder)
        let (chain, key) = (folder.path("chain.pem"), folder.path("key.pem"))
        let tls = "tls { cert_file: \"\(chain)\", key_file: \"\(key)\" }"
        bus = try RunningBus(servers: 1, "\(tls)\nauthorization { user: snug, password: \"right\" }")
    }

    private func fault(scheme: String = "tls", host: String = "localhost", authority: String) throws
        -> RequestLogFault?
    {
        let url = try #require(BusURL("\(scheme)://snug:right@\(host):\(bus.port())"))
        var settings = BusSettings(urls: [url])
        settings.authoritiesFile = authority
        do throws(RequestLogFault) { try JetStreamLog.check(settings) } catch { return error }
        return nil
    }

    private var authority: String { folder.path("ca.pem") }

    @Test func aBusOfTheGivenAuthorityIsTrusted() throws {
        #expect(try fault(authority: authority) == nil)
        #expect(try fault(scheme: "nats", authority: authority) == nil, "an authority asks for encryption")
    }

    @Test func aBusOfAnotherAuthorityIsRefused() throws {
        let others = try TemporaryFolder()
        try TestAuthority(names: ["localhost"]).write(into: others)
        let fault = try #require(try fault(authority: others.path("ca.pem")))
        #expect(fault.sentence.contains("cannot be trusted: its certificate does not verify"))
        #expect(fault.kind == .refused && fault.hint.contains("--cluster-ca"))
    }

    @Test func aBusWhoseCertificateIsForAnotherNameIsRefused() throws {
        let fault = try #require(try fault(host: "127.0.0.1", authority: authority))
        #expect(fault.sentence.contains("cannot be trusted: its certificate does not verify"))
    }

    @Test func aBusThatDoesNotEncryptIsRefusedWhereThatWasAskedFor() throws {
        let plain = try RunningBus()
        let fault = try #require(
            throws: RequestLogFault.self,
            performing: { try JetStreamLog.check(BusSettings(urls: [plain.url(scheme: "tls")])) }
        )
        #expect(fault.sentence.contains("do not agree on encryption"))
    }
}
#endif
