// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The listening side of the control socket.
final class ControlDoor: EventHandler {
    private var socket: UnixListeningSocket?
    private let descriptor: Int32
    private unowned let desk: ControlDesk
    private var registration: RegistrationID?

    /// How long nobody is accepted when the process is out of descriptors.
    private static let pause = Duration.milliseconds(100)

    init(_ socket: consuming UnixListeningSocket, desk: ControlDesk) {
        descriptor = socket.descriptor
        self.socket = consume socket
        self.desk = desk
    }

    func open() throws(SystemError) {
        registration = try desk.events.add(descriptor, for: .readable, handler: self)
    }

    /// Takes the socket away, its path too.
    func close() {
        if let registration { desk.events.remove(registration) }
        registration = nil
        socket = nil
    }

    /// There may be room for those who wait.
    func peerHasLeft() {
        if let registration { desk.events.setInterest(.readable, for: registration) }
    }

    func ready(_ readiness: Readiness) {
        guard let registration else { return }
        do throws(SystemError) {
            while desk.hasRoom {
                guard let accepted = try socket?.accept() else { return }
                desk.receive(accepted)
            }
            desk.events.setInterest([], for: registration)
        } catch {
            desk.report(.acceptFailed(error))
            desk.events.setInterest([], for: registration)
            desk.events.setDeadline(desk.events.now + Self.pause, for: registration)
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) { peerHasLeft() }
}
