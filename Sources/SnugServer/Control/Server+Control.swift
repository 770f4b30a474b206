// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem
internal import Synchronization

extension Server {
    /// The control socket with all that its thread needs; nil if there is to be none.
    static func controlDesk(
        _ configuration: ServerConfiguration,
        _ hub: ChatHub,
        _ lobby: LobbyControl,
        _ reloading: Reloading?,
        _ report: @escaping ServerObserver
    ) throws(ServerStartError) -> ControlDesk? {
        guard let path = configuration.controlPath else { return nil }
        let hello = ServerMessage(.hello(ServerMessage.Hello(configuration, hub, needsPassphrase: false)))
        do throws(UnixSocketFault) {
            return try ControlDesk(
                try UnixListeningSocket(path: path),
                hub: hub,
                hello: hello,
                strangerCount: { lobby.strangerCount.load(ordering: .relaxed) },
                reloading: reloading,
                report: report
            )
        } catch .system(let error) where error.isShortage {
            throw .system(error)
        } catch {
            throw .control(path: path, error)
        }
    }
}
