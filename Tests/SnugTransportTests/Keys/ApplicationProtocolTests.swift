// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugLab
import TestSupport
import Testing

@testable import SnugTransport

/// Which application protocol (RFC 7301) two ends agree on.
@Suite struct ApplicationProtocolTests {
    @Test(
        arguments: [
            (["b", "a"], ["a", "b"], "a"), (["a"], ["a", "b"], "a"), (["b", "c"], ["a", "b"], "b"),
            ([], ["a", "b"], nil), (["a"], [], nil), ([], [], nil),
        ] as [([String], [String], String?)]
    )
    func theServersBestOfThoseThatBothSpeakIsTaken(offered: [String], spoken: [String], agreed: String?)
        throws
    {
        let facts = try Self.handshake(offered, spoken)
        #expect(facts.client.applicationProtocol == agreed)
        #expect(facts.server.applicationProtocol == agreed)
    }

    @Test func aClientThatOffersOnlyOthersIsRefused() throws {
        #expect(throws: TransportError.peerMisbehaved(.noCommonApplicationProtocol)) {
            _ = try Self.handshake(["c", "ab"], ["a", "b"])
        }
    }

    private static func handshake(_ offered: [String], _ spoken: [String]) throws -> (
        client: PeerFacts, server: PeerFacts
    ) {
        let wire = MemoryWire()
        var client = TLSTransport(
            client: wire.leftEnd(),
            context: try TLSContext(
                trust: .authorities(pem: TestAuthority.shared.authorityPEM),
                policy: .modern,
                applicationProtocols: offered
            ),
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
        var server = TLSTransport(
            server: wire.rightEnd(),
            context: try TLSContext(
                certificateChain: TestAuthority.shared.certificate.certificateChainPEM,
                privateKey: TestAuthority.shared.certificate.privateKeyPEM,
                policy: .modern,
                applicationProtocols: spoken
            ),
            paddingMultiple: 0
        )
        let buffers = IOBuffers()
        _ = try client.handshake(buffers)
        _ = try server.handshake(buffers)
        guard case .complete(let known) = try client.handshake(buffers),
            case .complete(let knownToServer) = try server.handshake(buffers)
        else { throw TransportError.truncated }
        return (known, knownToServer)
    }
}
