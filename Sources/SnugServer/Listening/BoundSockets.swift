// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Sockets at all the addresses of one host, at the same port of each.
///
/// All or none: whoever else had one of them would get a part of those who come.
public struct BoundSockets {
    /// Where the sockets really are: with port 0 asked for, at the port that the kernel chose.
    public let addresses: [SocketAddress]

    /// What was left out because this machine does not have it, as ::1 where IPv6 is turned off.
    public let missing: [SocketAddress]

    private let kind: ListenerKind
    private let sockets: [Box]

    /// A socket cannot be copied, and so cannot be an array's element.
    private final class Box {
        var socket: ListeningSocket?

        init(_ socket: consuming ListeningSocket) { self.socket = consume socket }
    }

    /// Binds and listens; without addresses there is nothing to do.
    public init(
        at wanted: [SocketAddress],
        for kind: ListenerKind,
        _ limits: ServerLimits
    ) throws(ServerStartError) {
        self.kind = kind
        var attempts = Self.portChoices
        while true {
            attempts -= 1
            do throws(ServerStartError) {
                (sockets, addresses, missing) = try Self.bind(wanted, kind, limits)
                return
            } catch {
                // The port that the kernel chose for the first address can be in use at the next one.
                guard case .addressInUse = error, attempts > 0, wanted.count > 1, wanted[0].port == 0 else {
                    throw error
                }
            }
        }
    }

    private static let portChoices = 16

    private static func bind(
        _ wanted: [SocketAddress],
        _ kind: ListenerKind,
        _ limits: ServerLimits
    ) throws(ServerStartError) -> ([Box], [SocketAddress], [SocketAddress]) {
        var sockets: [Box] = []
        var addresses: [SocketAddress] = []
        var missing: [SocketAddress] = []
        for address in wanted {
            let address = addresses.first.map { address.with(port: $0.port) } ?? address
            do throws(SystemError) {
                let socket = try ListeningSocket(
                    address: address,
                    stuckTimeout: patience(limits),
                    takesIPv4: wanted.count == 1
                )
                addresses.append(socket.address)
                sockets.append(Box(socket))
            } catch {
                guard error.isMissingAddress, wanted.count > 1 else {
                    throw ServerStartError(error, at: address, kind)
                }
                missing.append(address)
            }
        }
        guard let first = missing.first, addresses.isEmpty else { return (sockets, addresses, missing) }
        throw .addressMissing(first)
    }

    /// Takes those of the sockets that a service manager has opened for `kind`, and binds only if there are none.
    static func take(
        _ passed: [PassedSocket],
        orBindTo wanted: [SocketAddress],
        for kind: ListenerKind,
        _ limits: ServerLimits
    ) throws(ServerStartError) -> BoundSockets {
        if let taken = try BoundSockets(passed, for: kind, limits) { return taken }
        return try BoundSockets(at: wanted, for: kind, limits)
    }

    private init?(
        _ passed: [PassedSocket],
        for kind: ListenerKind,
        _ limits: ServerLimits
    ) throws(ServerStartError) {
        var sockets: [Box] = []
        var addresses: [SocketAddress] = []
        do throws(SystemError) {
            for passed in passed where passed.name == kind.socketName {
                guard let socket = try ListeningSocket(passed, stuckTimeout: Self.patience(limits)) else {
                    continue
                }
                addresses.append(socket.address)
                sockets.append(Box(socket))
            }
        } catch { throw .system(error) }
        guard !sockets.isEmpty else { return nil }
        if kind == .plain, let address = addresses.first(where: { !$0.isLoopback }) {
            throw .plainNotOnLoopback(address)
        }
        self.kind = kind
        self.sockets = sockets
        self.addresses = addresses
        missing = []
    }

    /// The kernel must not give up on a member before the limit that was set for it.
    private static func patience(_ limits: ServerLimits) -> Duration {
        max(PeerSilence.limit, limits.writeTimeout)
    }

    /// Lets the lobby accept connections on all of them, once.
    func open(in lobby: Lobby) throws(SystemError) {
        for box in sockets {
            if let socket = box.socket.take() { try lobby.open(socket, for: kind) }
        }
    }
}
