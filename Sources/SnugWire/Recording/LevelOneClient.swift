// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugFraming
internal import SnugProtocol
internal import SnugSystem
internal import SnugTransport

/// Somebody who speaks level 1, by hand: sends what it is told to, and keeps all that comes.
///
/// Used on one thread, which moves it whenever there is something to read.
final class LevelOneClient {
    /// What the person asks to be called.
    let name: String

    /// The person's connection in the capture.
    let connection: Int

    /// Everything that the server said, in its order.
    private(set) var received: [ServerMessage] = []

    /// What the server told the person on entering, once it has.
    private(set) var entered: ServerMessage.Entered?

    /// The last thing that the server refused to do.
    private(set) var refusal: ServerMessage.Refused?

    /// Whether the server will send no more.
    private(set) var hasEnded = false

    private let link: any Connection
    private let buffers = IOBuffers()
    private let paddingMultiple: Int
    private var decoder = FrameDecoder()
    private var referenceCount = 0

    /// What the client offers by ALPN: what it would rather speak comes first.
    static let applicationProtocols = [LevelOne.applicationProtocol, LevelZero.applicationProtocol]

    /// The passphrase is padded whatever the chat is, as by our own client.
    private static let authenticationPadding = 256

    /// Connects, completes the handshake, and says at which level it speaks.
    ///
    /// - Parameters:
    ///   - context: whom to trust; nil for a connection without TLS.
    ///   - paddingMultiple: what records are filled up to a multiple of once the person is let in.
    init(
        name: String,
        connection: Int,
        port: UInt16,
        context: TLSContext?,
        paddingMultiple: Int
    ) throws(WireError) {
        self.name = name
        self.connection = connection
        self.paddingMultiple = paddingMultiple
        let address = SocketAddress.loopback(port: port)
        let channel: SocketChannel
        do throws(UnreachableError) {
            channel = try SocketChannel.connect(to: [address], timeout: Lab.patience)
        } catch { throw .personFailed(name: name, .unreachable(server: LabIdentity.hostName, error)) }
        guard let context else {
            link = SocketConnection.plain(channel)
            try shakeHands()
            try send(LevelChoice.preface)
            return
        }
        link = SocketConnection.tlsClient(
            channel,
            context: context,
            expecting: ExpectedServer(name: LabIdentity.hostName),
            paddingMultiple: max(paddingMultiple, Self.authenticationPadding)
        )
        try shakeHands()
    }

    /// What the server calls its numbers' validity, once it has said hello.
    var epoch: String? {
        for message in received {
            if case .hello(let hello) = message.kind { return hello.epoch }
        }
        return nil
    }

    /// Everything that happened in the rooms, as it was told to this person.
    var events: [ServerMessage.Event] {
        received.compactMap { message in
            if case .event(let event) = message.kind { event } else { nil }
        }
    }

    /// Whether a message has come about which `isWanted` says so.
    func hasReceived(_ isWanted: (ServerMessage) -> Bool) -> Bool { received.contains(where: isWanted) }

    /// The sequence number of the person's own line with this reference, once the server has confirmed it.
    func confirmation(of reference: String) -> UInt64? {
        for message in received where message.ref == reference {
            if case .event(let event) = message.kind { return event.sequence }
        }
        return nil
    }

    /// A new name for a message, always of the same length: the lengths of records are to tell of texts.
    func nextReference() -> String {
        referenceCount += 1
        let digits = String(referenceCount)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    // MARK: Sending

    /// Sends the passphrase, in one frame that is no JSON.
    func send(passphrase: String) throws(WireError) {
        let frame: [UInt8]
        do throws(FramingError) {
            frame = try FrameEncoder.frame(passphrase)
        } catch { throw .personFailed(name: name, .inputTooLong(error)) }
        try send(frame)
    }

    /// Sends one message, in one record of its own.
    func send(_ kind: ClientMessage.Kind, ref: String? = nil) throws(WireError) {
        var frame: [UInt8] = []
        do throws(FramingError) {
            try ClientMessage(kind, ref: ref).encode(appendingTo: &frame)
        } catch { throw .personFailed(name: name, .inputTooLong(error)) }
        try send(frame)
    }

    private func send(_ bytes: [UInt8]) throws(WireError) {
        let deadline = MonotonicTime.now + Lab.patience
        var sent = 0
        while sent < bytes.count || link.wantsWrite {
            do throws(TransportError) {
                try link.flush(buffers)
                if sent < bytes.count {
                    sent += try link.write(bytes.span.bytes.extracting(sent...), buffers)
                }
            } catch { throw .personFailed(name: name, .transportFailed(error)) }
            guard link.wantsWrite else { continue }
            guard MonotonicTime.now < deadline else { throw .nothingHappened(awaited: "what \(name) sent") }
            var entries = [Polling.Entry(link.descriptor, for: .writable)]
            Polling.wait(for: &entries, until: deadline)
        }
    }

    /// Says goodbye to a server that has, and closes the connection; to an open one, what waits there is not read.
    func close() {
        // The server is gone, or it is not; the connection is closed all the same.
        try? link.finish(buffers)
        link.close()
    }

    // MARK: Receiving

    /// What to wait for before the next ``receive()``.
    var entry: Polling.Entry { Polling.Entry(hasEnded ? nil : link.descriptor, for: .readable) }

    /// Takes in what has come, without waiting.
    func receive() throws(WireError) {
        while !hasEnded {
            let result: ReadResult
            do throws(TransportError) { result = try link.read(buffers) } catch {
                throw .personFailed(name: name, .transportFailed(error))
            }
            switch result {
            case .endOfStream: hasEnded = true
            case .plaintext(let count): try take(count)
            case .wouldBlock: return
            }
        }
    }

    private func take(_ count: Int) throws(WireError) {
        do throws(FramingError) {
            try buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch { throw .personFailed(name: name, .protocolBroken("\(error)")) }
        while let payload = decoder.next() {
            let message: ServerMessage
            do throws(MessageError) { message = try ServerMessage(payload: payload) } catch {
                throw .personFailed(name: name, .protocolBroken("\(error)"))
            }
            switch message.kind {
            // From here on the passphrase is behind us.
            case .accepted: link.paddingMultiple = paddingMultiple
            case .entered(let entered): self.entered = entered
            case .ping(let id): try send(.pong(id: id))
            case .refused(let refusal): self.refusal = refusal
            default: break
            }
            received.append(message)
        }
    }

    private func shakeHands() throws(WireError) {
        let deadline = MonotonicTime.now + Lab.patience
        while true {
            do throws(TransportError) {
                if case .complete = try link.handshake(buffers) { return }
            } catch { throw .personFailed(name: name, .transportFailed(error)) }
            guard MonotonicTime.now < deadline else { throw .personFailed(name: name, .handshakeTimedOut) }
            var interest: Readiness = .readable
            if link.wantsWrite { interest.insert(.writable) }
            var entries = [Polling.Entry(link.descriptor, for: interest)]
            Polling.wait(for: &entries, until: deadline)
        }
    }
}
