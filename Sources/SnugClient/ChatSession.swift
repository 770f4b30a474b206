// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
public import SnugTransport

/// One client's stay in the room: connect, verify, authenticate, chat.
///
/// One thread, one wait for keyboard and socket together: neither ever waits for the other.
public final class ChatSession {
    private let configuration: ClientConfiguration
    private let connection: any Connection
    private let buffers = IOBuffers()
    private var decoder = FrameDecoder()
    private var unsent: [UInt8] = []
    private var lastSent = MonotonicTime.now

    /// Input is not read while so much of it waits for the network.
    private static let unsentBytesLimit = 65_536

    /// Connects, and completes the handshake; the server is verified when this returns.
    public init(_ configuration: ClientConfiguration) throws(ClientError) {
        self.configuration = configuration
        let channel = try Self.connect(configuration)
        switch configuration.security {
        case .plain: connection = SocketConnection.plain(channel)
        case .tls(let context, let pins):
            connection = SocketConnection.tlsClient(
                channel,
                context: context,
                expecting: ExpectedServer(name: configuration.host, pins: pins),
                paddingMultiple: max(configuration.paddingMultiple, Self.authenticationPadding)
            )
        }
        facts = try Self.completeHandshake(connection, buffers, timeout: configuration.connectTimeout)
    }

    /// What the handshake established.
    public let facts: PeerFacts

    /// The passphrase's length is nobody's business, whatever padding chat has.
    private static let authenticationPadding = 256

    private static func connect(_ configuration: ClientConfiguration) throws(ClientError) -> SocketChannel {
        let addresses: [SocketAddress]
        do throws(ResolutionError) {
            addresses = try SocketAddress.resolve(host: configuration.host, port: configuration.port)
        } catch { throw .unreachable(error.description) }
        do throws(SystemError) {
            return try SocketChannel.connect(to: addresses, timeout: configuration.connectTimeout)
        } catch {
            throw .unreachable("\(configuration.host):\(configuration.port) cannot be reached: \(error)")
        }
    }

