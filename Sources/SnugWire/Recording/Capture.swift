// SPDX-License-Identifier: Apache-2.0

/// Everything an eavesdropper between clients and server got to see in one run.
public struct Capture: Equatable, Sendable {
    /// The connections, in the order in which they were opened; `CapturedSegment.connection` counts from 0.
    public var connections: [CapturedConnection] = []

    /// What crossed them, in the order of time.
    public var segments: [CapturedSegment] = []

    /// An empty capture.
    public init() {}

    /// All bytes of one connection in one direction, as the receiver put them together.
    public func stream(of connection: Int, _ direction: CapturedSegment.Direction) -> [UInt8] {
        segments.reduce(into: []) { bytes, segment in
            if segment.connection == connection, segment.direction == direction { bytes += segment.bytes }
        }
    }
}

/// One TCP connection of a capture.
public struct CapturedConnection: Equatable, Sendable {
    /// The client's IPv4 address and port.
    public var client: Endpoint

    /// The server's IPv4 address and port.
    public var server: Endpoint

    /// When it was opened, counted from the start of the run.
    public var openedAt: Duration

    /// When both directions had ended; nil if they never did.
    public var closedAt: Duration?

    /// The side that ended its direction first, if any did.
    public var closedFirstBy: CapturedSegment.Direction?

    /// One end of a connection.
    public struct Endpoint: Equatable, Hashable, Sendable {
        /// Four bytes.
        public var address: [UInt8]

        /// In host order.
        public var port: UInt16
    }
}

/// Bytes that went through the tap in one piece.
public struct CapturedSegment: Equatable, Sendable {
    /// Which way the bytes went.
    public enum Direction: String, CaseIterable, Sendable {
        case toServer
        case toClient
    }

    /// When, counted from the start of the run.
    public var time: Duration

    /// Index in ``Capture/connections``.
    public var connection: Int

    /// Which way.
    public var direction: Direction

    /// What; never empty.
    public var bytes: [UInt8]
}
