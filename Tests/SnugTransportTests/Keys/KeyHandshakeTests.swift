// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugLab
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// A client that has a key is known by it, and one that has none notices nothing.
@Suite struct KeyHandshakeTests {
    @Test func aServerKnowsAClientByTheKeyThatItHasShown() throws {
        let (key, other) = (try ClientKey.random(), try ClientKey.random())
        for key in [key, other, key] {
            let facts = try ConnectedPair(.tls, clientKey: key).completeHandshake()
            #expect(facts.server.provedKey == key.fingerprint)
            #expect(facts.client.shownKey == key.fingerprint)
            #expect(facts.server.description.hasSuffix(", key \(key.fingerprint)"))
            #expect(facts.client.provedKey == nil && facts.server.shownKey == nil)
        }
        #expect(key.fingerprint != other.fingerprint)
    }

    @Test func aClientWithoutAKeyIsKnownByNone() throws {
        let facts = try ConnectedPair(.tls).completeHandshake()
        #expect(facts.server.provedKey == nil && facts.client.shownKey == nil)
        #expect(facts.server.description == "TLSv1.3, AES-256-GCM, X25519")
        #expect(try ConnectedPair(.plain).completeHandshake().server.provedKey == nil)
    }

    @Test func aKeyIsNeverInClearOnTheWire() throws {
        let key = try ClientKey.random()
        let wire = Lock<(bytes: [UInt8], sends: Int)>(([], 0))
        let pair = try ConnectedPair(.tls, clientKey: key) { direction, bytes in
            wire.withLock {
                $0.bytes += bytes
                if direction == .sent { $0.sends += 1 }
            }
        }
        #expect(try pair.completeHandshake().server.provedKey == key.fingerprint)
        #expect(try pair.transfer([1, 2, 3], from: pair.client, to: pair.server) == [1, 2, 3])
        let (seen, sends) = wire.withLock { $0 }
        let publicKey = try Self.publicKey(of: key)
        #expect(publicKey.count == 44)
        // The certificate of the server is not to be seen either; the hello's name is.
        #expect(seen.firstRange(of: Array("localhost".utf8)) != nil)
        #expect(seen.firstRange(of: publicKey[12...]) == nil)
        #expect(seen.firstRange(of: publicKey[..<12]) == nil)
        #expect(seen.firstRange(of: key.fingerprint.bytes) == nil)
        #expect(sends == 1, "the server's flight is one send, with or without the request")
    }

    @Test func withAKeyNothingOlderThanTLS13IsOffered() throws {
        // supported_versions with 0x0304 alone (RFC 8446 section 4.2.1).
        let only: [UInt8] = [0, 43, 0, 3, 2, 3, 4]
        let key = try ClientKey.random()
        #expect(try Self.hello(of: .modern, key).firstRange(of: only) != nil)
        #expect(try Self.hello(of: .compat, key).firstRange(of: only) != nil)
        #expect(try Self.hello(of: .compat, nil).firstRange(of: only) == nil)
    }

    @Test func onlyAClientWithAKeySaysThatItHasOne() throws {
        // client_certificate_type with RawPublicKey alone (RFC 7250 section 4.1).
        let offer: [UInt8] = [0, 19, 0, 2, 1, 2]
        #expect(try Self.hello(of: .modern, nil).firstRange(of: [0, 19, 0, 2]) == nil)
        #expect(try Self.hello(of: .modern, .random()).firstRange(of: offer) != nil)
    }

    @Test(arguments: [TLSPolicy.modern, .compat])
    func aClientThatKnowsNothingOfKeysIsAskedForNone(policy: TLSPolicy) throws {
        for priorities in [KeyPeer.x509Priorities, KeyPeer.x509Priorities + ":+CTYPE-CLI-RAWPK"] {
            let wire = MemoryWire()
            let messages = MessageLog()
            // The second one takes raw keys besides certificates, and has neither.
            let flags = priorities == KeyPeer.x509Priorities ? SNUG_INIT_CLIENT : SNUG_INIT_CLIENT_WITH_KEY
            let peer = GnuTLSPeer(wire.leftEnd(), priorities: priorities, flags: flags) {
                messages.listen(to: $0)
            }
            let context = try TestAuthority.shared.certificate.serverContext(policy: policy)
            var server = TLSTransport(server: wire.rightEnd(), context: context, paddingMultiple: 0)
            let facts = try Self.complete(peer, &server)
            #expect(facts.provedKey == nil)
            // ServerHello, EncryptedExtensions, Certificate, CertificateVerify, Finished; a request would be 13.
            #expect(messages.types == [2, 8, 11, 15, 20])
            // record_size_limit (RFC 8449), which GnuTLS offers; no types of certificates.
            #expect(messages.encryptedExtensions == [0, 6, 0, 28, 0, 2, 64, 1])
        }
    }

