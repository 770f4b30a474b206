// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// The server under load, and how to reach it.
struct Endpoint {
    let dialect: Dialect
    private let addresses: [SocketAddress]
    private let security: Security

    private enum Security {
        case none
        case tls(TLSContext, ExpectedServer)
    }

    /// - Parameter authority: the file with the certificates to trust; nil for a connection without TLS.
    init(host: String, port: UInt16, authority: String?, dialect: Dialect) throws(LoadFailure) {
        self.dialect = dialect
        do throws(ResolutionError) {
            addresses = try SocketAddress.resolve(host: host, port: port)
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

    func connect() throws(LoadFailure) -> any Connection {
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
