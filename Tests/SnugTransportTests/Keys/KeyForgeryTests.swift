// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugLab
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// What a client may show as its key, and what it has to prove.
@Suite struct KeyForgeryTests {
    @Test func somebodyElsesKeyCannotBeShown() throws {
        let own = try X509PrivateKey.generate(.ed25519)
        let victim = try X509PrivateKey.generate(.ed25519)
        let outcome = try Self.show([victim.exportPublicKey()], signingWith: own.exportPEM())
        #expect(outcome.error == .peerMisbehaved(.keyNotProved))
        #expect(outcome.alert == GNUTLS_A_DECRYPT_ERROR)
        // The same peer with its own key gets in: what is refused is the proof, and not the way in which it is shown.
        let honest = try Self.show([own.exportPublicKey()], signingWith: own.exportPEM())
        #expect(honest.error == nil)
        let publicKey = try own.exportPublicKey()
        let fingerprint = try KeyFingerprint(ofPublicKey: publicKey.span.bytes)
        #expect(honest.facts?.provedKey == fingerprint)
    }

    /// What is shown in place of a key of Ed25519.
    enum Shown: CaseIterable {
        case ecdsaKey, rsaKey, ed448Key, certificate, garbage, nearlyAKey, keyWithoutItsEnd, keyAndOneByte,
            longGarbage
        case twoKeys

        func entries(_ own: borrowing X509PrivateKey) throws -> [[UInt8]] {
            let key = try own.exportPublicKey()
            switch self {
            case .ecdsaKey: return [try X509PrivateKey.generate(.p256).exportPublicKey()]
            case .rsaKey: return [try X509PrivateKey.generate(.rsa(bits: 2_048)).exportPublicKey()]
            case .ed448Key: return [[0x30, 0x43, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x71] + Self.noise(60)]
            case .certificate: return [try Self.certificate()]
            case .garbage: return [Self.noise(44)]
            case .nearlyAKey: return [Array(key[..<11]) + [1] + key[12...]]
            case .keyWithoutItsEnd: return [Array(key.dropLast())]
            case .keyAndOneByte: return [key + [0]]
            case .longGarbage: return [Self.noise(50_000)]
            case .twoKeys: return [key, key]
            }
        }

        private static func noise(_ count: Int) -> [UInt8] {
            var random = SeededGenerator(seed: 12)
            return (0..<count).map { _ in .random(in: 0...255, using: &random) }
        }

        private static func certificate() throws -> [UInt8] {
            let leaf = try CertificateList(pem: TestAuthority.shared.certificate.certificateChainPEM)
                .certificates[0]
            var der = gnutls_datum_t()
            try check(
                gnutls_x509_crt_export2(leaf.handle, GNUTLS_X509_FMT_DER, &der),
                during: "gnutls_x509_crt_export2"
            )
            defer { snug_gnutls_free(der.data) }
            return Array(UnsafeBufferPointer(start: der.data, count: Int(der.size)))
        }
    }

    @Test(arguments: Shown.allCases)
    func whatIsNoKeyOfEd25519IsRefusedBeforeAnythingReadsIt(shown: Shown) throws {
        let own = try X509PrivateKey.generate(.ed25519)
        let outcome = try Self.show(shown.entries(own), signingWith: own.exportPEM())
        #expect(outcome.error == .peerMisbehaved(.keyOfOtherKind))
        #expect(outcome.alert == GNUTLS_A_UNSUPPORTED_CERTIFICATE)
        #expect(outcome.facts == nil)
    }

    /// A key of another kind that is proved well is refused all the same: what counts is what is shown.
    @Test func aKeyOfAnotherKindIsRefusedThoughItIsProved() throws {
        for algorithm in [KeyAlgorithm.p256, .rsa(bits: 2_048)] {
            let own = try X509PrivateKey.generate(algorithm)
            let outcome = try Self.show([own.exportPublicKey()], signingWith: own.exportPEM())
            #expect(outcome.error == .peerMisbehaved(.keyOfOtherKind))
            #expect(outcome.alert == GNUTLS_A_UNSUPPORTED_CERTIFICATE)
        }
    }

    @Test func aClientThatWasAskedAndHasNothingToShowGetsInWithoutAKey() throws {
        let own = try X509PrivateKey.generate(.ed25519)
        let outcome = try Self.show([], signingWith: own.exportPEM())
        #expect(outcome.error == nil)
        #expect(outcome.facts != nil && outcome.facts?.provedKey == nil)
    }

    /// The limit of what a stranger may send before it is let in is the same as without a key.
    @Test func moreThanAHandshakeMayTakeIsRefusedAsEver() throws {
        let own = try X509PrivateKey.generate(.ed25519)
        let huge = [UInt8](repeating: 0x30, count: 120_000)
        let outcome = try Self.show([huge], signingWith: own.exportPEM())
        #expect(outcome.error == .peerMisbehaved(.handshakeTooLarge(limitBytes: 65_536)))
        #expect(outcome.alert == GNUTLS_A_ILLEGAL_PARAMETER)
    }

    // MARK: -

    private struct Outcome {
        var facts: PeerFacts?
        var error: TransportError?
        var alert: gnutls_alert_description_t?
    }

    /// A handshake in which the client shows `entries` and proves them with the private key in `signer`.
    private static func show(_ entries: [[UInt8]], signingWith signer: borrowing SecretBytes) throws
        -> Outcome
    {
        let wire = MemoryWire()
        let client = try KeyPeer(wire.leftEnd(), showing: entries, signingWith: signer)
        var server = TLSTransport(
            server: wire.rightEnd(),
            context: try TestAuthority.shared.serverContext(),
            paddingMultiple: 0
        )
        let buffers = IOBuffers()
        var outcome = Outcome()
        var clientIsDone = false
        do {
            while outcome.facts == nil {
                if !clientIsDone { clientIsDone = try client.peer.handshake() }
                if case .complete(let facts) = try server.handshake(buffers) { outcome.facts = facts }
            }
        } catch let error as TransportError { outcome.error = error }
        // The client completes its side before the server judges it, and finds the alert when it reads.
        do { while outcome.error != nil, try client.peer.read() != nil {} } catch is GnuTLSPeer.Refused {
            outcome.alert = gnutls_alert_get(client.peer.session)
        }
        return outcome
    }
}
