// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

extension ClientConfiguration {
    /// The passphrase's length is nobody's business, whatever padding chat has.
    private static let authenticationPadding = 256

    /// Connects, and completes the handshake; the server is verified when this returns.
    ///
    /// Records are padded for a passphrase: whoever has sent it sets ``paddingMultiple``.
    public func open() throws(ClientError) -> OpenedConnection {
        let buffers = IOBuffers()
        let connection: any Connection
        switch security {
        case .controlSocket(let path): connection = SocketConnection.plain(try connect(toSocketAt: path))
        case .plain: connection = SocketConnection.plain(try connect())
        case .tls(let context, let pins):
            connection = SocketConnection.tlsClient(
                try connect(),
                context: context,
                expecting: ExpectedServer(name: host, pins: pins),
                paddingMultiple: max(paddingMultiple, Self.authenticationPadding)
            )
        }
        let facts = try completeHandshake(connection, buffers)
        noteVerified(facts)
        return OpenedConnection(connection: connection, facts: facts)
    }

    private func connect() throws(ClientError) -> SocketChannel {
        let (host, port) = dialled ?? (host, port)
        let addresses: [SocketAddress]
        do throws(ResolutionError) {
            addresses = try SocketAddress.resolve(host: host, port: port)
        } catch { throw .hostUnknown(error) }
        do throws(UnreachableError) {
            return try SocketChannel.connect(to: addresses, timeout: connectTimeout)
        } catch {
            // A server that turns somebody away may do so before we have looked.
            if let reset = error.failures.map(\.error).first(where: \.isReset) { throw .turnedAway(reset) }
            throw .unreachable(server: SocketAddress.text(host: host, port: port), error)
        }
    }

    private func connect(toSocketAt path: String) throws(ClientError) -> SocketChannel {
        do throws(UnixSocketFault) {
            let connection = try UnixConnection(path: path, patience: connectTimeout)
            return SocketChannel(owning: try connection.intoSocket())
        } catch { throw .controlSocket(path: path, error) }
    }

    private func completeHandshake(
        _ connection: any Connection,
        _ buffers: IOBuffers
    ) throws(ClientError) -> PeerFacts {
        let deadline = MonotonicTime.now + connectTimeout
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

    /// Host and port, as people write them, or the path of a control socket.
    public var server: String {
        if case .controlSocket(let path) = security { return path }
        return SocketAddress.text(host: host, port: port)
    }
}

extension Connection {
    /// What to wait for on its descriptor.
    var interest: Readiness { wantsWrite ? [.readable, .writable] : .readable }

    /// Sends a passphrase in one frame, from memory that is wiped afterwards, and waits until that is taken.
    func send(
        frameHolding passphrase: borrowing Passphrase,
        _ buffers: IOBuffers,
        until deadline: MonotonicTime
    ) throws(ClientError) {
        let frame = try passphrase.withBytes { (bytes) throws(ClientError) in
            try SecretBytes(frameHolding: bytes)
        }
        var sent = 0
        while sent < frame.count || wantsWrite {
            do throws(TransportError) {
                try flush(buffers)
                if sent < frame.count {
                    sent += try frame.withBytes { (bytes) throws(TransportError) in
                        try write(bytes.bytes.extracting(sent...), buffers)
                    }
                }
            } catch { throw ClientError(error) }
            guard wantsWrite else { continue }
            guard !deadline.hasCome else { throw .serverVanished }
            var entries = [Polling.Entry(descriptor, for: .writable)]
            Polling.wait(for: &entries, until: deadline)
        }
    }
}
