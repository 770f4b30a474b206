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
    // In this order, because each delivery looks at the first of these, and of ten thousand members none is in the
    // processor's cache. That accesses to some do not overlap is not checked at run time, which would be a twelfth of all
    // instructions: one thread uses a member, and nothing that is called while one of these changes knows of it.

    /// What it reads, with the others of its room.
    private(set) var audience: Audience
    var placeInAudience = 0
    @exclusivity(unchecked)
    var outbox: Outbox
    /// What it has beside if it speaks level 1; at level 0 nil, and all that it reads is `audience`.
    let levelOne: LevelOneSession?
    /// The loop outlives its members: it runs until the last one is closed.
    let loop: RoomLoop
    let connection: any Connection
    var reach = Reach.open
    /// Whether so many answers wait for it that nothing more is read of what it sends.
    private var hasToReadFirst = false
    /// Whether too much of what it asked for is still under way.
    var isHeldBack = false
    @exclusivity(unchecked)
    var stay = Stay.active

    let id: SessionID
    /// This member's place in its loop's list.
    var index = 0
    var talk = TalkPart()
    private(set) var registration: RegistrationID?
    private(set) var lastFrame: MonotonicTime
    @exclusivity(unchecked)
    var deadlines = Deadlines()
    @exclusivity(unchecked)
    var inbox: Inbox
    let origin: Origin
    var addressSlot: AddressSlot?

    init(_ arrival: Arrival, in loop: RoomLoop, _ audience: Audience) {
        id = arrival.id
        origin = Origin(arrival)
        connection = arrival.connection
        levelOne = arrival.level == .typed ? LevelOneSession() : nil
        inbox = Inbox(arrival.decoder, rate: loop.limits.lineRate, level: arrival.level)
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
        case .idle: levelOne == nil ? dismissForIdleness() : noteSilence(now: now)
        case .telling:
            deadlines[.telling] = nil
            continueTelling()
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
            levelOne?.quitRef = inbox.quitRef
            end(.quit, saying: .atMost)
            process()
        }
        watch()
    }

    /// More of one member's wait for the next turn, so that the others have theirs.
    private static let framesPerTurn = 256

    // MARK: Receiving

    var mayRead: Bool {
        guard stay == .active else { return stay == .lingering && reach == .open }
        return loop.takesInput && inbox.unreadBytes <= loop.limits.unreadBytes && readsItsAnswers
    }

    /// Who does not read its answers may not ask for more of them; those of one turn still have room.
    private var readsItsAnswers: Bool {
        outbox.waitingBytes(end: audience.end) <= loop.limits.backlogBytes / 3
            && (levelOne.map { $0.waitingBytes <= loop.limits.backlogBytes / 2 } ?? true)
    }

    func receive() {
        do throws(TransportError) {
            let (connection, buffers) = (connection, loop.buffers)
            switch try loop.events.reading({ () throws(TransportError) in try connection.read(buffers) }) {
            case .endOfStream: inputHasEnded()
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch { cut(error) }
    }

    /// Whether the peer still listens is not known: if it does not, it answers the next packet with a reset.
    private func inputHasEnded() {
        guard stay == .active else { return closeOnceTaken() }
        // A filter that speaks text ends its input and listens on; at level 1 that is a goodbye.
        end(.ended, saying: levelOne == nil ? .all : .atMost)
        if inbox.hasFrame { sayStillHere() }
    }

    func take(_ count: Int) {
        guard stay == .active else { return }
        loop.meters.receivedBytes.add(count)
        do throws(FramingError) {
            let hasCompleted = try loop.buffers.withPlaintext(bytes: count) {
                (bytes) throws(FramingError) in
                try inbox.append(bytes)
            }
            if hasCompleted { deadlines[.frame] = nil }
        } catch {
            let violation = ServerEvent.ProtocolViolation(error, isFirstFrame: false)
            tellOfViolation(violation)
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
            levelOne?.pingSentAt = nil
            if bytes > 0 { loop.tookFrame(bytes: FrameLimits.headerBytes + bytes) }
            accept(frame)
        }
        if case .ending(let departure, _) = stay, !inbox.hasFrame || stay.isExhausted { leave(departure) }
    }

    private func mayProcess(frameOf bytes: Int) -> Bool {
        bytes == 0 || isWithinItsLimits && loop.mayTalk(self, bytes: bytes + TalkBudget.largestPrefixBytes)
    }

    private var isWithinItsLimits: Bool {
        stay.isLimitedToFew || !isHeldBack && readsItsAnswers && !inbox.isHeldBack(now: loop.events.now)
    }

    private func accept(_ frame: [UInt8]) {
        guard !frame.isEmpty else { return }
        if let levelOne { return accept(frame, levelOne) }
        guard let utf8 = try? UTF8Span(validating: frame.span) else {
            return leave(.violatedProtocol(.invalidUTF8))
        }
        let text = String(copying: utf8)
        stay.countFrame()
        if loop.apply(Input.parse(text), from: id, isAnswered: reach != .lost) { leave(.quit) }
    }

    // MARK: Sending

    /// Sends what waits, one record and one send at a time, until nothing waits or the peer takes no more.
    func deliver(from backlog: borrowing SharedBacklog, using batch: inout [UInt8]) {
        guard !stay.isOver else { return }
        let end = stay.lastPosition ?? backlog.end
        guard reach != .lost else { return finishIfDelivered(end: end) }
        let connection = connection
        let (buffers, meters) = (loop.buffers, loop.meters)
        do throws(TransportError) {
            if let levelOne {
                try deliver(levelOne, from: backlog, end: end, using: &batch)
            } else {
                try outbox.empty(from: backlog, end: end, limit: IOBuffers.bytesPerWrite, using: &batch) {
                    (bytes) throws(TransportError) in
                    connection.wantsWrite ? 0 : meters.wrote(try connection.write(bytes, buffers))
                }
            }
        } catch { return cutWhileSending(error) }
        // Who has left holds the loop's backlog back as well.
        if connection.wantsWrite { return holdBack(end: backlog.end) }
        finishIfDelivered(end: end)
        if let levelOne { goOn(levelOne) }
        // It may ask for more now.
        if hasToReadFirst { watch() }
    }

    private func holdBack(end: Int) {
        // The record that the peer did not take waits as well.
        let waiting =
            outbox.waitingBytes(end: end) + (levelOne?.waitingBytes ?? 0) + IOBuffers.bytesPerWrite
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
    func sayStillHere() {
        guard stay.isProcessing, loop.takesInput, reach != .lost, !connection.wantsWrite,
            outbox.isEmpty(end: audience.end)
        else { return }
        guard levelOne == nil else { return tell(.waiting(lines: UInt64(inbox.frameCount))) }
        outbox.insert(FrameEncoder.frame(cutting: ""), at: audience.end)
        loop.answer(self)
    }

    private static let stillHereInterval = Duration.seconds(1)

    func tell(_ notice: Notice) {
        guard reach != .lost else { return }
        if levelOne != nil { return LevelOne.message(for: notice).map { tell($0.kind) } ?? () }
        outbox.insert(FrameEncoder.frame(cutting: LevelZero.text(for: notice)), at: audience.end)
    }

    // MARK: Watching

    /// The member's position that the backlog must still reach back to.
    var neededPosition: Int {
        reach == .lost || stay.isOver ? .max : outbox.position
    }

    /// The position of one of its rooms' backlogs, at level 1.
    func neededPosition(in audience: Audience) -> Int {
        neededPosition == .max ? .max : levelOne?.neededPosition(in: audience) ?? .max
    }

    func watch() {
        guard stay != .closed, let registration else { return }
        let now = loop.events.now
        let reads = mayRead
        hasToReadFirst = !readsItsAnswers
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
        let isAwaited = isActive && reads && !framesWait
        let silence = levelOne.map(endOfSilence) ?? lastFrame + limits.idleTimeout
        deadlines[.idle] = isAwaited ? silence : nil
        let isHeldBack = framesWait && !stay.isLimitedToFew && inbox.isHeldBack(now: now)
        deadlines[.rate] = isHeldBack ? inbox.nextLine(now: now) : nil
        if !stay.isProcessing { deadlines[.lastLines] = nil }
    }

    /// There are frames that only the turn's end kept from being processed.
    private var hasWork: Bool {
        stay.isProcessing && inbox.hasFrame && loop.takesInput && !talk.isQueued && isWithinItsLimits
    }
}
