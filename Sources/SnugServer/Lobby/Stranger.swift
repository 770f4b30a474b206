// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugTransport

/// A connection that has no name yet.
///
/// Owned by the ``Lobby``; used on its thread only. One deadline covers the way to the name and is never extended.
///
/// ```
///   handshake ──► passphrase ──► verdict ──ok──► name ──► (a member, or the room is full)
///                                   └─wrong──► lingering ──► closed
/// ```
final class Stranger: EventHandler {
    private let peer: SocketAddress
    private let connection: any Connection
    private let isEncrypted: Bool
    private unowned let lobby: Lobby
    private var addressSlot: AddressSlot?
    private var decoder = FrameDecoder()
    private var facts = PeerFacts.plain
    private var registration: RegistrationID?
    private var phase = Phase.handshake
    private var unsent: [UInt8] = []
    private let deadline: MonotonicTime
    private var isFirstFrame = true

    private enum Phase: Equatable {
        case handshake
        case passphrase
        /// Without a time there will be no answer before the deadline.
        case verdict(isRight: Bool, at: MonotonicTime?)
        case name
        case lingering(until: MonotonicTime)
        case gone
    }

    init(
        peer: SocketAddress,
        connection: any Connection,
        encrypted: Bool,
        slot: AddressSlot?,
        in lobby: Lobby
    ) {
        self.peer = peer
        self.connection = connection
        isEncrypted = encrypted
        addressSlot = slot
        self.lobby = lobby
        deadline = lobby.events.now + lobby.configuration.limits.authenticationTimeout
    }

