// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A pin vouches for a server's key in place of an authority, and for nothing else.
@Suite struct PinnedServerTests {
    /// Whom the client trusts besides the pin.
    enum Trust: CaseIterable {
        case nobody, another, anotherOfTheSameName, own

        func anchors(_ own: borrowing LabAuthority) throws -> TrustAnchors {
            switch self {
            case .nobody: .nobody
            case .another: .authorities(pem: TestAuthority.shared.authorityPEM)
            case .anotherOfTheSameName: .authorities(pem: try LabAuthority(commonName: "Lab").certificatePEM)
            case .own: .authorities(pem: own.certificatePEM)
            }
        }
    }

    private static let otherPin = "sha256:" + String(repeating: "A", count: 43) + "="

    @Test(arguments: Trust.allCases)
    func aPinnedKeyIsEnoughWhoeverSignedItsCertificate(trust: Trust) throws {
        let authority = try LabAuthority(commonName: "Lab")
        let server = try authority.issue(names: ["localhost"]).serverContext()
        let pin = try #require(server.serverPin)
        let identity = try #require(
            try identity(server, trust.anchors(authority), pins: [Self.otherPin, pin])
        )
        #expect(identity.pin == pin && identity.verifiedName == "localhost")
        #expect(identity.voucher == (trust == .own ? .authority("CN=Lab") : .pin))
        #expect(identity.expiry == server.expiry)
    }

    @Test func aPinnedKeyIsEnoughForACertificateThatItSignedItself() throws {
        let server = try IssuedCertificate.selfSigned(names: ["localhost"]).serverContext()
        let pin = try #require(server.serverPin)
        #expect(try identity(server, .nobody, pins: [pin])?.voucher == .pin)
    }

    @Test(arguments: Trust.allCases)
    func anotherKeyIsRefusedHoweverGoodItsCertificateIs(trust: Trust) throws {
        let authority = try LabAuthority(commonName: "Lab")
        let server = try authority.issue(names: ["localhost"]).serverContext()
        let rejection = try rejection(server, trust.anchors(authority), pins: [Self.otherPin])
        let pin = try #require(server.serverPin)
        #expect(rejection.reasons == [.keyNotPinned(actualPin: pin)])
        #expect(rejection.pin == pin)
    }

    @Test func withNobodyToTrustEveryServerIsRefusedWithItsFingerprint() throws {
        let authority = try LabAuthority(commonName: "Lab")
        let issued = try authority.issue(names: ["localhost"]).serverContext()
        let selfSigned = try IssuedCertificate.selfSigned(names: ["localhost"]).serverContext()
        for (server, reason) in [
            (issued, CertificateRejection.Reason.unknownIssuer("CN=Lab")), (selfSigned, .selfSigned),
        ] {
            let rejection = try rejection(server, .nobody, pins: [])
            #expect(rejection.reasons == [reason])
            #expect(rejection.pin == server.serverPin && rejection.pin != nil)
        }
    }

    /// Whether or not an authority would vouch for it as well.
    @Test(arguments: Trust.allCases)
    func whatThePinDoesNotSayIsJudgedAsEver(trust: Trust) throws {
        let authority = try LabAuthority(commonName: "Lab")
        let (hourAgo, inAnHour) = (UnixTime.now + .seconds(-3_600), UnixTime.now + .seconds(3_600))
        let past = try authority.issue(
            names: ["localhost"],
            notBefore: hourAgo + .seconds(-3_600),
            notAfter: hourAgo
        )
        let future = try authority.issue(
            names: ["localhost"],
            notBefore: inAnHour,
            notAfter: inAnHour + .seconds(3_600)
        )
        let cases: [(TLSContext, CertificateRejection.Reason)] = [
            (try authority.issue(names: ["chat.example"]).serverContext(), .wrongName),
            (try past.serverContext(), .expired(hourAgo)),
            (try future.serverContext(), .notYetValid(inAnHour)),
            (try authority.issue(names: ["localhost"], purpose: .client).serverContext(), .wrongPurpose),
        ]
        for (server, reason) in cases {
            let rejection = try rejection(
                server,
                trust.anchors(authority),
                pins: [try #require(server.serverPin)]
            )
            #expect(rejection.reasons == [reason])
        }
    }

    @Test func anotherKeyOfAnotherNameIsRefusedForBothTheKeyFirst() throws {
        let server = try LabAuthority(commonName: "Lab").issue(names: ["chat.example"]).serverContext()
        let pin = try #require(server.serverPin)
        let rejection = try rejection(server, .nobody, pins: [Self.otherPin])
        #expect(rejection.reasons == [.keyNotPinned(actualPin: pin), .wrongName])
    }

    // MARK: -

    private func identity(_ server: TLSContext, _ trust: TrustAnchors, pins: [String]) throws -> PeerIdentity?
    {
        let (client, peer) = try ends(server, trust, pins)
        let buffers = IOBuffers()
        while true {
            if case .complete(let facts) = try client.handshake(buffers) { return facts.identity }
            _ = try peer.handshake(buffers)
        }
    }

    /// Also proves that our own key is not shown to who is refused.
    private func rejection(
        _ server: TLSContext,
        _ trust: TrustAnchors,
        pins: [String]
    ) throws -> CertificateRejection {
        let (client, peer) = try ends(server, trust, pins)
        let buffers = IOBuffers()
        var result: CertificateRejection?
        do {
            while try client.handshake(buffers) == .incomplete { _ = try peer.handshake(buffers) }
        } catch TransportError.certificateRejected(let rejection) {
            result = rejection
        }
        client.close()
        #expect(throws: TransportError.peerMisbehaved(.alert(name: "Certificate is bad"))) {
            while try peer.handshake(buffers) == .incomplete {}
        }
        return try #require(result)
    }

    private func ends(_ server: TLSContext, _ trust: TrustAnchors, _ pins: [String]) throws
        -> (client: any Connection, server: any Connection)
    {
        let wire = MemoryWire()
        let client = TLSTransport(
            client: wire.leftEnd(),
            context: try TLSContext(trust: trust, policy: .modern, clientKey: .random()),
            expecting: ExpectedServer(name: "localhost", pins: pins),
            paddingMultiple: 0
        )
        let accepting = TLSTransport(server: wire.rightEnd(), context: server, paddingMultiple: 0)
        return (TransportConnection(owning: client), TransportConnection(owning: accepting))
    }
}
