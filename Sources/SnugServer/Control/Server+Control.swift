// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import Synchronization

extension Server {
    /// The control socket with all that its thread needs; nil if there is to be none.
    static func controlDesk(
        _ socket: ServerSockets.ControlSocket,
        _ configuration: ServerConfiguration,
        _ hub: ChatHub,
        _ lobby: LobbyControl,
        _ reloading: Reloading?,
        _ report: @escaping ServerObserver
    ) throws(ServerStartError) -> ControlDesk? {
        guard let socket = socket.take() else { return nil }
        let hello = ServerMessage(.hello(ServerMessage.Hello(configuration, hub, needsPassphrase: false)))
        do throws(SystemError) {
            return try ControlDesk(
                socket,
                hub: hub,
                hello: hello,
                strangerCount: { lobby.strangerCount.load(ordering: .relaxed) },
                warnings: configuration.keysAreLogged ? [.keylogActive] : [],
                reloading: reloading,
                report: report
            )
        } catch { throw .system(error) }
    }
}
