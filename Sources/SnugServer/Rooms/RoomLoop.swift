// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTransport

/// One thread's share of the members.
///
/// A turn: whoever is ready is read, what they say goes through the room into the mailboxes, and at the end of the
/// turn everyone gets what came up, in one record and one send. If nobody said anything, notices may wait.
///
/// Made, run and let go on one thread.
final class RoomLoop {
    let limits: ServerLimits
    let hub: RoomHub
    let mailbox: RoomMailbox
    let events: EventLoop
    let paddingMultiple: Int
    let report: ServerObserver

    private(set) var backlog: SharedBacklog
    private var members: [Member] = []
    private var membersByID: [MemberID: Member] = [:]
    private var received = RoomMailbox.Contents()
    private var batch: [UInt8] = []
    /// Members that wait for an answer: they are sent it in this turn, whatever the others are sent.
    private var answered: [Member] = []
    /// Everyone was offered everything up to this position of the backlog.
    private var offeredEnd = 0
    /// When everyone may be told again, for notices' sake alone.
    private var nextNotices = MonotonicTime.start
    /// Whether somebody has said something that not everyone was offered yet.
    private var hasLines = false
    private var phase = Phase.running
    /// Bytes of frames that may still be processed in this turn, their answers included.
    ///
    /// Without a bound, many members who all send a burst at once would fill everyone's backlog within one turn, and
    /// readers who are not slow at all would be dropped for it.
    private var turnAllowance: Int

    /// A part of what may wait for one member: it must not be dropped for what it asks in one turn.
    private let bytesPerTurn: Int

    private static let maximumBytesPerTurn = 65_536

    /// Whose turn it is to talk while members want to say more than the room may send.
    private var talk: TalkQueue<Member>

    /// ```
    ///   running ──.drain──► readingOut ──all is said──► readOut ──.finish──► finishing ──everyone gone──► end of run
    /// ```
    private enum Phase { case running, readingOut, readOut, finishing }

    init(
        configuration: ServerConfiguration,
        hub: RoomHub,
        mailbox: RoomMailbox,
        report: @escaping ServerObserver,
        clock: @escaping () -> MonotonicTime = { .now }
    ) throws(SystemError) {
        limits = configuration.limits
        bytesPerTurn = min(Self.maximumBytesPerTurn, limits.backlogBytes / 4)
        turnAllowance = bytesPerTurn
        talk = TalkQueue(TalkBudget(bytesPerSecond: limits.bytesPerSecondAndLoop(of: configuration.loops)))
        backlog = SharedBacklog(limitBytes: limits.backlogBytes)
        paddingMultiple = configuration.paddingMultiple
        self.hub = hub
        self.mailbox = mailbox
        self.report = report
        events = try EventLoop(waker: mailbox.waker, clock: clock)
    }

    /// Runs until the server has been drained and every member is gone.
    func run() {
        while !isFinished { turn() }
        // Who waits for a turn and is gone would keep this loop, and the loop it.
        talk.removeAll()
    }

    /// Whether everyone has been said goodbye to.
    var isFinished: Bool { phase == .finishing && members.isEmpty }

    /// Calls whoever is ready, and delivers what came of it.
    func turn(mayWait: Bool = true) {
        // Delivering can end a member's stay, and that puts mail into the own mailbox, where nobody wakes us for it.
        events.turn(mayWait: mayWait && mailbox.isEmpty, until: nextOwnWork)
        letTalk()
        takeMail()
        deliver()
        turnAllowance = bytesPerTurn
    }

    private var nextOwnWork: MonotonicTime? {
        let turn = takesInput ? talk.nextTurn(now: events.now) : nil
        guard isBehind else { return turn }
        return turn.map { min($0, nextNotices) } ?? nextNotices
    }

    // MARK: Talking

    /// Whether members may still say something; false from when all that was accepted is said before the server stops.
    var takesInput: Bool { phase == .running || phase == .readingOut }

    /// Whether this turn takes more frames; false once it has had its share.
    var takesFrames: Bool { phase == .readingOut || phase == .running && turnAllowance > 0 }

    /// Counts a frame that is about to be processed.
    func tookFrame(bytes count: Int) { turnAllowance -= count }

    /// Whether a member may say so much now; if not, it is called when its turn comes.
    func mayTalk(_ member: Member, bytes: Int) -> Bool {
        talk.take(bytes, readers: hub.memberCount, for: member, now: events.now)
    }

    /// Lets the room decide on what a member sent, and returns whether the member wants to leave.
    func apply(_ input: Input, from id: MemberID, isAnswered: Bool) -> Bool {
        let outcome = hub.apply(input, from: id, answerTo: isAnswered ? mailbox : nil, own: mailbox)
        turnAllowance -= outcome.answerBytes
        return outcome.leaves
    }

    /// Has something sent to a member in this turn, whatever the others are sent.
    func answer(_ member: Member) { answered.append(member) }

    private func letTalk() {
        while takesFrames, let member = talk.beginTurn(now: events.now) {
            member.process()
            talk.endTurn(of: member)
            member.watch()
        }
    }

    // MARK: Mail

