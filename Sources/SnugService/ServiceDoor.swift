// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// The socket at which a service accepts.
final class ServiceDoor: Doorway {
    var registration: RegistrationID?
    private var listener: ListeningSocket
    private unowned let service: FrameService
    private let context: TLSContext

    init(_ listener: consuming ListeningSocket, _ context: TLSContext, of service: FrameService) {
        self.listener = listener
        self.context = context
        self.service = service
    }

    var events: EventLoop { service.events }

    func open() throws(SystemError) { try open(at: listener.descriptor) }

    func acceptOne() throws(SystemError) -> Bool {
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
    }

    func acceptFailed(_ error: SystemError) {}
}
