// SPDX-License-Identifier: Apache-2.0

/// What a ``FrameService`` does with what its peers send: a game, a switchboard, a chat of another kind.
///
/// Called on the service's thread alone, so it needs no lock; it MUST NOT wait for anything.
public protocol FrameRules: AnyObject {
    /// Its transport is ready, and what was found out about it is in ``FramePeer/facts``.
    func entered(_ peer: FramePeer)

    /// A whole frame has come, possibly an empty one.
    func received(_ frame: [UInt8], from peer: FramePeer)

    /// It is gone, or going: nothing that is sent to it from now on arrives. Told once to each who entered.
    func left(_ peer: FramePeer, because reason: PeerDeparture)

    /// Somebody who never entered is gone.
    func turnedAway(_ address: String, because reason: PeerDeparture)
}

extension FrameRules {
    public func entered(_ peer: FramePeer) {}
    public func left(_ peer: FramePeer, because reason: PeerDeparture) {}
    public func turnedAway(_ address: String, because reason: PeerDeparture) {}
}
