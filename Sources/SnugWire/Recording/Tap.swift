// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What an attacker on the wire does to the next bytes that pass.
enum Tampering: Equatable, Sendable {
    /// The bytes are withheld and both directions end, as if both sides had said goodbye on the TCP level.
    case cut

    /// The bits of `mask` are turned over in the byte at `offset`.
    case flip(mask: UInt8, offset: Int)

    /// The bytes pass twice.
    case replay
}

/// Sees everything that passes a relay, and tampers with it where it was told to.
///
/// Shared between the relay's thread, which shows it the bytes, and whoever watches the run.
final class Tap: Sendable {
    private let start: MonotonicTime
    private let noticed: @Sendable () -> Void
    private let state = Lock(State())

    private struct State {
        var capture = Capture()
        var plan: Plan?
    }

    /// One piece of tampering that has not been done yet.
    private struct Plan {
        let tampering: Tampering
        let connection: Int
        let direction: CapturedSegment.Direction
    }

    /// - Parameters:
    ///   - start: the time that all times of the capture count from.
    ///   - noticed: called after something was added to the capture, on the relay's thread.
    init(start: MonotonicTime, noticed: @escaping @Sendable () -> Void) {
        self.start = start
        self.noticed = noticed
    }

    /// Everything that was seen up to now.
    var capture: Capture { state.withLock { $0.capture } }

    /// The connections of ``capture``, without the weight of what crossed them.
    var connections: [CapturedConnection] { state.withLock { $0.capture.connections } }

    /// Tampers with the next bytes of one connection in one direction, once.
    func tamper(_ tampering: Tampering, with connection: Int, _ direction: CapturedSegment.Direction) {
        state.withLock {
            $0.plan = Plan(tampering: tampering, connection: connection, direction: direction)
        }
    }

    // MARK: On the relay's thread

    /// Notes a new connection and returns its number.
    func opened(client: SocketAddress, server: SocketAddress) -> Int {
        let connection = CapturedConnection(
            client: CapturedConnection.Endpoint(client),
            server: CapturedConnection.Endpoint(server),
            openedAt: start.duration(to: .now)
        )
        defer { noticed() }
        return state.withLock {
            $0.capture.connections.append(connection)
            return $0.capture.connections.count - 1
        }
    }

    /// Notes what came in, and says what goes out in its place; nil cuts the connection.
    func passing(_ bytes: [UInt8], of connection: Int, _ direction: CapturedSegment.Direction) -> [UInt8]? {
        let segment = CapturedSegment(
            time: start.duration(to: .now),
            connection: connection,
            direction: direction,
            bytes: bytes
        )
        defer { noticed() }
        return state.withLock { state in
            state.capture.segments.append(segment)
            guard let plan = state.plan, plan.connection == connection, plan.direction == direction else {
                return bytes
            }
            state.plan = nil
            return plan.tampering.result(of: bytes)
        }
    }

    /// Notes that one side will send no more.
    func ended(_ direction: CapturedSegment.Direction, of connection: Int) {
        state.withLock {
            guard $0.capture.connections[connection].closedFirstBy == nil else { return }
            $0.capture.connections[connection].closedFirstBy = direction
        }
    }

    /// Notes that neither side will send any more.
    func closed(_ connection: Int) {
        let now = start.duration(to: .now)
        state.withLock { $0.capture.connections[connection].closedAt = now }
        noticed()
    }
}

extension Tampering {
    /// What goes out instead of `bytes`; nil if the connection is cut.
    fileprivate func result(of bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .cut: return nil
        case .replay: return bytes + bytes
        case .flip(let mask, let offset):
            guard bytes.indices.contains(offset) else { return bytes }
            var changed = bytes
            changed[offset] ^= mask
            return changed
        }
    }
}

extension CapturedConnection.Endpoint {
    fileprivate init(_ address: SocketAddress) {
        self.init(address: address.rawAddress, port: address.port)
    }
}
