// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// The server under load, or several that share a chat, and how to reach them.
struct Endpoint {
    let dialect: Dialect
    /// Those of each server.
    private let addresses: [[SocketAddress]]
    private let security: Security

    private enum Security {
        case none
        case tls(TLSContext, ExpectedServer)
    }

    /// - Parameter authority: the file with the certificates to trust; nil for a connection without TLS.
    init(host: String, ports: [UInt16], authority: String?, dialect: Dialect) throws(LoadFailure) {
        self.dialect = dialect
        do throws(ResolutionError) {
            addresses = try ports.map { port throws(ResolutionError) in
                try SocketAddress.resolve(host: host, port: port)
            }
        } catch {
            throw LoadFailure(sentence: error.description, hint: "name the server's address with --host")
        }
        security =
            if let authority {
                .tls(try Self.context(authority, dialect), ExpectedServer(name: host))
            } else {
                .none
            }
    }

    private static func context(_ authority: String, _ dialect: Dialect) throws(LoadFailure) -> TLSContext {
        do {
            let certificates = try CertificateFiles.readCertificates(authority)
            return try TLSContext(
                trust: .authorities(pem: certificates),
                policy: .modern,
                applicationProtocols: [dialect.applicationProtocol]
            )
        } catch {
            throw LoadFailure(
                sentence: "\(authority): \(error)",
                hint: "make certificates with: snug-server make-certs"
            )
        }
    }

    /// Connects the member of that number: they take the servers in turn.
    func connect(_ number: Int) throws(LoadFailure) -> any Connection {
        let addresses = addresses[number % addresses.count]
        do throws(UnreachableError) {
            let channel = try SocketChannel.connect(to: addresses, timeout: .seconds(10))
            switch security {
            case .none: return SocketConnection.plain(channel)
            case .tls(let context, let server):
                return SocketConnection.tlsClient(
                    channel,
                    context: context,
                    expecting: server,
                    paddingMultiple: 0
                )
            }
        } catch {
            throw LoadFailure(
                sentence: "the server cannot be reached: \(error)",
                hint: "is it running, and may both sides open enough files? (ulimit -n)",
                code: 69
            )
        }
    }
}
