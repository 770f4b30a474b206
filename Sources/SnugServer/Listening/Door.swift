// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// One listening socket of the lobby.
final class Door: Doorway {
    var registration: RegistrationID?
    private var listener: ListeningSocket?
    private let descriptor: Int32
    private let kind: ListenerKind
    private unowned let lobby: Lobby

    /// How long newcomers are left in the kernel's queue when nobody would leave for them.
    private static let fullPause = Duration.milliseconds(10)

    init(_ listener: consuming ListeningSocket, for kind: ListenerKind, lobby: Lobby) {
        descriptor = listener.descriptor
        self.listener = consume listener
        self.kind = kind
        self.lobby = lobby
    }

    var events: EventLoop { lobby.events }

    func open() throws(SystemError) { try open(at: descriptor) }

    func close() {
        shut()
        listener = nil
    }

    func acceptOne() throws(SystemError) -> Bool {
        guard !lobby.isStopping else { return false }
        guard lobby.hasRoom else {
            pause(for: Self.fullPause)
            return false
        }
        guard let outcome = try listener?.accept() else { return false }
        switch consume outcome {
        case .accepted(let socket, let peer):
            lobby.receive(SocketChannel(accepted: socket), from: peer, at: kind)
            return true
        case .outOfDescriptors(let peer):
            lobby.report(.limitReached(peer: peer, .openDescriptors))
            return true
        case .peerVanished: return true
        case .nobodyWaits: return false
        }
    }

    func acceptFailed(_ error: SystemError) { lobby.report(.acceptFailed(error)) }
}
