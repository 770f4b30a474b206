// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

extension ServerSockets {
    /// The socket at which figures are told; nil if there is to be none.
    static func metricsListener(
        _ configuration: ServerConfiguration
    ) throws(ServerStartError) -> MetricsDoor.Listener? {
        switch configuration.metrics {
        case .loopback(let address):
            guard address.isLoopback else { throw .metrics(.loopback(address), .notLoopback) }
            do throws(SystemError) {
                return MetricsDoor.Listener(try ListeningSocket(address: address))
            } catch { throw .metrics(.loopback(address), .socket(error)) }
        case .unix(let path):
            do throws(UnixSocketFault) {
                return MetricsDoor.Listener(try UnixListeningSocket(path: path))
            } catch { throw .metrics(.unix(path: path), .unix(error)) }
        case nil: return nil
        }
    }
}

extension Server {
    /// What the server can be asked about itself, with the figures of this moment.
    ///
    /// They are counted whether or not anybody asks, and nobody waits for whoever does. The bytes that wait for members are
    /// not among them: only the thread of `metrics` of ``ServerConfiguration`` asks the loops for those.
    public func metrics() -> [MetricFamily] { figures.families() }
}

/// Why figures cannot be told at an address.
public enum MetricsFault: Error, Equatable, Sendable {
    case notLoopback
    case socket(SystemError)
    case unix(UnixSocketFault)
}
