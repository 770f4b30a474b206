// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// The socket at which a service accepts.
final class ServiceDoor: EventHandler {
    private var listener: ListeningSocket
    private unowned let service: FrameService
    private let context: TLSContext
    private var registration: RegistrationID?

    /// A crowd at the door must not keep those who are inside waiting.
    private static let acceptsPerTurn = 64

    /// How long the door stays shut when the system has no more of what a connection takes.
    private static let pause = Duration.milliseconds(100)

    init(_ listener: consuming ListeningSocket, _ context: TLSContext, of service: FrameService) {
        self.listener = listener
        self.context = context
        self.service = service
    }

    func open() throws(SystemError) {
        registration = try service.events.add(listener.descriptor, for: .readable, handler: self)
    }

    /// The socket closes with this object, of which the loop lets go here.
    func close() {
        if let registration { service.events.remove(registration) }
        registration = nil
    }

    func ready(_ readiness: Readiness) {
        for _ in 0..<Self.acceptsPerTurn {
            guard acceptOne() else { return }
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {
        if let registration { service.events.setInterest(.readable, for: registration) }
    }

    /// Returns whether it is worth trying again at once.
    private func acceptOne() -> Bool {
        do throws(SystemError) {
            let outcome = try listener.accept()
            switch consume outcome {
            case .accepted(let socket, let peer):
                let connection = SocketConnection.tlsServer(
                    SocketChannel(accepted: socket),
                    context: context,
                    paddingMultiple: service.limits.paddingMultiple
                )
                service.adopt(connection, from: "\(peer)")
                return true
            case .outOfDescriptors(let peer):
                service.rules.turnedAway("\(peer)", because: .noRoom)
                return true
            case .peerVanished: return true
            case .nobodyWaits: return false
            }
        } catch {
            guard let registration else { return false }
            service.events.setInterest([], for: registration)
            service.events.setDeadline(service.events.now + Self.pause, for: registration)
            return false
        }
    }
}
