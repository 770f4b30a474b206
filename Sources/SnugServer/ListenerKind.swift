// SPDX-License-Identifier: Apache-2.0

/// What the connections of a listening socket speak.
public enum ListenerKind: Equatable, Sendable {
    /// Chat as it is, which anyone on its way can read.
    case plain

    /// Chat inside TLS.
    case tls
}

extension ListenerKind {
    /// What a service manager calls a socket of this kind that it opens for the server.
    public var socketName: String {
        switch self {
        case .plain: "plain"
        case .tls: "tls"
        }
    }
}