    private static func completeHandshake(
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
            } catch { throw ClientError(error) }
            guard MonotonicTime.now < deadline else { throw .handshakeTimedOut }
            var entries = [Polling.Entry(connection.descriptor ?? -1, for: connection.interest)]
            Polling.wait(for: &entries, until: deadline)
        }
    }

    // MARK: Authentication

    /// Sends the passphrase, if there is one, and waits for the server's word on it.
    public func authenticate(_ passphrase: consuming Passphrase?) throws(ClientError) {
        guard let passphrase else { return }
        hasSentPassphrase = true
        try passphrase.withBytes { (bytes) throws(ClientError) in try send(Array(bytes)) }
        let deadline = MonotonicTime.now + Self.verdictTimeout
        while true {
            if let answer = try nextText() {
                switch answer {
                case LevelZero.accepted: return
                case LevelZero.wrongPassphrase: throw .wrongPassphrase(weSentOne: true)
                default: throw .passphraseNotAsked
                }
            }
            if case .failure(let error) = ending { throw error }
            guard ending == nil, MonotonicTime.now < deadline else {
                throw .protocolBroken("no answer to the passphrase")
            }
            _ = try wait(input: nil, signals: -1, until: deadline)
        }
    }

    private var hasSentPassphrase = false

    /// A server makes those wait whose address guessed wrong before; its own limit is 30 s.
    private static let verdictTimeout = Duration.seconds(30)

    // MARK: Chat

    /// Sends the name, and then chats until the input or the connection ends.
    ///
    /// - Parameter input: the descriptor that lines are read from.
    public func chat(input: Int32, over interface: any ChatInterface) throws(ClientError) {
        try send(Array(configuration.name.utf8))
        // From here on the server's answer is padded as it likes, and so are our lines.
        connection.paddingMultiple = configuration.paddingMultiple
        var inputEnd: MonotonicTime?
        while true {
            try showAll(on: interface)
            if let ending { return try ending.get() }
            if let inputEnd, inputEnd + configuration.lingerTimeout <= .now { return }
            let watchesInput = inputEnd == nil && unsent.count < Self.unsentBytesLimit
            let ready = try wait(
                input: watchesInput ? input : nil,
                signals: interface.signals,
                until: inputEnd.map { $0 + configuration.lingerTimeout } ?? lastSent
                    + configuration.keepAliveInterval
            )
            var actions: [UserAction] = []
            do throws(SystemError) {
                if ready.signal { actions += try interface.takeSignal() }
                if ready.input { actions += try interface.take(try Polling.read(input, atMost: 4_096)) }
            } catch { throw .inputFailed(error) }
            if inputEnd == nil, try perform(actions) { inputEnd = .now }
            if inputEnd == nil, lastSent + configuration.keepAliveInterval <= .now { try send([]) }
        }
    }

    /// Returns whether the input has ended; then everything was queued and the goodbye goes behind it.
    private func perform(_ actions: [UserAction]) throws(ClientError) -> Bool {
        for action in actions {
            switch action {
            case .endOfInput:
                isFinishing = true
                try sendMore()
                return true
            case .line(let text): try send(Array(text.utf8))
            }
        }
        return false
    }

    private var isFinishing = false
    /// How the connection ended, once it has; what came before is shown first.
    private var ending: Result<Void, ClientError>?
    private var hasShownAnything = false

    private func showAll(on interface: any ChatInterface) throws(ClientError) {
        while let text = try nextText() {
            if text == LevelZero.wrongPassphrase, !hasShownAnything {
                throw .wrongPassphrase(weSentOne: hasSentPassphrase)
            }
            hasShownAnything = true
            guard !text.isEmpty else { continue }
            do throws(SystemError) {
                // The server has cleaned it; a server that has not, or is not one, must not reach the terminal either.
                try interface.show(SafeText.clean(text))
            } catch { throw .inputFailed(error) }
        }
    }

    // MARK: Frames

    private func nextText() throws(ClientError) -> String? {
        guard let frame = decoder.next() else { return nil }
        guard let text = String(validating: frame, as: UTF8.self) else {
            throw .protocolBroken("it sent bytes that are not UTF-8")
        }
        return text
    }

    private func send(_ payload: [UInt8]) throws(ClientError) {
        do throws(FramingError) {
            try FrameEncoder.encode(payload, appendingTo: &unsent)
        } catch { throw .protocolBroken("\(error)") }
        lastSent = .now
        try sendMore()
    }

    private func sendMore() throws(ClientError) {
        do throws(TransportError) {
            try connection.flush(buffers)
            while !unsent.isEmpty, !connection.wantsWrite {
                let waiting = unsent
                unsent = Array(waiting[try connection.write(waiting.span.bytes, buffers)...])
            }
            if isFinishing, unsent.isEmpty { try connection.finish(buffers) }
        } catch { throw ClientError(error) }
    }

    /// Waits for any of keyboard, signals, socket and time, and moves what the socket allows.
    private func wait(
        input: Int32?,
        signals: Int32,
        until deadline: MonotonicTime
    ) throws(ClientError) -> (input: Bool, signal: Bool) {
        guard !connection.hasBufferedInput else {
            receive()
            return (false, false)
        }
        var entries = [
            Polling.Entry(connection.descriptor ?? -1, for: connection.interest),
            Polling.Entry(input ?? -1, for: input == nil ? [] : .readable),
            Polling.Entry(signals, for: signals < 0 ? [] : .readable),
        ]
        Polling.wait(for: &entries, until: deadline)
        if entries[0].readiness.contains(.writable) { try sendMore() }
        if !entries[0].readiness.isDisjoint(with: [.readable, .hungUp]) { receive() }
        return (!entries[1].readiness.isEmpty, !entries[2].readiness.isEmpty)
    }

    private func receive() {
        do throws(TransportError) {
            switch try connection.read(buffers) {
            case .endOfStream:
                ending = decoder.isMidFrame ? .failure(.transportFailed(.truncated)) : .success(())
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch { ending = .failure(ClientError(error)) }
    }

    private func take(_ count: Int) {
        do throws(FramingError) {
            try buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch { ending = .failure(.protocolBroken("\(error)")) }
    }
}

extension Connection {
    fileprivate var interest: Readiness { wantsWrite ? [.readable, .writable] : .readable }
}
