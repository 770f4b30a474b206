// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Where a server tells its figures: at an address of loopback, or at a Unix socket.
///
/// Nowhere else: whoever can connect can read them, and nobody is asked for a password.
public enum MetricsAddress: Equatable, Sendable {
    /// An address that never leaves this machine.
    case loopback(SocketAddress)

    /// The path of a socket, for this user and root alone.
    case unix(path: String)

    /// Reads `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `unix:PATH`.
    public init(_ text: String) throws(MetricsAddressError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { throw .malformed(text) }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .malformed(text)
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard host == "localhost" || SocketAddress.isLiteral(String(host)) else { throw .malformed(text) }
        let address = try? SocketAddress.resolve(host: String(host), port: port).first
        guard let address else { throw .malformed(text) }
        guard address.isLoopback else { throw .notLoopback(text) }
        self = .loopback(address)
    }
}

extension MetricsAddress: CustomStringConvertible {
    /// As it is given.
    public var description: String {
        switch self {
        case .loopback(let address): "\(address)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// Why a server cannot tell its figures at an address.
public enum MetricsAddressError: Error, Equatable, Sendable, CustomStringConvertible {
    case malformed(String)
    case notLoopback(String)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .malformed(let text): "\(text) is no address for --metrics"
        case .notLoopback(let text):
            "\(text) can be reached from other machines, and figures are for this one alone"
        }
    }
}
