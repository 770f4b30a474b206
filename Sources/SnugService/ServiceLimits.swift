// SPDX-License-Identifier: Apache-2.0

/// What peers of a ``FrameService`` can take up, in time, bytes and numbers.
public struct ServiceLimits: Sendable {
    /// Peers who have entered; those who come after them are turned away.
    public var peers = 1_000

    /// Peers whose handshake is not complete; if more come, those leave that take longest.
    public var strangers = 200

    /// For a handshake to be completed.
    public var handshakeTimeout: Duration = .seconds(30)

    /// For a frame that was begun to be finished.
    public var frameTimeout: Duration = .seconds(15)

    /// Without a complete frame; nil for as long as it likes.
    public var idleTimeout: Duration? = .seconds(300)

    /// Without the peer taking a byte of what waits for it.
    public var writeTimeout: Duration = .seconds(10)

    /// Between our goodbye and the peer's.
    public var lingerTimeout: Duration = .seconds(1)

    /// What may wait for one peer; nothing more is read of what it sends while more than half of it waits.
    public var backlogBytes = 262_144

    /// Each record's plaintext is filled up to a multiple of so many bytes, so that its length tells little; 0 for none.
    public var paddingMultiple = 256

    /// The defaults.
    public init() {}
}
