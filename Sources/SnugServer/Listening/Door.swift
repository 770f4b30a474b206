// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// One listening socket of the lobby.
final class Door: EventHandler {
    private var listener: ListeningSocket?
    private let descriptor: Int32
    private let kind: ListenerKind
    private unowned let lobby: Lobby
    private var registration: RegistrationID?

    /// A crowd at the door must not keep those who are inside waiting.
    private static let acceptsPerTurn = 64

    /// How long the door stays shut when the process is out of descriptors and even the reserve did not help.
    private static let pause = Duration.milliseconds(100)

    /// How long newcomers are left in the kernel's queue when nobody would leave for them.
    private static let fullPause = Duration.milliseconds(10)

    init(_ listener: consuming ListeningSocket, for kind: ListenerKind, lobby: Lobby) {
        descriptor = listener.descriptor
        self.listener = consume listener
        self.kind = kind
        self.lobby = lobby
    }

    func open() throws(SystemError) {
        registration = try lobby.events.add(descriptor, for: .readable, handler: self)
    }

    func close() {
        if let registration { lobby.events.remove(registration) }
        listener = nil
    }

    func ready(_ readiness: Readiness) {
        for _ in 0..<Self.acceptsPerTurn {
            guard !lobby.isStopping else { return }
            guard lobby.hasRoom else { return pause(for: Self.fullPause) }
            guard acceptOne() else { return }
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {
        if let registration { lobby.events.setInterest(.readable, for: registration) }
    }

    /// Returns whether it is worth trying again at once.
    private func acceptOne() -> Bool {
        do throws(SystemError) {
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
        } catch {
            lobby.report(.acceptFailed(error))
            pause(for: Self.pause)
            return false
        }
    }

    private func pause(for time: Duration) {
        guard let registration else { return }
        lobby.events.setInterest([], for: registration)
        lobby.events.setDeadline(lobby.events.now + time, for: registration)
    }
}
