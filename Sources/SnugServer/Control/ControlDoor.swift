// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The listening side of the control socket.
final class ControlDoor: Doorway {
    var registration: RegistrationID?
    private var socket: UnixListeningSocket?
    private let descriptor: Int32
    private unowned let desk: ControlDesk

    init(_ socket: consuming UnixListeningSocket, desk: ControlDesk) {
        descriptor = socket.descriptor
        self.socket = consume socket
        self.desk = desk
    }

    var events: EventLoop { desk.events }

    func open() throws(SystemError) { try open(at: descriptor) }

    /// Takes the socket away, its path too.
    func close() {
        shut()
        socket = nil
    }

    func acceptOne() throws(SystemError) -> Bool {
        guard desk.hasRoom else {
            // Until a peer has left.
            pause()
            return false
        }
        guard let accepted = try socket?.accept() else { return false }
        desk.receive(accepted)
        return true
    }

    func acceptFailed(_ error: SystemError) { desk.report(.acceptFailed(error)) }
}
