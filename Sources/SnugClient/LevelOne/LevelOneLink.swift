// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugSystem
internal import SnugTransport

/// One connection of level 1: messages in, messages out.
///
/// Used on one thread. What a server makes us keep is one read of frames, and as much of answers to it.
final class LevelOneLink {
    private let connection: any Connection
    private let buffers: IOBuffers
    private let configuration: ClientConfiguration
    private var decoder = FrameDecoder()
    private var unsent: [UInt8] = []
    private var lastReceived = MonotonicTime.now
    /// How the connection ended, once it has; what came before is taken first.
    private var ending: ClientError?

    /// Nothing more is read while so much waits to be sent: answers to a flood of pings.
    private static let unsentLimitBytes = 65_536

    /// Says at which level we speak, on a connection that is made.
    init(
        _ opened: OpenedConnection,
        _ configuration: ClientConfiguration,
        _ buffers: IOBuffers
    ) throws(ClientError) {
        self.configuration = configuration
        self.buffers = buffers
        connection = opened.connection
        switch configuration.security {
        case .controlSocket, .plain: unsent = LevelChoice.preface
        case .tls: guard opened.speaksLevelOne else { throw .levelOneMissing }
        }
    }

    var paddingMultiple: Int {
        get { connection.paddingMultiple }
        set { connection.paddingMultiple = newValue }
    }

    // MARK: Receiving

    /// What to wait for.
    func entry(reads: Bool) -> Polling.Entry {
        var interest: Readiness = connection.wantsWrite || !unsent.isEmpty ? .writable : []
        if reads, unsent.count < Self.unsentLimitBytes { interest.insert(.readable) }
        return Polling.Entry(ending == nil ? connection.descriptor : nil, for: interest)
    }

    /// Whether there is something to take for which no byte has to come: nobody would be woken for it.
    var isReady: Bool {
        decoder.hasFrame || connection.hasBufferedInput && unsent.count < Self.unsentLimitBytes
    }

    /// Until when something has to come.
    func silenceLimit(isGreeted: Bool) -> MonotonicTime {
        lastReceived + (isGreeted ? configuration.silenceTimeout : configuration.connectTimeout)
    }

    /// While nothing is read the server's silence means nothing.
    func noteNotRead() { lastReceived = .now }

    /// The next message that has come.
    func next(_ phase: LevelOneState.Phase) throws(ClientError) -> ServerMessage? {
        guard let payload = decoder.next() else { return nil }
        do throws(MessageError) { return try ServerMessage(payload: payload) } catch {
            // A server of level 0 says `ok` or a notice where this level says hello.
            guard phase != .greeting else { throw .levelOneMissing }
            throw .protocolBroken("\(error)")
        }
    }

    /// Takes in what has come, without waiting.
    func receive() {
        do throws(TransportError) {
            switch try connection.read(buffers) {
            case .endOfStream: ending = decoder.isMidFrame ? .transportFailed(.truncated) : .endedByServer
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch { ending = ClientError(error) }
    }

    private func take(_ count: Int) {
        lastReceived = .now
        do throws(FramingError) {
            try buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch { ending = ClientError(error, isEncrypted: !isPlain) }
    }

    /// Throws how the connection ended, once everything that came before is taken.
    func checkEnd(isGreeted: Bool) throws(ClientError) {
        guard !decoder.hasFrame else { return }
        switch ending {
        // A plain server of level 0 takes our first bytes for a frame that is too long, and closes.
        case .endedByServer where !isGreeted, .transportFailed(.truncated) where !isGreeted,
            .connectionLost where !isGreeted && isPlain:
            throw isPlain ? .levelOneMissing : .endedByServer
        case let ending?: throw ending
        case nil: break
        }
        guard silenceLimit(isGreeted: isGreeted).hasCome else { return }
        // A plain server of level 0 waits for a name.
        throw isPlain && !isGreeted ? .levelOneMissing : .serverVanished
    }

    /// Whether the server may be one of level 0 that nobody could tell apart before.
    private var isPlain: Bool {
        if case .plain = configuration.security { true } else { false }
    }

    // MARK: Sending

    /// Puts a message behind what waits.
    func queue(_ message: ClientMessage) throws(ClientError) {
        do throws(FramingError) { try message.encode(appendingTo: &unsent) } catch {
            throw .inputTooLong(error)
        }
    }

    /// Sends what the network takes at once; that it takes nothing any more is an end like any other.
    func flush() {
        do throws(TransportError) {
            try connection.flush(buffers)
            while !unsent.isEmpty, !connection.wantsWrite {
                let bytes = unsent
                unsent.removeFirst(try connection.write(bytes.span.bytes, buffers))
            }
        } catch {
            unsent = []
            // What was said last says more than a write that fails, such as why one was put out.
            if ending == nil, !decoder.hasFrame { receive() }
            ending = ending ?? ClientError(error)
        }
    }

    /// Sends the passphrase: the first thing that is said, and so there is nothing that it could overtake.
    func send(_ passphrase: borrowing Passphrase, until deadline: MonotonicTime) throws(ClientError) {
        try connection.send(frameHolding: passphrase, buffers, until: deadline)
    }

    // MARK: The end

    /// Says goodbye, and does not wait for the server's.
    func sayGoodbye(quits: Bool) {
        // The server is gone, or it is not; nothing more is wanted of it.
        if quits { try? queue(ClientMessage(.quit)) }
        flush()
        try? connection.finish(buffers)
    }

    func close() { connection.close() }
}
