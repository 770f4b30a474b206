// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import TestSupport
import Testing

/// A client that meets the wrong server gives away nothing and says what was wrong.
@Suite struct VerificationTests {
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
        #expect(identity.issuer == "CN=Snug test authority")
        #expect(ExpectedServer.isWellFormed(pin: identity.pin))
        #expect(facts.server.identity == nil)
    }

    @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "::1"])
    func eachNameOfTheCertificateIsAccepted(name: String) throws {
        _ = try ConnectedPair(.tls, expecting: name).completeHandshake()
    }

    @Test(arguments: ["chat.example", "127.0.0.2", "local", "localhost.example"])
    func aServerWithAnotherNameIsRefused(name: String) throws {
        let rejection = try rejection(ConnectedPair(.tls, expecting: name))
        #expect(rejection.reasons == [.wrongName])
        #expect(rejection.expectedName == name)
        #expect(rejection.certificateNames == ["localhost", "127.0.0.1", "::1"])
    }

    @Test func aServerOfAnUnknownAuthorityIsRefused() throws {
        #expect(
            try reasons(for: { try $0.issue(names: ["localhost"]) }, trusting: TestAuthority.shared) == [
                .unknownIssuer
            ]
        )
    }

    @Test func anExpiredCertificateIsRefused() throws {
        #expect(
            try reasons {
                try $0.issue(
                    names: ["localhost"],
                    notBefore: .now + .seconds(-7_200),
                    notAfter: .now + .seconds(-3_600)
                )
            } == [.expired]
        )
    }

    @Test func aCertificateOfTomorrowIsRefused() throws {
        #expect(
            try reasons {
                try $0.issue(
                    names: ["localhost"],
                    notBefore: .now + .seconds(3_600),
                    notAfter: .now + .seconds(7_200)
                )
            } == [.notYetValid]
        )
    }

    @Test func aCertificateForClientsIsNoServers() throws {
        #expect(try reasons { try $0.issue(names: ["localhost"], purpose: .client) } == [.wrongPurpose])
    }

    @Test func aSelfSignedCertificateIsRefusedAsSuch() throws {
        #expect(try reasons { _ in try IssuedCertificate.selfSigned(names: ["localhost"]) } == [.selfSigned])
    }

    @Test func aPinNarrowsTrustToOneKey() throws {
        let pin = try #require(try ConnectedPair(.tls).completeHandshake().client.identity).pin
        _ = try ConnectedPair(.tls, pins: [pin]).completeHandshake()
        let other = "sha256:" + String(repeating: "A", count: 43) + "="
        #expect(try rejection(ConnectedPair(.tls, pins: [other])).reasons == [.keyNotPinned(actualPin: pin)])
    }

    // MARK: -

    private func reasons(
        for issue: (borrowing LabAuthority) throws -> IssuedCertificate,
        trusting trusted: TestAuthority? = nil
    ) throws -> [CertificateRejection.Reason] {
        let authority = try LabAuthority(commonName: "Another test authority")
        let issued = try issue(authority)
        let client = try TLSContext(
            trust: .authorities(pem: trusted?.authorityPEM ?? authority.certificatePEM),
            policy: .modern
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

    /// Also proves that the server is told nothing but that it is refused.
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
        #expect(throws: TransportError.self) {
            while try server.handshake(buffers) == .incomplete {}
            // A key is compared with its pin after the handshake.
            while try server.read(buffers) == .wouldBlock {}
        }
        return try #require(result)
    }
}
