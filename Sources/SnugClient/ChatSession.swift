// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
public import SnugTransport

/// One client's stay in the room: connect, verify, authenticate, chat.
///
/// One thread, one wait for keyboard and socket together: neither ever waits for the other.
public final class ChatSession {
    private let configuration: ClientConfiguration
    private let connection: any Connection
    private let buffers = IOBuffers()
    private var decoder = FrameDecoder()
    private var outgoing = OutgoingLines()
    /// What the server's machine had not acknowledged when we last looked.
    private var unacknowledgedBytes = 0
    private var lastSent = MonotonicTime.now
    private var goodbye = GoodbyeWait(at: .now)
    private var stage = ChatStage.chatting
    /// Whether the last wait ended because its time had come.
    private var wasQuiet = false
    private var lateSince: MonotonicTime?

    /// How the connection ended, once it has; what came before is shown first.
    private var ending: Result<Void, ClientError>?
    private(set) var hasShownAnything = false
    /// Whether the first words were no coming, as they are for everyone who is let in.
    private var isRefused: Bool?
    private var hasSentPassphrase = false

    /// Input is not read while so much of it waits for the network: what is under way cannot all be taken back.
    private static let bytesUnderWayLimit = 32_768

    /// Connects, and completes the handshake; the server is verified when this returns.
    public convenience init(_ configuration: ClientConfiguration) throws(ClientError) {
        self.init(configuration, over: try configuration.open())
    }

    /// Goes on with a connection that is made.
    public init(_ configuration: ClientConfiguration, over opened: OpenedConnection) {
        self.configuration = configuration
        connection = opened.connection
        facts = opened.facts
    }

    /// What the handshake established.
    public let facts: PeerFacts

    /// Whether the user ended the chat by `/quit`.
    public private(set) var hasQuit = false

    /// What was typed when the chat had ended, a line each, and was not sent.
    public internal(set) var unsentLines: [String] = []

    /// Our own lines that nobody acknowledged, if ``chat(input:over:)`` threw.
    public var doubtfulLines: DoubtfulLines { outgoing.doubtful }

    // MARK: Authentication

    /// Sends the passphrase, if there is one, and waits for the server's word on it.
    public func authenticate(_ passphrase: consuming Passphrase?) throws(ClientError) {
        guard let passphrase else { return }
        let deadline = MonotonicTime.now + configuration.verdictTimeout
        hasSentPassphrase = true
        // Past `outgoing`, which is not wiped.
        try connection.send(frameHolding: passphrase, buffers, until: deadline)
        while true {
            if let answer = try nextText() {
                switch answer {
                case LevelZero.accepted: return
                case LevelZero.wrongPassphrase: throw .wrongPassphrase(weSentOne: true)
                default: throw .passphraseNotAsked
                }
            }
            try ending?.get()
            guard ending == nil, !deadline.hasCome else {
                throw .protocolBroken("no answer to the passphrase")
            }
            _ = wait(input: nil, over: nil, until: deadline)
        }
    }

    // MARK: Chat

    /// Sends the name, and then chats until the input or the connection ends.
    ///
    /// If it throws, or this program ends meanwhile, the connection is reset: what is still under way is taken back.
    ///
    /// - Parameter input: the descriptor that lines are read from.
    public func chat(input: Int32, over interface: any ChatInterface) throws(ClientError) {
        connection.setResetsWhenClosed(true)
        try queue(configuration.name, isLine: false)
        sendMore()
        // From here on the server's answer is padded as it likes, and so are our lines.
        connection.paddingMultiple = configuration.paddingMultiple
        do throws(ClientError) {
            defer { connection.close() }
            try exchange(input: input, interface)
        } catch {
            // What the server said before is worth as much, and the error more.
            try? interface.finish()
            throw error
        }
        do throws(SystemError) { try interface.finish() } catch { throw .outputFailed(error) }
    }

    private func exchange(input: Int32, _ interface: any ChatInterface) throws(ClientError) {
        while true {
            try showAll(on: interface)
            if let ending { return try conclude(ending) }
            if try isOver() { return }
            let until = min(nextLook, interface.deadline)
            let ready = wait(input: takesInput ? input : nil, over: interface, until: until)
            noteArrival()
            do throws(SystemError) {
                if ready.signal { try interface.takeSignal() }
                try interface.proceed()
            } catch { throw .outputFailed(error) }
            // What was typed after the server's goodbye stays in the input: nobody would get it.
            if ready.input, ending == nil { try perform(try actions(from: input, interface)) }
            try keepAlive()
        }
    }

