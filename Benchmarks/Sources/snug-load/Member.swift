// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// Those who want to know what happens to a member; called on the loop's thread.
protocol MemberObserver: AnyObject {
    /// The server has answered the hello, and nothing has been done with its answer yet.
    func wasAnswered(_ member: Member)

    /// The connection is encrypted (or plain by choice), and the greeting is on its way.
    func becameSecure(_ member: Member)

    /// The server has let the member in.
    func becamePresent(_ member: Member)

    /// Anything at all arrived.
    func heard(at time: MonotonicTime)

    /// One read brought measured lines.
    func received(_ tags: [LineTag], by member: Member, at time: Int64)

    /// The connection is over; nothing follows.
    func ended(_ member: Member, because reason: String)
}

/// One simulated person.
///
/// ```
///   securing ──handshake──► greeting ──let in──► present ──leave──► leaving ──end of stream──► gone
/// ```
final class Member: EventHandler {
    let index: Int
    private(set) var state = State.securing
    /// The agreed cipher; nil without TLS.
    private(set) var cipher: String?

    private let name: String
    /// Where it talks and listens.
    let room: String
    private let dialect: Dialect
    private let connection: any Connection
    private let loop: EventLoop
    /// The loop's, and so shared by its members.
    private let buffers: IOBuffers
    private unowned let observer: any MemberObserver
    private var registration: RegistrationID?
    private var scanner: MessageScanner
    private var unwritten: [UInt8] = []
    /// The lines of one read; kept for its memory.
    private var tags: [LineTag] = []
    private var isReading = true

    enum State { case securing, greeting, present, leaving, gone }

    init(
        _ index: Int,
        name: String,
        in room: String = Dialect.mainRoom,
        at endpoint: Endpoint,
        on loop: EventLoop,
        _ buffers: IOBuffers,
        observer: any MemberObserver
    ) throws(LoadFailure) {
        self.index = index
        self.name = name
        self.room = room
        self.loop = loop
        self.buffers = buffers
        self.observer = observer
        dialect = endpoint.dialect
        scanner = MessageScanner(endpoint.dialect)
        connection = try endpoint.connect(index)
        do throws(SystemError) {
            registration = try loop.add(connection.descriptor, for: .readable, handler: self)
        } catch { throw .system(error) }
        // A client's handshake begins with its own words, before the descriptor is readable.
        guarded { () throws(TransportError) in try advanceHandshake() }
    }

    // MARK: What a member does

    func send(_ bytes: [UInt8]) {
        guarded { () throws(TransportError) in
            unwritten += bytes
            try writeRest()
        }
    }

    /// Says goodbye, and is gone once the server has closed as well.
    func leave() {
        if state == .present { send(dialect.farewell) }
        guard state != .gone else { return }
        state = .leaving
        guarded { () throws(TransportError) in
            try connection.finish(buffers)
            watch()
        }
    }

    /// Goes without a word.
    func hangUp() { end("the member hung up") }

    /// From now on nothing is read: the member that everyone fears.
    func stopReading() {
        isReading = false
        watch()
    }

    func resumeReading() {
        isReading = true
        watch()
    }

    // MARK: What happens to it

    func ready(_ readiness: Readiness) {
        guarded { () throws(TransportError) in
            if state == .securing {
                observer.wasAnswered(self)
                guard state == .securing else { return }
                try advanceHandshake()
            }
            guard state != .securing, state != .gone else { return }
            if readiness.contains(.writable) { try writeRest() }
            if isReading {
                try read()
            } else if readiness.contains(.hungUp) {
                end("the server hung up")
            }
        }
    }

    func calledAgain() { ready(.readable) }

    func deadlineReached(now: MonotonicTime) {}

    private func advanceHandshake() throws(TransportError) {
        guard case .complete(let facts) = try connection.handshake(buffers) else { return watch() }
        cipher = facts.cipher
        state = .greeting
        observer.becameSecure(self)
        guard state == .greeting else { return }
        send(dialect.greeting(name: name, room: room))
        if connection.hasBufferedInput, let registration { loop.callAgain(registration) }
    }

    private func read() throws(TransportError) {
        switch try connection.read(buffers) {
        case .endOfStream: return end("the server closed the connection")
        case .plaintext(let bytes):
            let now = MonotonicTime.now
            observer.heard(at: now)
            buffers.withPlaintext(bytes: bytes) { plaintext in
                plaintext.withUnsafeBytes { take($0, at: now.nanoseconds) }
            }
        case .wouldBlock: break
        }
        if connection.hasBufferedInput, let registration { loop.callAgain(registration) }
    }

    private func take(_ plaintext: UnsafeRawBufferPointer, at now: Int64) {
        // A local array: each append to a property of a class would be checked for exclusive access.
        var found: [LineTag] = []
        swap(&found, &tags)
        scanner.scan(plaintext) { message in
            if let tag = dialect.tag(in: message) {
                found.append(tag)
            } else {
                react(to: message)
            }
        }
        if !found.isEmpty { observer.received(found, by: self, at: now) }
        found.removeAll(keepingCapacity: true)
        swap(&found, &tags)
    }

    private func react(to message: UnsafeRawBufferPointer) {
        switch dialect.reaction(to: message) {
        case .answer(let bytes): send(bytes)
        case .isPresent:
            guard state == .greeting else { return }
            state = .present
            observer.becamePresent(self)
        case .none: break
        case .refused(let reason): end(reason)
        }
    }

    private func writeRest() throws(TransportError) {
        try connection.flush(buffers)
        while !unwritten.isEmpty, !connection.wantsWrite {
            let waiting = unwritten
            let taken = try connection.write(waiting.span.bytes, buffers)
            unwritten = Array(waiting[taken...])
        }
        watch()
    }

    private func watch() {
        guard let registration else { return }
        var interest: Readiness = isReading ? .readable : []
        if connection.wantsWrite { interest.insert(.writable) }
        loop.setInterest(interest, for: registration)
    }

    private func guarded(_ body: () throws(TransportError) -> Void) {
        do throws(TransportError) { try body() } catch { end("\(error)") }
    }

    private func end(_ reason: String) {
        guard state != .gone else { return }
        state = .gone
        if let registration { loop.remove(registration) }
        registration = nil
        connection.close()
        observer.ended(self, because: reason)
    }
}
