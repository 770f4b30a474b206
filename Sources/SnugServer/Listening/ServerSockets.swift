// SPDX-License-Identifier: Apache-2.0

package import SnugSystem

/// Everything that a server listens on: bound, and nobody accepted yet.
///
/// For whoever gives up rights, such as that to bind, before there are threads and strangers.
package struct ServerSockets {
    let tls: BoundSockets
    let plain: BoundSockets
    let control: ControlSocket
    let metrics: MetricsDoor.Listener?

    /// A socket cannot be copied, and so cannot be a part of what can.
    final class ControlSocket {
        private var socket: UnixListeningSocket?

        init(_ socket: consuming UnixListeningSocket?) { self.socket = socket }

        func take() -> UnixListeningSocket? { socket.take() }
    }

    /// Binds and listens as `configuration` says.
    ///
    /// - Parameter passed: sockets that a service manager has opened, by the names of ``ListenerKind``; where there are
    ///   some of a kind, the configuration's addresses mean nothing.
    package init(
        _ configuration: ServerConfiguration,
        listeningOn passed: [PassedSocket] = []
    ) throws(ServerStartError) {
        try configuration.validate()
        let limits = configuration.limits
        tls = try BoundSockets.take(passed, orBindTo: configuration.tlsAddresses, for: .tls, limits)
        plain = try BoundSockets.take(passed, orBindTo: configuration.plainAddresses, for: .plain, limits)
        control = ControlSocket(try Self.controlSocket(at: configuration.controlPath))
        metrics = try Self.metricsListener(configuration)
    }

    private static func controlSocket(at path: String?) throws(ServerStartError) -> UnixListeningSocket? {
        guard let path else { return nil }
        do throws(UnixSocketFault) {
            return try UnixListeningSocket(path: path)
        } catch .system(let error) where error.isShortage {
            throw .system(error)
        } catch {
            throw .control(path: path, error)
        }
    }
}
