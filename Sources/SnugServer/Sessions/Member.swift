// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// One person in the room, from admission until the connection is closed.
///
/// Owned by one ``RoomLoop``; used on its thread only.
///
/// ```
///   active ──input ends, a rule is broken, or the connection is lost──► ending ──the last line is said──► left
///   left ──all it should get is sent──► lingering ──peer's FIN, or 1 s──► closed
/// ```
final class Member: EventHandler, Speaker {
    let id: SessionID
    /// This member's place in its loop's list.
    var index = 0
    /// What it reads, with the others of its room.
    private(set) var audience: Audience
    var placeInAudience = 0
    var outbox: Outbox
    var talk = TalkPart()

    let origin: Origin
    private var peer: SocketAddress { origin.peer }
    /// The loop outlives its members: it runs until the last one is closed.
    private let loop: RoomLoop
    let connection: any Connection
    private(set) var inbox: Inbox
    private var addressSlot: AddressSlot?
    private var registration: RegistrationID?
    private(set) var stay = Stay.active
    var deadlines = Deadlines()
    private var lastFrame: MonotonicTime
    private var reach = Reach.open

    init(_ arrival: Arrival, in loop: RoomLoop, _ audience: Audience) {
        id = arrival.id
        origin = Origin(arrival)
        connection = arrival.connection
        inbox = Inbox(arrival.decoder, rate: loop.limits.lineRate)
        addressSlot = arrival.addressSlot
        self.loop = loop
        self.audience = audience
        outbox = Outbox(position: audience.end)
        lastFrame = loop.events.now
        connection.paddingMultiple = loop.paddingMultiple
    }

