// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// What the handshakes of a stay have established, one connection after the other.
public struct SeenFacts: Sendable {
    /// Those of the last connection.
    public private(set) var latest: PeerFacts

    /// The key that the server had before it had the present one; nil if it had no other.
    public private(set) var formerPin: String?

    /// The first connection is there.
    public init(_ facts: PeerFacts) { latest = facts }

    /// Another connection is there.
    public mutating func note(_ facts: PeerFacts) {
        if let former = latest.identity?.pin, former != facts.identity?.pin { formerPin = former }
        latest = facts
    }
}
