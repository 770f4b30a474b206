// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTransport

/// Where a member's connection comes from, as its server's owner may ask at any time.
struct Origin: Sendable {
    let peer: ServerEvent.Source
    /// When it was let in.
    let since = ChatTime.now
    /// What protects it; nil if nothing does.
    let security: Security?

    /// What a TLS handshake has established, in the words of ``PeerFacts``.
    struct Security: Sendable {
        let version: String
        let cipher: String?
        let group: String?
    }

    init(_ arrival: Arrival) {
        peer = arrival.peer
        let facts = arrival.facts
        security = facts.protocolVersion.map {
            Security(version: $0, cipher: facts.cipher, group: facts.group)
        }
    }
}