    /// Reads another room from now on, once it has what is left of the one before: of who is lost nothing is kept.
    func read(_ next: Audience) {
        let rest = neededPosition == .max ? nil : audience.end
        outbox.move(from: audience.backlog, end: rest, to: next.end)
        audience = next
        next.add(self)
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
            cut(.truncated)
        } else if readiness.contains(.peerFinished) {
            reach = .halfClosed
            sayStillHere()
        }
        settle()
    }

    func calledAgain() {
        if mayRead, connection.hasBufferedInput { receive() }
        settle()
    }

    func deadlineReached(now: MonotonicTime) {
        switch deadlines.due(by: now) {
        case .drain, .linger: close()
        case .write: drop(for: .writeTime(loop.limits.writeTimeout))
        case .frame: end(.limitReached(.frameTime(loop.limits.frameTimeout)), saying: .atMost)
        case .lastLines: if case .ending(let departure, _) = stay { leave(departure) }
        case .idle: dismissForIdleness()
        case .stillHere:
            deadlines[.stillHere] = nil
            sayStillHere()
        case .rate, nil: break
        }
        settle()
    }

    /// After every event: takes what may be taken of what was sent, and says what to wait for next.
    private func settle() {
        guard stay != .closed else { return }
        process()
        if stay == .active, inbox.isHeldBack(now: loop.events.now), inbox.holdsQuit() {
            end(.quit, saying: .atMost)
            process()
        }
        watch()
    }

    /// More of one member's wait for the next turn, so that the others have theirs.
    private static let framesPerTurn = 256

    // MARK: Receiving

    private var mayRead: Bool {
        guard stay == .active else { return stay == .lingering && reach == .open }
        return loop.takesInput && inbox.unreadBytes <= loop.limits.unreadBytes && readsItsAnswers
    }

    /// Who does not read its answers may not ask for more of them; those of one turn still have room.
    private var readsItsAnswers: Bool {
        outbox.waitingBytes(end: audience.end) <= loop.limits.backlogBytes / 3
    }

    func receive() {
        do throws(TransportError) {
            switch try connection.read(loop.buffers) {
            case .endOfStream: inputHasEnded()
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch { cut(error) }
    }

    /// Whether the peer still listens is not known: if it does not, it answers the next packet with a reset.
    private func inputHasEnded() {
        guard stay == .active else { return closeOnceTaken() }
        end(.ended, saying: .all)
        if inbox.hasFrame { sayStillHere() }
    }

    private func take(_ count: Int) {
        guard stay == .active else { return }
        do throws(FramingError) {
            let hasCompleted = try loop.buffers.withPlaintext(bytes: count) {
                (bytes) throws(FramingError) in
                try inbox.append(bytes)
            }
            if hasCompleted { deadlines[.frame] = nil }
        } catch {
            let violation = ServerEvent.ProtocolViolation(error, isFirstFrame: false)
            end(.violatedProtocol(violation), saying: .atMost)
        }
    }

    // MARK: Processing

    /// Works off what it may; in turn with the loop's other members while all want to say more than they may.
    func process(atMost limit: Int = framesPerTurn, ignoringLimits: Bool = false) {
        var remaining = limit
        while stay.isProcessing, !stay.isExhausted, let bytes = inbox.nextPayloadBytes, remaining > 0,
            loop.takesFrames, ignoringLimits || mayProcess(frameOf: bytes),
            let frame = inbox.next(now: loop.events.now)
        {
            remaining -= 1
            lastFrame = loop.events.now
            if bytes > 0 { loop.tookFrame(bytes: FrameLimits.headerBytes + bytes) }
            accept(frame)
        }
        if case .ending(let departure, _) = stay, !inbox.hasFrame || stay.isExhausted { leave(departure) }
    }

    private func mayProcess(frameOf bytes: Int) -> Bool {
        bytes == 0 || isWithinItsLimits && loop.mayTalk(self, bytes: bytes + TalkBudget.largestPrefixBytes)
    }

    private var isWithinItsLimits: Bool {
        stay.isLimitedToFew || readsItsAnswers && !inbox.isHeldBack(now: loop.events.now)
    }

    private func accept(_ frame: [UInt8]) {
        guard !frame.isEmpty else { return }
        guard let text = String(validating: frame, as: UTF8.self) else {
            return leave(.violatedProtocol(.invalidUTF8))
        }
        stay.countFrame()
        if loop.apply(Input.parse(text), from: id, isAnswered: reach != .lost) { leave(.quit) }
    }

    // MARK: Sending

    /// Sends what waits, one record and one send at a time, until nothing waits or the peer takes no more.
    func deliver(from backlog: borrowing SharedBacklog, using batch: inout [UInt8]) {
        guard stay != .lingering, stay != .closed else { return }
        let end = stay.lastPosition ?? backlog.end
        guard reach != .lost else { return finishIfDelivered(end: end) }
        let couldAsk = readsItsAnswers
        let connection = connection
        let buffers = loop.buffers
        do throws(TransportError) {
            try outbox.empty(from: backlog, end: end, limit: IOBuffers.bytesPerWrite, using: &batch) {
                (bytes) throws(TransportError) in
                connection.wantsWrite ? 0 : try connection.write(bytes, buffers)
            }
        } catch { return cutWhileSending(error) }
        // Who has left holds the loop's backlog back as well.
        if connection.wantsWrite { return holdBack(end: backlog.end) }
        finishIfDelivered(end: end)
        // It may ask for more now.
        if !couldAsk { watch() }
    }

    private func holdBack(end: Int) {
        // The record that the peer did not take waits as well.
        let waiting = outbox.waitingBytes(end: end) + IOBuffers.bytesPerWrite
        let limit = loop.limits.backlogBytes
        guard loop.isStopping || waiting <= limit else { return drop(for: .backlog(bytes: limit)) }
        watch()
    }

    private func sendMore() {
        guard reach != .lost else { return }
        deadlines[.write] = nil
        do throws(TransportError) {
            try connection.flush(loop.buffers)
        } catch { return cutWhileSending(error) }
        loop.deliver(to: self)
    }

    /// Tells the peer that its lines still wait, unless something is on its way to it anyway.
    ///
    /// A filter that has ended its input waits as long as it hears this, and a peer that is gone answers with a reset.
    private func sayStillHere() {
        guard stay.isProcessing, loop.takesInput, reach != .lost, !connection.wantsWrite,
            outbox.isEmpty(end: audience.end)
        else { return }
        outbox.insert(FrameEncoder.frame(cutting: ""), at: audience.end)
        loop.answer(self)
    }

    private static let stillHereInterval = Duration.seconds(1)

    private func tell(_ notice: Notice) {
        guard reach != .lost else { return }
        outbox.insert(FrameEncoder.frame(cutting: LevelZero.text(for: notice)), at: audience.end)
    }

    // MARK: Leaving

    /// For the last lines to have their turn in a room where everyone talks.
    private static let lastLinesTimeout = Duration.seconds(2)

    /// No more input is taken; of what came before so much is still said.
    private func end(_ departure: ServerEvent.Departure, saying lines: Stay.LastLines) {
        stay.end(departure, saying: lines)
        deadlines.keep(.lastLines, while: stay.isLimitedToFew, from: loop.events.now + Self.lastLinesTimeout)
    }

    /// The connection is of no use any more.
    private func cut(_ error: TransportError) {
        guard stay.isProcessing else { return close() }
        reach = .lost
        end(.connectionFailed(error), saying: .atMost)
        // Who broke the protocol was sent an alert, which a reset might take away.
        if case .peerMisbehaved = error { connection.close() } else { connection.reset() }
        guard let registration else { return }
        loop.events.stopWatching(registration)
        // Found out while sending, there may be no other event in which to leave the room.
        loop.events.callAgain(registration)
    }

    /// What the peer sent before is still there to be read, and how that ends says more than a write that failed.
    private func cutWhileSending(_ error: TransportError) {
        do throws(TransportError) {
            while stay == .active, mayRead,
                case .plaintext(let count) = try connection.read(loop.buffers)
            { take(count) }
        } catch { return cut(error) }
        cut(error)
    }

    /// The member broke a limit: out of the room and closed at once.
    private func drop(for limit: ServerEvent.Limit) {
        reach = .lost
        leave(.limitReached(limit))
        close()
    }

    private func dismissForIdleness() {
        let limit = loop.limits.idleTimeout
        tell(.idle(seconds: Int(limit.components.seconds)))
        leave(.limitReached(.idleTime(limit)))
    }

    /// Out of the room: everyone else is told, once.
    private func leave(_ departure: ServerEvent.Departure) {
        guard stay.isProcessing else { return }
        let unsaid = inbox.discard()
        if unsaid > 0 { tell(.linesNotSaid(unsaid)) }
        stay = .left(until: nil)
        loop.leave(self, departure)
        // What is meant for this member ends where the notice of its leaving begins; this turn's mail brings it.
    }

    /// The chat has taken this member out: nothing more of it is said.
    func endTalking() {
        guard stay.isProcessing else { return }
        _ = inbox.discard()
        stay = .left(until: nil)
    }

    /// Everything up to `position` is still meant for this member, and nothing behind it.
    func endOutbox(at position: Int) {
        stay = .left(until: position)
        connection.cork()
    }

    /// Says goodbye, if it is time and everything is sent.
    private func finishIfDelivered(end: Int) {
        guard stay.lastPosition != nil || loop.isFinishing else { return }
        guard reach != .lost else { return close() }
        guard outbox.isEmpty(end: end) else { return }
        stay = .lingering
        deadlines[.linger] = loop.events.now + loop.limits.lingerTimeout
        do throws(TransportError) { try connection.finish(loop.buffers) } catch { return close() }
        watch()
    }

    /// The peer has said goodbye as well; what it has not taken yet gets the rest of the time.
    private func closeOnceTaken() {
        if connection.unacknowledgedBytes == 0 { return close() }
        reach = .halfClosed
        if let registration { loop.events.stopWatching(registration) }
    }

    func close() {
        guard stay != .closed else { return }
        stay = .closed
        // What the peer has not taken by now must not stay in the kernel.
        if reach == .lost || connection.unacknowledgedBytes > 0 {
            connection.reset()
        } else {
            connection.close()
        }
        if let registration { loop.events.removeClosed(registration) }
        addressSlot = nil
        loop.forget(self)
    }

    // MARK: Watching

    /// The member's position that the backlog must still reach back to.
    var neededPosition: Int {
        reach == .lost || stay == .lingering || stay == .closed ? .max : outbox.position
    }

    func watch() {
        guard stay != .closed, let registration else { return }
        let now = loop.events.now
        let reads = mayRead
        if reach != .lost {
            var interest: Readiness = reads ? .readable : []
            // A hang-up is noticed even while nothing is read.
            if stay == .active, !reads, reach == .open { interest.insert(.peerFinished) }
            if connection.wantsWrite { interest.insert(.writable) }
            loop.events.setInterest(interest, for: registration)
        }
        setDeadlines(now: now, reads: reads)
        loop.events.setDeadline(deadlines.earliest, for: registration)
        if reads && connection.hasBufferedInput || hasWork { loop.events.callAgain(registration) }
    }

    private func setDeadlines(now: MonotonicTime, reads: Bool) {
        let limits = loop.limits
        let isActive = stay == .active
        let isIncomplete = isActive && reads && (inbox.isMidFrame || connection.isMidRecord)
        deadlines.keep(.frame, while: isIncomplete, from: now + limits.frameTimeout)
        deadlines.keep(.write, while: connection.wantsWrite, from: now + limits.writeTimeout)
        let framesWait = stay.isProcessing && inbox.hasFrame
        deadlines.keep(.stillHere, while: framesWait && reach != .lost, from: now + Self.stillHereInterval)
        // Who waits for us is not idle: its frames would be lost.
        deadlines[.idle] = isActive && reads && !framesWait ? lastFrame + limits.idleTimeout : nil
        let isHeldBack = framesWait && !stay.isLimitedToFew && inbox.isHeldBack(now: now)
        deadlines[.rate] = isHeldBack ? inbox.nextLine(now: now) : nil
        if !stay.isProcessing { deadlines[.lastLines] = nil }
    }

    /// There are frames that only the turn's end kept from being processed.
    private var hasWork: Bool {
        stay.isProcessing && inbox.hasFrame && loop.takesInput && !talk.isQueued && isWithinItsLimits
    }
}
