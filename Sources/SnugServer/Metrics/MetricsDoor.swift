// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Where those come in who ask for figures.
final class MetricsDoor: EventHandler {
    /// A socket of either kind, bound and listening.
    final class Listener {
        fileprivate var tcp: ListeningSocket?
        fileprivate var unix: UnixListeningSocket?
        let description: String
        fileprivate let descriptor: Int32

        init(_ socket: consuming ListeningSocket) {
            description = "http://\(socket.address)/metrics"
            descriptor = socket.descriptor
            tcp = consume socket
        }

        init(_ socket: consuming UnixListeningSocket) {
            description = "unix:\(socket.path)"
            descriptor = socket.descriptor
            unix = consume socket
        }
    }

    private var listener: Listener?
    private unowned let desk: MetricsDesk
    private var registration: RegistrationID?

    private static let acceptsPerTurn = 16

    /// How long nobody is accepted when the process is out of descriptors.
    private static let pause = Duration.milliseconds(100)

    init(_ listener: Listener, desk: MetricsDesk) throws(SystemError) {
        self.listener = listener
        self.desk = desk
        registration = try desk.events.add(listener.descriptor, for: .readable, handler: self)
    }

    /// Takes the socket away, its path too.
    func close() {
        if let registration { desk.events.remove(registration) }
        registration = nil
        listener = nil
    }

    func ready(_ readiness: Readiness) {
        for _ in 0..<Self.acceptsPerTurn {
            do throws(SystemError) {
                guard try acceptOne() else { return }
            } catch {
                desk.acceptFailed(error)
                return pause()
            }
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {
        if let registration { desk.events.setInterest(.readable, for: registration) }
    }

    /// Returns whether there may be another one.
    private func acceptOne() throws(SystemError) -> Bool {
        guard let listener else { return false }
        if listener.unix != nil {
            guard let socket = try listener.unix?.accept() else { return false }
            desk.receive(socket)
            return true
        }
        guard let outcome = try listener.tcp?.accept() else { return false }
        switch consume outcome {
        case .accepted(let socket, from: _):
            desk.receive(socket)
            return true
        case .nobodyWaits: return false
        case .outOfDescriptors: return true
        case .peerVanished: return true
        }
    }

    private func pause() {
        guard let registration else { return }
        desk.events.setInterest([], for: registration)
        desk.events.setDeadline(desk.events.now + Self.pause, for: registration)
    }
}
