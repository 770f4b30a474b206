// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Where those come in who ask for figures.
final class MetricsDoor: Doorway {
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

    var registration: RegistrationID?
    private var listener: Listener?
    private unowned let desk: MetricsDesk

    init(_ listener: Listener, desk: MetricsDesk) {
        self.listener = listener
        self.desk = desk
    }

    var events: EventLoop { desk.events }

    func open() throws(SystemError) {
        if let listener { try open(at: listener.descriptor) }
    }

    /// Takes the socket away, its path too.
    func close() {
        shut()
        listener = nil
    }

    func acceptOne() throws(SystemError) -> Bool {
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

    func acceptFailed(_ error: SystemError) { desk.acceptFailed(error) }
}