    /// It says so in its hello and would show it in clear; GnuTLS has no scruples about that.
    @Test func aClientOfTLS12IsAskedForNoKeyThoughItHasOne() throws {
        let priorities = KeyPeer.priorities.replacing("+VERS-TLS1.3", with: "+VERS-TLS1.2")
            .replacing("+COMP-NULL", with: "+SIGN-ECDSA-SHA256:+COMP-NULL")
        let wire = MemoryWire()
        let own = try X509PrivateKey.generate(.ed25519)
        let client = try KeyPeer(
            wire.leftEnd(),
            showing: [own.exportPublicKey()],
            signingWith: own.exportPEM(),
            priorities: priorities
        )
        let messages = MessageLog()
        messages.listen(to: client.peer.session)
        let context = try TestAuthority.shared.certificate.serverContext(policy: .compat)
        var server = TLSTransport(server: wire.rightEnd(), context: context, paddingMultiple: 0)
        let facts = try Self.complete(client.peer, &server)
        #expect(facts.protocolVersion == "TLSv1.2")
        #expect(facts.provedKey == nil)
        #expect(messages.types.contains(14) && !messages.types.contains(13), "\(messages.types)")
    }

    @Test func aServerThatAsksForNoKeysIsJoinedWithoutOne() throws {
        let wire = MemoryWire()
        let server = GnuTLSPeer(
            wire.rightEnd(),
            priorities: KeyPeer.x509Priorities,
            flags: SNUG_INIT_SERVER & ~UInt32(GNUTLS_ENABLE_RAWPK.rawValue),
            presenting: { Self.present(TestAuthority.shared.certificate, with: $0) }
        )
        let key = try ClientKey.random()
        var client = TLSTransport(
            client: wire.leftEnd(),
            context: try TestAuthority.shared.clientContext(clientKey: key),
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
        let facts = try Self.complete(server, &client)
        #expect(facts.shownKey == nil)
        #expect(facts.identity?.verifiedName == "localhost")
    }

    @Test func aKeyIsKnownAfterASecondHelloAsWell() throws {
        // No share for a group of the server's among those that come with the first hello (RFC 8446 section 4.1.4).
        let priorities = KeyPeer.priorities.replacing(
            "+GROUP-X25519",
            with: "+GROUP-FFDHE2048:+GROUP-X448:+GROUP-SECP521R1:+GROUP-X25519"
        )
        let wire = MemoryWire()
        let own = try X509PrivateKey.generate(.ed25519)
        let publicKey = try own.exportPublicKey()
        let messages = MessageLog()
        let client = try KeyPeer(
            wire.leftEnd(),
            showing: [publicKey],
            signingWith: own.exportPEM(),
            priorities: priorities
        )
        messages.listen(to: client.peer.session)
        var server = TLSTransport(
            server: wire.rightEnd(),
            context: try TestAuthority.shared.serverContext(),
            paddingMultiple: 0
        )
        let facts = try Self.complete(client.peer, &server)
        let fingerprint = try KeyFingerprint(ofPublicKey: publicKey.span.bytes)
        #expect(facts.provedKey == fingerprint)
        #expect(messages.types.first == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST.rawValue, "\(messages.types)")
    }

    // MARK: -

    /// Takes turns until both have completed the handshake, and returns what ours knows.
    private static func complete(
        _ peer: GnuTLSPeer,
        _ transport: inout TLSTransport<MemoryChannel>
    ) throws -> PeerFacts {
        let buffers = IOBuffers()
        var peerIsDone = false
        var facts: PeerFacts?
        while !peerIsDone || facts == nil {
            if !peerIsDone { peerIsDone = try peer.handshake() }
            if facts == nil, case .complete(let known) = try transport.handshake(buffers) { facts = known }
        }
        return try #require(facts)
    }

    private static func hello(of policy: TLSPolicy, _ key: ClientKey?) throws -> [UInt8] {
        let wire = MemoryWire()
        let context = try TLSContext(
            trust: .authorities(pem: TestAuthority.shared.authorityPEM),
            policy: policy,
            clientKey: key
        )
        var client = TLSTransport(
            client: wire.leftEnd(),
            context: context,
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
        _ = try client.handshake(IOBuffers())
        var far = wire.rightEnd()
        var bytes = [UInt8](repeating: 0, count: 4_096)
        guard case .transferred(let count) = try bytes.withUnsafeMutableBytes({ try far.receive(into: $0) })
        else {
            return []
        }
        return Array(bytes[..<count])
    }

    static func publicKey(of key: ClientKey) throws -> [UInt8] {
        let pem = try key.exportPEM()
        return try X509PrivateKey.read(pem: pem).exportPublicKey()
    }

    private static func present(
        _ issued: borrowing IssuedCertificate,
        with credentials: gnutls_certificate_credentials_t
    ) {
        issued.certificateChainPEM.withUnsafeBytes { chain in
            issued.privateKeyPEM.withBytes { key in
                var chain = gnutls_datum_t(borrowing: chain)
                var key = gnutls_datum_t(borrowing: key)
                gnutls_certificate_set_x509_key_mem(credentials, &chain, &key, GNUTLS_X509_FMT_PEM)
            }
        }
    }
}
