// SPDX-License-Identifier: Apache-2.0

public import SnugHistory
public import SnugSystem

/// Why a server cannot start.
public enum ServerStartError: Error, Equatable, Sendable {
    case addressInUse(SocketAddress, ListenerKind, by: PortHolder?)
    case addressMissing(SocketAddress)
    case cannotListen(SocketAddress, SystemError)
    /// There can be no control socket at that path.
    case control(path: String, UnixSocketFault)
    case forbidden(SocketAddress, ListenerKind)
    case history(HistoryError)
    /// The server cannot take part in an order of requests with others.
    case log(RequestLogFault)
    /// The server cannot tell its figures there.
    case metrics(MetricsAddress, MetricsFault)
    case plainNotOnLoopback(SocketAddress)
    case portGivenTwice(UInt16)
    case system(SystemError)

    /// Says what it means that `address` could not be bound.
    init(_ error: SystemError, at address: SocketAddress, _ kind: ListenerKind) {
        if error.isAddressInUse {
            self = .addressInUse(address, kind, by: PortHolder.ofPort(in: address))
        } else if error.isMissingAddress {
            self = .addressMissing(address)
        } else if error.isNotPermitted {
            self = .forbidden(address, kind)
        } else if error.isShortage {
            self = .system(error)
        } else {
            self = .cannotListen(address, error)
        }
    }
}

extension ServerStartError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .addressInUse(let address, _, by: nil): "another program already listens on \(address)"
        case .addressInUse(let address, _, by: let holder?):
            "another program already listens on \(address): \(holder)"
        case .addressMissing(let address):
            "cannot listen on \(address): this machine does not have that address"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .control(let path, let fault): Self.phrase(for: fault, path)
        case .forbidden(let address, _) where Self.needsRight(address):
            "cannot listen on \(address): ports below \(ListeningRights.firstFreePort) need a right"
        case .forbidden(let address, _):
            "cannot listen on \(address): a security policy of this machine forbids it"
        case .history(let error): error.description
        case .log(let fault): fault.sentence
        case .metrics(let address, let fault): Self.phrase(for: fault, address)
        case .plainNotOnLoopback(let address):
            "the plain port is for loopback addresses only, and \(address) is none"
        case .portGivenTwice(let port): "\(port) cannot be both the encrypted port and the plain one"
        case .system(let error): "cannot start: \(error)"
        }
    }

    private static func phrase(for fault: MetricsFault, _ address: MetricsAddress) -> String {
        switch (fault, address) {
        case (.notLoopback, _):
            "figures can be told on loopback only, and \(address) is none of its addresses"
        case (.socket(let error), _) where error.isAddressInUse:
            "another program already listens on \(address), where figures were to be told"
        case (.socket(let error), _): "figures cannot be told at \(address): \(error)"
        case (.unix(let fault), .unix(let path)): phrase(for: fault, path, of: "socket for figures")
        case (.unix, .loopback): "figures cannot be told at \(address)"
        }
    }

    private static func phrase(
        for fault: UnixSocketFault,
        _ path: String,
        of socket: String = "control socket"
    ) -> String {
        switch fault {
        case .folder(let folder, let fault): "there can be no \(socket) in \(folder): that \(fault)"
        case .foreignSocket(let user): "\(path) is a socket of another user (uid \(user))"
        case .foreignServer, .inUse: "another server answers at the \(socket) \(path)"
        case .otherFile: "\(path) is there already, and is no socket"
        case .pathIsEmpty: "the \(socket) has no path"
        case .pathTooLong(let limit): "the path of the \(socket) has more than \(limit) bytes: \(path)"
        case .system(let error): "there can be no \(socket) at \(path): \(error)"
        }
    }

    /// Nobody may listen on such a port without a right of its own.
    package static func needsRight(_ address: SocketAddress) -> Bool {
        address.port < ListeningRights.firstFreePort
    }
}