    private func takeMail() {
        mailbox.take(into: &received)
        var position = 0
        for entry in received.entries {
            switch entry {
            case .admission(let arrival): admit(arrival.value)
            case .departure(let bytes, let id):
                let start = backlog.end
                backlog.append(received.frames[position..<position + bytes])
                if let member = membersByID[id] {
                    member.endOutbox(at: start)
                    answered.append(member)
                }
                position += bytes
            case .drain: readOut()
            case .finish: phase = .finishing
            case .line(let bytes, let speaker):
                append(line: received.frames[position..<position + bytes], by: speaker)
                position += bytes
            case .notice(let frame, let id):
                if let member = membersByID[id] {
                    member.outbox.insert(frame, at: backlog.end)
                    answered.append(member)
                }
            case .presence(let bytes, let id):
                backlog.append(received.frames[position..<position + bytes])
                if let member = membersByID[id] { answered.append(member) }
                position += bytes
            }
        }
        received.removeAll()
    }

    private func append(line frame: ArraySlice<UInt8>, by speaker: MemberID) {
        let start = backlog.end
        backlog.append(frame)
        hasLines = true
        membersByID[speaker]?.outbox.skip(start..<backlog.end)
    }

    private func admit(_ arrival: Arrival) {
        // Here and not in the lobby, which is another thread: a short visit could be reported to have ended before.
        report(.joined(peer: arrival.peer, name: arrival.name.text, arrival.facts))
        let member = Member(arrival, in: self)
        do throws(SystemError) { try member.startWatching() } catch {
            // No memory to watch one more descriptor: this member goes, the others stay.
            _ = hub.leave(arrival.id, mailbox: mailbox)
            report(.left(peer: arrival.peer, name: arrival.name.text, .connectionFailed(.system(error))))
            return
        }
        member.index = members.count
        members.append(member)
        membersByID[arrival.id] = member
    }

    // MARK: Delivery

    /// Whether the server is on its way down: everything that was accepted is delivered, whatever the limits.
    var isStopping: Bool { phase != .running }

    /// Whether all that is left to do is to say goodbye to everyone.
    var isFinishing: Bool { phase == .finishing }

    /// The end of a turn: one batch to each member that has something waiting and can take it, unless only notices wait
    /// and it is not time for them.
    private func deliver() {
        if isTimeToTellAll {
            let start = events.clock()
            deliverToAll(from: backlog, using: &batch)
            offeredEnd = backlog.end
            hasLines = false
            discardDelivered()
            let end = events.clock()
            nextNotices = end + noticePause(after: start.duration(to: end))
        } else {
            for member in answered { deliver(to: member) }
        }
        answered.removeAll(keepingCapacity: true)
    }

    /// Whether there is anything that not everyone was offered yet.
    private var isBehind: Bool { offeredEnd != backlog.end }

    private var isTimeToTellAll: Bool {
        guard !isFinishing else { return true }
        guard isBehind else { return false }
        return hasLines || isStopping || nextNotices <= events.now || hasManyNotices
    }

    /// What waits for everyone counts as each member's backlog, and must not make anyone look like a slow reader.
    private var hasManyNotices: Bool {
        backlog.end - offeredEnd >= bytesPerTurn
    }

    /// For so long after everyone was told something, who comes and who goes waits for a line to go out with.
    ///
    /// To tell everyone costs a send for each, and coming and going has no rate limit: in a storm of joins the members
    /// would wait behind it for their lines. Of a crowd so large that telling it takes long, the pause is longer, so
    /// that notices alone take no more than a fifth of a loop's time.
    private func noticePause(after duration: Duration) -> Duration {
        min(max(.milliseconds(20), duration * 4), .seconds(1))
    }

    private func deliverToAll(from backlog: borrowing SharedBacklog, using batch: inout [UInt8]) {
        // Backwards, because a member that fails is taken out by moving the last one into its place.
        for index in members.indices.reversed() { members[index].deliver(from: backlog, using: &batch) }
    }

    /// Sends what waits for one member: at the end of a turn, and when its socket is writable again.
    func deliver(to member: Member) {
        member.deliver(from: backlog, using: &batch)
    }

    private func discardDelivered() {
        var slowest = backlog.end
        for member in members { slowest = min(slowest, member.neededPosition) }
        backlog.discard(before: slowest)
    }

    /// Forgets a member whose connection is closed.
    func forget(_ member: Member) {
        guard membersByID.removeValue(forKey: member.id) != nil else { return }
        let last = members.removeLast()
        guard last !== member else { return }
        members[member.index] = last
        last.index = member.index
    }

    // MARK: Stopping

    /// Processes the input that is here: what was accepted is delivered.
    ///
    /// A flood must not keep the server from stopping, nor the others' last lines from being delivered: everyone has
    /// one share after the other processed, for half of the time there is. The other half is for sending. Afterwards
    /// nobody says anything: some would get it and others be gone.
    private func readOut() {
        guard phase == .running else { return }
        phase = .readingOut
        let deadline = events.now + limits.drainTimeout
        for member in members.reversed() { member.readOut(until: deadline) }
        let end = events.now + limits.drainTimeout / 2
        var talking = members
        repeat { talking.removeAll { !$0.processMore() } } while !talking.isEmpty && events.clock() < end
        phase = .readOut
        hub.finishedReading()
    }
}