    private func actions(
        from input: Int32,
        _ interface: any ChatInterface
    ) throws(ClientError) -> [UserAction] {
        do throws(SystemError) {
            return try interface.take(try Polling.read(input, atMost: 4_096))
        } catch { throw .inputFailed(error) }
    }

    private func perform(_ actions: [UserAction]) throws(ClientError) {
        guard !actions.isEmpty else { return }
        for action in actions {
            switch (action, stage) {
            case (.line(let text), .chatting) where Input.parse(text) == .quit:
                // It is no line that could be missing: it has done its work if the connection ends.
                try queue(text, isLine: false)
                hasQuit = true
                stage = .quitting(since: .now)
            case (.line(let text), .chatting): try queue(text, isLine: true)
            case (.endOfInput, .chatting):
                stage = .finishing(since: .now)
                goodbye.noteSign(at: .now)
            case (.leave, .chatting), (.leave, .finishing): stage = .leaving(since: .now)
            default: break
            }
        }
        sendMore()
    }

    private func keepAlive() throws(ClientError) {
        guard case .chatting = stage, deadline.hasCome else { return }
        // Even behind a line that the network does not take: a deadline that stays in the past would spin.
        try queue("", isLine: false)
        sendMore()
    }

    private var takesInput: Bool {
        guard case .chatting = stage else { return false }
        return outgoing.unsent.count + unacknowledgedBytes < Self.bytesUnderWayLimit
    }

    // MARK: Time

    /// When something has to be done if nothing happens before.
    private var deadline: MonotonicTime {
        switch stage {
        case .chatting: lastSent + configuration.keepAliveInterval
        case .cutOff(_, let since), .leaving(let since): since + configuration.leaveTimeout
        case .quitting(let since) where hasAllArrived: since + configuration.leaveTimeout
        case .finishing(let since), .quitting(let since):
            goodbye.deadline(timeout: configuration.goodbyeTimeout, hasArrived: hasAllArrived, since: since)
        }
    }

    /// When to look again at what the server's machine has acknowledged, which wakes nobody, or at the deadline.
    private var nextLook: MonotonicTime {
        guard !hasAllArrived else { return deadline }
        // Soon at first, and then ever less often: it may be a matter of milliseconds or of hours.
        let pause = min(.seconds(1), max(.milliseconds(10), goodbye.lastSign.duration(to: .now) / 4))
        return min(deadline, .now + pause)
    }

    /// Whether the deadline has passed and what came before it is read.
    ///
    /// This process may have been stopped, and the server's goodbye may wait. A server that never stops sending is not
    /// read for ever.
    private func isLate() -> Bool {
        guard deadline.hasCome else {
            lateSince = nil
            return false
        }
        let since = lateSince ?? .now
        lateSince = since
        return wasQuiet || since.duration(to: .now) > .seconds(1)
    }

    /// Whether there is nothing left to do although the connection has not ended.
    private func isOver() throws(ClientError) -> Bool {
        if let silence = connection.unansweredFor, silence >= configuration.vanishedTimeout {
            throw .serverVanished
        }
        switch stage {
        case .chatting: return false
        case .cutOff(let error, _):
            guard isLate() else { return false }
            throw error
        case .finishing:
            guard isLate() else { return false }
            throw .goodbyeMissing
        case .quitting:
            guard isLate() else { return false }
            guard hasAllArrived else { throw .goodbyeMissing }
            // A server that does not know the command knows a goodbye.
            stage = .finishing(since: .now)
            goodbye.noteSign(at: .now)
            sendMore()
            return false
        case .leaving:
            guard !hasAllArrived else {
                // Nothing is left that a reset could take back.
                connection.setResetsWhenClosed(false)
                return true
            }
            guard isLate() else { return false }
            guard outgoing.doubtful.count == 0 else { throw .leftEarly }
            return true
        }
    }

    private var isAllSent: Bool { outgoing.unsent.isEmpty && !connection.wantsWrite }

    private var hasAllArrived: Bool { isAllSent && unacknowledgedBytes == 0 }