    func startWatching() throws(SystemError) {
        let registration = try lobby.events.add(connection.descriptor, for: .readable, handler: self)
        self.registration = registration
        lobby.events.setDeadline(deadline, for: registration)
        // A plain connection's handshake is complete before it begins.
        if !isEncrypted { lobby.events.callAgain(registration) }
    }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        guard !lobby.isStopping else { return }
        do throws(TransportError) {
            if readiness.contains(.writable) { try sendMore() }
            if phase == .handshake {
                try advanceHandshake()
            } else if !readiness.isDisjoint(with: [.readable, .hungUp]) {
                try receive()
            }
        } catch {
            fail(error)
        }
        settle()
    }

    func calledAgain() {
        guard !lobby.isStopping else { return }
        do throws(TransportError) {
            if phase == .handshake {
                try advanceHandshake()
            } else if connection.hasBufferedInput, mayRead {
                try receive()
            }
        } catch {
            fail(error)
        }
        settle()
    }

    func deadlineReached(now: MonotonicTime) {
        switch phase {
        case .verdict(let isRight, let time?) where time <= now: give(verdict: isRight)
        case .lingering(let time) where time <= now: close()
        default:
            guard deadline <= now else { break }
            let limit = lobby.configuration.limits.authenticationTimeout
            lobby.report(.limitReached(peer: peer, .authenticationTime(limit)))
            close()
        }
        settle()
    }

    /// After every event: works off complete frames, and says what to wait for next.
    private func settle() {
        while mayRead, phase != .handshake, let frame = decoder.next() {
            isFirstFrame = false
            accept(frame)
        }
        watch()
    }

    // MARK: Receiving

    private var mayRead: Bool {
        switch phase {
        case .handshake, .passphrase, .lingering: true
        // Who becomes a member takes nothing unsent along.
        case .name: unsent.isEmpty
        case .verdict, .gone: false
        }
    }

    private func advanceHandshake() throws(TransportError) {
        // A step of it can cost half a millisecond.
        defer { yieldProcessor() }
        guard case .complete(let facts) = try connection.handshake(lobby.events.buffers) else { return }
        self.facts = facts
        phase = lobby.verifier == nil ? .name : .passphrase
    }

    private func receive() throws(TransportError) {
        guard mayRead else { return close() }
        switch try connection.read(lobby.events.buffers) {
        case .endOfStream: leave()
        case .plaintext(let count): take(count)
        case .wouldBlock: break
        }
    }

    private func take(_ count: Int) {
        if case .lingering = phase { return }
        do throws(FramingError) {
            try lobby.events.buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch {
            let violation = ServerEvent.ProtocolViolation(error, isFirstFrame: isFirstFrame && !isEncrypted)
            lobby.report(.protocolViolated(peer: peer, violation))
            close()
        }
    }

    private func accept(_ frame: [UInt8]) {
        switch phase {
        case .passphrase: judge(frame)
        case .name: admit(frame)
        case .handshake, .verdict, .lingering, .gone: break
        }
    }

    // MARK: Passphrase

    private func judge(_ frame: [UInt8]) {
        let isRight = lobby.verifier?.matches(frame.span.bytes) ?? true
        let now = lobby.events.now
        let time = lobby.penalty.answerTime(for: peer, now: now, deadline: deadline)
        if !isRight {
            let failures = lobby.penalty.noteFailure(from: peer, answeredAt: time, now: now)
            lobby.report(.authenticationFailed(peer: peer, failures: failures))
        }
        phase = .verdict(isRight: isRight, at: time)
        if let time, time <= now { give(verdict: isRight) }
    }

    private func give(verdict isRight: Bool) {
        if isRight {
            phase = .name
            send(LevelZero.accepted)
        } else {
            sayGoodbye(LevelZero.wrongPassphrase)
        }
    }

    // MARK: Name

    private func admit(_ frame: [UInt8]) {
        guard let requested = String(validating: frame, as: UTF8.self) else {
            lobby.report(.protocolViolated(peer: peer, .invalidUTF8))
            return close()
        }
        // The lobby forgets the stranger before a room loop can know the member: one owner at a time.
        if let registration { lobby.events.remove(registration) }
        registration = nil
        let member = lobby.hub.admit(
            NameRequest(requested),
            fallbackName: "anon-\(peer.port)",
            warnings: warnings,
            { admission in
                HandedOver(
                    Arrival(
                        id: admission.id,
                        name: admission.name,
                        peer: peer,
                        facts: facts,
                        connection: connection,
                        decoder: decoder,
                        addressSlot: addressSlot
                    )
                )
            }
        )
        guard member != nil else { return turnAway() }
        phase = .gone
        lobby.forget(self)
    }

    private var warnings: [Notice] {
        var warnings: [Notice] = []
        if !isEncrypted { warnings.append(.plainTransport) }
        if lobby.configuration.keysAreLogged { warnings.append(.keylogActive) }
        return warnings
    }

    private func turnAway() {
        let limit = lobby.configuration.limits.members
        lobby.report(.limitReached(peer: peer, .members(limit)))
        do throws(SystemError) { try startWatching() } catch { return close() }
        sayGoodbye(LevelZero.text(for: .roomIsFull(maximumMembers: limit)))
    }

    // MARK: Sending

    private func send(_ text: String) {
        guard let frame = encode(text) else { return }
        unsent += frame
        do throws(TransportError) { try sendMore() } catch { fail(error) }
    }

    private func sendMore() throws(TransportError) {
        try connection.flush(lobby.events.buffers)
        while !unsent.isEmpty, !connection.wantsWrite {
            let waiting = unsent
            let taken = try connection.write(waiting.span.bytes, lobby.events.buffers)
            unsent = Array(waiting[taken...])
        }
        if case .lingering = phase, unsent.isEmpty { try connection.finish(lobby.events.buffers) }
    }

    /// Sends a last frame and close_notify, and gives the peer a moment to take both.
    private func sayGoodbye(_ text: String) {
        phase = .lingering(until: lobby.events.now + lobby.configuration.limits.lingerTimeout)
        decoder = FrameDecoder()
        send(text)
    }

    // MARK: Leaving

    private func fail(_ error: TransportError) {
        guard !error.isSilentVisit, phase == .handshake || error != .truncated else { return leave() }
        if phase == .handshake, isEncrypted { lobby.report(.handshakeFailed(peer: peer, error)) }
        close()
    }

    /// Nothing is wrong with someone who looks in and goes: health checks do.
    private func leave() {
        switch phase {
        case .handshake, .passphrase, .name: lobby.report(.visited(peer: peer))
        case .verdict, .lingering, .gone: break
        }
        close()
    }

    func close() {
        guard phase != .gone else { return }
        phase = .gone
        connection.close()
        if let registration { lobby.events.removeClosed(registration) }
        registration = nil
        lobby.forget(self)
    }

    private func watch() {
        guard let registration else { return }
        var interest: Readiness = mayRead ? .readable : []
        if connection.wantsWrite { interest.insert(.writable) }
        lobby.events.setInterest(interest, for: registration)
        switch phase {
        case .verdict(_, let time?): lobby.events.setDeadline(time, for: registration)
        case .lingering(let time): lobby.events.setDeadline(time, for: registration)
        default: lobby.events.setDeadline(deadline, for: registration)
        }
        if mayRead, connection.hasBufferedInput { lobby.events.callAgain(registration) }
    }
}

extension TransportError {
    /// Someone who looked whether the port is open and left: worth no line in the log.
    fileprivate var isSilentVisit: Bool {
        if case .system(let error) = self { return error.isLostConnection }
        return self == .peerMisbehaved(.saidNothing)
    }
}
