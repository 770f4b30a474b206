// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A client that meets the wrong server gives away nothing and says what was wrong, whether or not it has a key.
@Suite struct VerificationTests {
    enum Client: CaseIterable {
        case withoutKey, withKey

        var key: ClientKey? {
            get throws { self == .withKey ? try .random() : nil }
        }
    }

    @Test func aVerifiedServerIsNamedWithVersionCipherAndKey() throws {
        let pair = try ConnectedPair(.tls)
        let facts = try pair.completeHandshake()
        #expect(facts.client.protocolVersion == "TLSv1.3")
        #expect(facts.client.cipher == "AES-256-GCM")
        #expect(facts.client.group == "X25519")
        #expect(facts.client.applicationProtocol == "snug/0")
        #expect(facts.server.applicationProtocol == "snug/0")
        let identity = try #require(facts.client.identity)
        #expect(identity.verifiedName == "localhost")
        #expect(identity.voucher == .authority("CN=Snug test authority"))
        #expect(ExpectedServer.isWellFormed(pin: identity.pin))
        #expect(facts.server.identity == nil)
    }

    @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1"], Client.allCases)
    func eachNameOfTheCertificateIsAccepted(name: String, client: Client) throws {
        _ = try ConnectedPair(.tls, expecting: name, clientKey: client.key).completeHandshake()
    }

    @Test(arguments: ["chat.example", "127.0.0.2", "local", "localhost.example"], Client.allCases)
    func aServerWithAnotherNameIsRefused(name: String, client: Client) throws {
        let rejection = try rejection(ConnectedPair(.tls, expecting: name, clientKey: client.key))
        #expect(rejection.reasons == [.wrongName])
        #expect(rejection.expectedName == name)
        #expect(rejection.certificateNames == ["localhost", "127.0.0.1", "::1"])
    }

    @Test(arguments: Client.allCases) func aServerOfAnUnknownAuthorityIsRefused(client: Client) throws {
        #expect(
            try reasons(client, for: { try $0.issue(names: ["localhost"]) }, trusting: TestAuthority.shared)
                == [
                    .unknownIssuer("CN=Another test authority")
                ]
        )
    }

    @Test(arguments: Client.allCases) func anExpiredCertificateIsRefused(client: Client) throws {
        let end = UnixTime.now + .seconds(-3_600)
        #expect(
            try reasons(client) {
                try $0.issue(names: ["localhost"], notBefore: .now + .seconds(-7_200), notAfter: end)
            } == [.expired(end)]
        )
    }

    @Test(arguments: Client.allCases) func aCertificateOfTomorrowIsRefused(client: Client) throws {
        let begin = UnixTime.now + .seconds(3_600)
        #expect(
            try reasons(client) {
                try $0.issue(names: ["localhost"], notBefore: begin, notAfter: .now + .seconds(7_200))
            } == [.notYetValid(begin)]
        )
    }

    @Test(arguments: Client.allCases) func aCertificateForClientsIsNoServers(client: Client) throws {
        #expect(
            try reasons(client) { try $0.issue(names: ["localhost"], purpose: .client) } == [.wrongPurpose]
        )
    }

    /// GnuTLS's servers, ours among them, end the handshake of a client that sends such a name ahead.
    @Test(arguments: ["my_host", "compose_snug_1", String(repeating: "a", count: 300)])
    func aHostNameThatCannotBeSentAheadIsVerifiedAllTheSame(name: String) throws {
        let authority = try LabAuthority(commonName: "Another test authority")
        let names = name.count > 253 ? ["localhost"] : [name]
        let issued = try authority.issue(names: names)
        let wire = MemoryWire()
        let client = TransportConnection(
            owning: TLSTransport(
                client: wire.leftEnd(),
                context: try TLSContext(trust: .authorities(pem: authority.certificatePEM), policy: .modern),
                expecting: ExpectedServer(name: name),
                paddingMultiple: 0
            )
        )
        let server = TransportConnection(
            owning: TLSTransport(
                server: wire.rightEnd(),
                context: try issued.serverContext(),
                paddingMultiple: 0
            )
        )
        guard names == [name] else {
            #expect(try rejection(of: client, by: server).reasons == [.wrongName])
            return
        }
        try ConnectedPair.completeHandshake(client, server, IOBuffers())
    }

    @Test(arguments: Client.allCases) func aSelfSignedCertificateIsRefusedAsSuch(client: Client) throws {
        #expect(
            try reasons(client) { _ in try IssuedCertificate.selfSigned(names: ["localhost"]) } == [
                .selfSigned
            ]
        )
    }

    @Test(arguments: Client.allCases) func aPinNarrowsTrustToOneKey(client: Client) throws {
        let pin = try #require(try ConnectedPair(.tls).completeHandshake().client.identity).pin
        let other = "sha256:" + String(repeating: "A", count: 43) + "="
        let key = try client.key
        _ = try ConnectedPair(.tls, pins: [other, pin], clientKey: key).completeHandshake()
        let rejection = try rejection(ConnectedPair(.tls, pins: [other], clientKey: key))
        #expect(rejection.reasons == [.keyNotPinned(actualPin: pin)])
        #expect(rejection.certificateNames == ["localhost", "127.0.0.1", "::1"])
    }

    // MARK: -

    private func reasons(
        _ showing: Client,
        for issue: (borrowing LabAuthority) throws -> IssuedCertificate,
        trusting trusted: TestAuthority? = nil
    ) throws -> [CertificateRejection.Reason] {
        let authority = try LabAuthority(commonName: "Another test authority")
        let issued = try issue(authority)
        let client = try TLSContext(
            trust: .authorities(pem: trusted?.authorityPEM ?? authority.certificatePEM),
            policy: .modern,
            clientKey: showing.key
        )
        let wire = MemoryWire()
        let connecting = TransportConnection(
            owning: TLSTransport(
                client: wire.leftEnd(),
                context: client,
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
        let accepting = TransportConnection(
            owning: TLSTransport(
                server: wire.rightEnd(),
                context: try issued.serverContext(),
                paddingMultiple: 0
            )
        )
        return try rejection(of: connecting, by: accepting).reasons
    }

    private func rejection(_ pair: ConnectedPair) throws -> CertificateRejection {
        try rejection(of: pair.client, by: pair.server)
    }

    /// Also proves that the server is told nothing but that it is refused: no key is shown before that.
    private func rejection(of client: any Connection, by server: any Connection) throws
        -> CertificateRejection
    {
        let buffers = IOBuffers()
        var result: CertificateRejection?
        do {
            while try client.handshake(buffers) == .incomplete { _ = try server.handshake(buffers) }
        } catch TransportError.certificateRejected(let rejection) {
            result = rejection
        }
        client.close()
        #expect(throws: TransportError.peerMisbehaved(.alert(name: "Certificate is bad"))) {
            while try server.handshake(buffers) == .incomplete {}
        }
        return try #require(result)
    }
}
