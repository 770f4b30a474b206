// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

extension ChatSession {
    static func connect(_ configuration: ClientConfiguration) throws(ClientError) -> SocketChannel {
        let addresses: [SocketAddress]
        do throws(ResolutionError) {
            addresses = try SocketAddress.resolve(host: configuration.host, port: configuration.port)
        } catch { throw .hostUnknown(error) }
        do throws(UnreachableError) {
            return try SocketChannel.connect(to: addresses, timeout: configuration.connectTimeout)
        } catch {
            // A server that turns somebody away may do so before we have looked.
            if let reset = error.failures.map(\.error).first(where: \.isReset) { throw .turnedAway(reset) }
            throw .unreachable(server: configuration.server, error)
        }
    }

    static func completeHandshake(
        _ connection: any Connection,
        _ buffers: IOBuffers,
        timeout: Duration
    ) throws(ClientError) -> PeerFacts {
        let deadline = MonotonicTime.now + timeout
        while true {
            do throws(TransportError) {
                if case .complete(let facts) = try connection.handshake(buffers) { return facts }
            } catch .truncated {
                // No word was said yet that could be missing.
                throw .handshakeCut
            } catch .system(let error) where error.isReset {
                throw .turnedAway(error)
            } catch { throw ClientError(error) }
            guard !deadline.hasCome else { throw .handshakeTimedOut }
            var entries = [Polling.Entry(connection.descriptor, for: connection.interest)]
            Polling.wait(for: &entries, until: deadline)
        }
    }
}

extension ClientConfiguration {
    /// Host and port, as people write them.
    public var server: String { SocketAddress.text(host: host, port: port) }
}

extension Connection {
    /// What to wait for on its descriptor.
    var interest: Readiness { wantsWrite ? [.readable, .writable] : .readable }
}
