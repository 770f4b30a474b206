// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// One peer of a ``FrameService``, from its entering until it has left; to be used on the service's thread alone.
public struct FramePeer: Hashable {
    let session: PeerSession

    /// Where it comes from, or what it was called when it was adopted.
    public var address: String { session.address }

    /// What the handshake found out, such as the key that it has proved to have.
    public var facts: PeerFacts { session.facts }

    /// Sends a frame; what is sent in one turn travels together.
    ///
    /// - Returns: false if it is not sent, because the peer is going or no frame can carry so much.
    @discardableResult
    public func send(_ payload: some Collection<UInt8>) -> Bool { session.send(payload) }

    /// Sends a frame of text, in the same way.
    @discardableResult
    public func send(_ text: String) -> Bool { session.send(text.utf8) }

    /// Says goodbye once everything is sent.
    public func finish() { session.leave(.finished) }

    public static func == (left: FramePeer, right: FramePeer) -> Bool { left.session === right.session }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(session)) }
}