    private func noteArrival() {
        let before = unacknowledgedBytes
        unacknowledgedBytes = connection.unacknowledgedBytes
        if unacknowledgedBytes < before { goodbye.noteSign(at: .now) }
        outgoing.noteArrival(unacknowledged: unacknowledgedBytes)
    }

    private func conclude(_ ending: Result<Void, ClientError>) throws(ClientError) {
        var failure: ClientError?
        if case .failure(let error) = ending { failure = error }
        let fault = stage.fault(
            in: failure,
            hasSaidAll: outgoing.unsent.isEmpty && outgoing.doubtful.count == 0,
            promisesGoodbye: facts.applicationProtocol != nil,
            isRefused: isRefused == true
        )
        if failure == nil {
            // The goodbye is answered, or the server would take our end for a cut connection.
            stage = .leaving(since: .now)
            sendMore()
            connection.setResetsWhenClosed(false)
        }
        if let fault { throw fault }
    }

    private func showAll(on interface: any ChatInterface) throws(ClientError) {
        // At the end all is shown, however much of it waits: it is no more than was read at once.
        while ending != nil || !interface.isFull, let text = try nextText() {
            if text == LevelZero.wrongPassphrase, !hasShownAnything {
                throw .wrongPassphrase(weSentOne: hasSentPassphrase)
            }
            hasShownAnything = true
            guard !text.isEmpty else { continue }
            isRefused = isRefused ?? LevelZero.isNotice(text)
            do throws(SystemError) {
                // The server has cleaned it; a server that has not, or is not one, must not reach the terminal either.
                try interface.show(SafeText.clean(text))
            } catch { throw .outputFailed(error) }
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

    private func queue(_ text: String, isLine: Bool) throws(ClientError) {
        do throws(FramingError) {
            try outgoing.append(frameHolding: text, isLine: isLine)
        } catch { throw .inputTooLong(error) }
        lastSent = .now
        goodbye.noteFrame(at: lastSent, takingUpTo: configuration.slowestFrameInterval)
    }

    private func sendMore() {
        if case .cutOff = stage { return }
        do throws(TransportError) {
            try connection.flush(buffers)
            while !outgoing.unsent.isEmpty, !connection.wantsWrite { try sendSome() }
            switch stage {
            case .finishing where outgoing.unsent.isEmpty, .leaving where outgoing.unsent.isEmpty:
                try connection.finish(buffers)
                unacknowledgedBytes = connection.unacknowledgedBytes
            default: break
            }
        } catch { stage = .cutOff(ClientError(error), since: .now) }
    }

    private func sendSome() throws(TransportError) {
        let before = connection.unacknowledgedBytes
        let unsent = outgoing.unsent
        let count = try connection.write(unsent.span.bytes, buffers)
        unacknowledgedBytes = connection.unacknowledgedBytes
        outgoing.took(count, unacknowledged: (before, unacknowledgedBytes))
        goodbye.noteSign(at: .now)
    }

    /// Waits for any of keyboard, signals, output, socket and time, and moves what the socket allows.
    private func wait(
        input: Int32?,
        over interface: (any ChatInterface)?,
        until deadline: MonotonicTime
    ) -> (input: Bool, signal: Bool) {
        let isFull = interface?.isFull == true
        var interest = connection.interest
        if case .cutOff = stage { interest = .readable }
        if isFull { interest.remove(.readable) }
        var entries = [
            Polling.Entry(connection.descriptor, for: interest),
            Polling.Entry(input, for: .readable),
            Polling.Entry(interface?.signals, for: .readable),
            Polling.Entry(interface?.output, for: .writable),
        ]
        // A flood of messages must not keep the keyboard waiting, so it is looked at even then. A message that is here
        // already was left because nothing could be shown, and nobody would be woken for it.
        let hasInput = (connection.hasBufferedInput || decoder.hasFrame) && !isFull
        Polling.wait(for: &entries, until: hasInput ? .start : deadline)
        wasQuiet = !hasInput && entries.allSatisfy(\.readiness.isEmpty)
        if hasInput || !entries[0].readiness.isDisjoint(with: [.readable, .hungUp]) { receive() }
        if entries[0].readiness.contains(.writable) { sendMore() }
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
        goodbye.noteSign(at: .now)
        do throws(FramingError) {
            try buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch { ending = .failure(ClientError(error, isEncrypted: facts.protocolVersion != nil)) }
    }
}
