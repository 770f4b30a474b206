// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugTransport

/// One person in the room, from admission until the connection is closed.
///
/// Owned by one ``RoomLoop``; used on its thread only.
///
/// ```
///   active ──says goodbye, is cut, or breaks a rule──► leaving ──all it sent is worked off──► left
///   left ──all it should get is sent──► lingering ──peer's FIN, or 1 s──► closed
/// ```
final class Member: EventHandler {
    let id: MemberID
    /// This member's place in its loop's list.
    var index = 0
    var outbox: Outbox

    private let peer: SocketAddress
    /// The loop outlives its members: it runs until the last one is closed.
    private let loop: RoomLoop
    private let connection: any Connection
    private var decoder: FrameDecoder
    private var addressSlot: AddressSlot?
    private var registration: RegistrationID?
    private var phase = Phase.active
    private var allowance: LineAllowance
    private var clocks: Clocks
    /// The end of what this member should get, once it has left.
    private var lastPosition: Int?
    /// The connection failed: nothing can be sent any more, but what was received before is still worked off.
    private var isCut = false

    private enum Phase: Equatable {
        case active
        case leaving(ServerEvent.Departure)
        case left
        case lingering
        case closed
    }

    private struct Clocks {
        var lastFrame: MonotonicTime
        var incompleteSince: MonotonicTime?
        var blockedSince: MonotonicTime?
        var lingerUntil: MonotonicTime?
        var drainUntil: MonotonicTime?
    }

    init(_ arrival: Arrival, in loop: RoomLoop) {
        id = arrival.id
        peer = arrival.peer
        connection = arrival.connection
        decoder = arrival.decoder
        addressSlot = arrival.addressSlot
        self.loop = loop
        outbox = Outbox(position: loop.backlog.end)
        allowance = LineAllowance(loop.limits.lineRate)
        clocks = Clocks(lastFrame: loop.events.now)
        connection.paddingMultiple = loop.paddingMultiple
    }

    func startWatching() throws(SystemError) {
        registration = try loop.events.add(connection.descriptor, for: .readable, handler: self)
        // Lines may have come in the same segment as the name.
        if let registration { loop.events.callAgain(registration) }
    }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { sendMore() }
        if mayRead {
            if !readiness.isDisjoint(with: [.readable, .hungUp]) { receive() }
        } else if readiness.contains(.hungUp) {
            // Epoll would report it for ever, and nothing can be sent to this peer any more.
            cut(.connectionFailed(.truncated))
        }
        settle()
    }

    func calledAgain() {
        if mayRead, connection.hasBufferedInput { receive() }
        settle()
    }

    func deadlineReached(now: MonotonicTime) {
        let limits = loop.limits
        if has(clocks.drainUntil, passed: now) || has(clocks.lingerUntil, passed: now) {
            close()
        } else if has(clocks.blockedSince.map { $0 + limits.writeTimeout }, passed: now) {
            drop(for: .writeTime(limits.writeTimeout))
        } else if has(clocks.incompleteSince.map { $0 + limits.frameTimeout }, passed: now) {
            // What came before the incomplete frame is still worked off.
            begin(leaving: .limitReached(.frameTime(limits.frameTimeout)))
        } else if has(idleDeadline, passed: now) {
            dismissForIdleness()
        }
        settle()
    }

    private func has(_ deadline: MonotonicTime?, passed now: MonotonicTime) -> Bool {
        deadline.map { $0 <= now } ?? false
    }

    /// After every event: works off what may be worked off, and says what to wait for next.
    private func settle() {
        guard phase != .closed else { return }
        workOff(atMost: Self.framesPerTurn, ignoringRate: false)
        watch()
    }

    /// One member's frames in one turn: more wait for the next, so that the others have theirs.
    private static let framesPerTurn = 256

    // MARK: Receiving

    private var mayRead: Bool {
        guard phase == .active else { return phase == .lingering }
        // Who does not read its answers may not ask for more of them.
        return decoder.unreadBytes <= loop.limits.unreadBytes
            && outbox.waitingBytes(end: loop.backlog.end) <= loop.limits.backlogBytes / 2
    }

    private func receive() {
        do throws(TransportError) {
            switch try connection.read(loop.events.buffers) {
            case .endOfStream: phase == .lingering ? close() : begin(leaving: .ended)
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch {
            phase == .lingering ? close() : cut(.connectionFailed(error))
        }
    }

    private func take(_ count: Int) {
        guard phase == .active else { return }
        let completed = decoder.completedFrames
        do throws(FramingError) {
            try loop.events.buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch {
            begin(leaving: .violatedProtocol(ServerEvent.ProtocolViolation(error, isFirstFrame: false)))
        }
        if decoder.completedFrames != completed { clocks.incompleteSince = nil }
    }

    // MARK: Working off

    private func workOff(atMost limit: Int, ignoringRate: Bool) {
        var remaining = limit
        while isWorkingOff, decoder.hasFrame, remaining > 0, loop.takesFrames,
            ignoringRate || allowance.take(now: loop.events.now)
        {
            remaining -= 1
            guard let frame = decoder.next() else { break }
            clocks.lastFrame = loop.events.now
            loop.tookFrame(bytes: FrameLimits.headerBytes + frame.count)
            accept(frame)
        }
        guard case .leaving(let departure) = phase else { return }
        if !decoder.hasFrame { leave(departure) }
    }

    private var isWorkingOff: Bool {
        if case .leaving = phase { return true }
        return phase == .active
    }

    private func accept(_ frame: [UInt8]) {
        // An empty frame says "still here" and nothing else.
        guard !frame.isEmpty else { return }
        guard let text = String(validating: frame, as: UTF8.self) else {
            leave(.violatedProtocol(.invalidUTF8))
            return
        }
        if loop.hub.apply(Input.parse(text), from: id, answerTo: loop.mailbox) { leave(.quit) }
    }

    // MARK: Sending

    /// Sends what waits, one record and one send at a time, until nothing waits or the peer takes no more.
    func deliver(from backlog: borrowing SharedBacklog, using batch: inout [UInt8]) {
        guard phase != .lingering, phase != .closed else { return }
        let end = lastPosition ?? backlog.end
        guard !isCut else { return finishIfDelivered(end: end) }
        do throws(TransportError) {
            try send(from: backlog, end: end, using: &batch)
        } catch {
            cut(.connectionFailed(error))
            return
        }
        if connection.wantsWrite {
            holdBack(end: end)
        } else {
            finishIfDelivered(end: end)
        }
    }

    private func send(
        from backlog: borrowing SharedBacklog,
        end: Int,
        using batch: inout [UInt8]
    ) throws(TransportError) {
        let connection = connection
        let buffers = loop.events.buffers
        try outbox.empty(from: backlog, end: end, limit: IOBuffers.bytesPerWrite, using: &batch) {
            (bytes) throws(TransportError) in
            connection.wantsWrite ? 0 : try connection.write(bytes, buffers)
        }
    }

    private func holdBack(end: Int) {
        if clocks.blockedSince == nil { clocks.blockedSince = loop.events.now }
        // The record that the peer did not take waits as well.
        let waiting = outbox.waitingBytes(end: end) + IOBuffers.bytesPerWrite
        guard loop.isStopping || waiting <= loop.limits.backlogBytes else {
            drop(for: .backlog(bytes: loop.limits.backlogBytes))
            return
        }
        watch()
    }

    private func sendMore() {
        guard !isCut else { return }
        clocks.blockedSince = nil
        do throws(TransportError) {
            try connection.flush(loop.events.buffers)
        } catch {
            cut(.connectionFailed(error))
            return
        }
        loop.deliver(to: self)
        if phase == .lingering, connection.wantsWrite { clocks.blockedSince = loop.events.now }
    }

    // MARK: Leaving

    /// No more input is taken; what came before is still worked off.
    private func begin(leaving departure: ServerEvent.Departure) {
        if phase == .active { phase = .leaving(departure) }
    }

    /// The connection is of no use any more.
    private func cut(_ departure: ServerEvent.Departure) {
        begin(leaving: departure)
        isCut = true
        if let registration {
            loop.events.stopWatching(registration)
            // Found out while sending, there may be no other event in which to leave the room.
            loop.events.callAgain(registration)
        }
        connection.close()
        if phase == .left || phase == .lingering { close() }
    }

    /// The member broke a limit: out of the room and closed at once.
    private func drop(for limit: ServerEvent.Limit) {
        leave(.limitReached(limit))
        close()
    }

    private func dismissForIdleness() {
        let limit = loop.limits.idleTimeout
        if let frame = encode(LevelZero.text(for: .idle(seconds: Int(limit.components.seconds)))) {
            outbox.insert(frame, at: loop.backlog.end)
        }
        leave(.limitReached(.idleTime(limit)))
    }

    /// Out of the room: everyone else is told, once.
    private func leave(_ departure: ServerEvent.Departure) {
        guard isWorkingOff else { return }
        phase = .left
        if let name = loop.hub.leave(id, mailbox: loop.mailbox) {
            loop.report(.left(peer: peer, name: name.text, departure))
        }
        // What is meant for this member ends where the notice of its leaving begins; this turn's mail brings it.
    }

    /// Everything up to `position` is still meant for this member, and nothing behind it.
    func endOutbox(at position: Int) {
        lastPosition = position
        connection.cork()
    }

    /// Says goodbye, if it is time and everything is sent.
    private func finishIfDelivered(end: Int) {
        guard phase == .left && lastPosition != nil || loop.isFinishing else { return }
        guard !isCut else { return close() }
        guard outbox.isEmpty(end: end) else { return }
        phase = .lingering
        clocks.lingerUntil = loop.events.now + loop.limits.lingerTimeout
        do throws(TransportError) {
            try connection.finish(loop.events.buffers)
        } catch {
            close()
            return
        }
        watch()
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        connection.close()
        if let registration { loop.events.removeClosed(registration) }
        addressSlot = nil
        loop.forget(self)
    }

    // MARK: Stopping

    /// Takes what the kernel holds, and waits for its loop to have it worked off and to say goodbye.
    func readOut(until deadline: MonotonicTime) {
        clocks.drainUntil = deadline
        // A read opens records that are here already before it receives, and no more than its share of them.
        receiveBuffered()
        if phase == .active { receive() }
        receiveBuffered()
        watch()
    }

    /// Works off some more of what was read out, whatever the rate, and returns whether there is any left.
    func workOffMore() -> Bool {
        workOff(atMost: Self.framesPerShare, ignoringRate: true)
        watch()
        return isWorkingOff && decoder.hasFrame
    }

    /// Few, because even ten thousand shares must not take up the time there is for stopping.
    private static let framesPerShare = 16

    private func receiveBuffered() {
        while phase == .active, connection.hasBufferedInput { receive() }
    }

    // MARK: Watching

    /// The member's position that the backlog must still reach back to.
    var neededPosition: Int { isCut || phase == .lingering || phase == .closed ? .max : outbox.position }

    private func watch() {
        guard phase != .closed, let registration else { return }
        let reads = mayRead
        if !isCut {
            var interest: Readiness = reads ? .readable : []
            if connection.wantsWrite { interest.insert(.writable) }
            loop.events.setInterest(interest, for: registration)
        }
        let isIncomplete = reads && phase == .active && (decoder.isMidFrame || connection.isMidRecord)
        clocks.incompleteSince = isIncomplete ? clocks.incompleteSince ?? loop.events.now : nil
        if !connection.wantsWrite { clocks.blockedSince = nil }
        loop.events.setDeadline(nextDeadline, for: registration)
        let hasInput = reads && connection.hasBufferedInput
        let hasWork =
            isWorkingOff && decoder.hasFrame && allowance.nextLine(now: loop.events.now) <= loop.events.now
        if hasInput || hasWork { loop.events.callAgain(registration) }
    }

    /// Whose frames still wait for the rate limit is not idle: they would be lost.
    private var idleDeadline: MonotonicTime? {
        phase == .active && !decoder.hasFrame ? clocks.lastFrame + loop.limits.idleTimeout : nil
    }

    private var nextDeadline: MonotonicTime? {
        let limits = loop.limits
        var next = clocks.drainUntil
        func consider(_ time: MonotonicTime?) {
            if let time { next = min(next ?? time, time) }
        }
        consider(clocks.lingerUntil)
        consider(clocks.blockedSince.map { $0 + limits.writeTimeout })
        consider(clocks.incompleteSince.map { $0 + limits.frameTimeout })
        consider(idleDeadline)
        if isWorkingOff, decoder.hasFrame { consider(allowance.nextLine(now: loop.events.now)) }
        return next
    }
}

extension ServerEvent.ProtocolViolation {
    /// Names a framing error; a TLS hello read as a frame announces a length that begins 0x1603.
    init(_ error: FramingError, isFirstFrame: Bool) {
        guard case .oversizedFrame(let bytes) = error else {
            self = .oversizedFrame(announcedBytes: .max)
            return
        }
        self =
            isFirstFrame && bytes >> 16 == 0x1603 ? .tlsOnPlainPort : .oversizedFrame(announcedBytes: bytes)
    }
}
