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
    private var nextNotices = MonotonicTime.now
    /// Whether somebody has said something that not everyone was offered yet.
    private var hasLines = false
    private var phase = Phase.running
    /// Bytes of frames that members may still have worked off in this turn.
    ///
    /// Without a bound, many members who all send a burst at once would fill everyone's backlog within one turn, and
    /// readers who are not slow at all would be dropped for it.
    private var turnAllowance = RoomLoop.frameBytesPerTurn

    private static let frameBytesPerTurn = 65_536

    /// ```
    ///   running ──.drain──► readOut ──.finish──► finishing ──everyone gone──► end of run
    /// ```
    private enum Phase { case running, readOut, finishing }

    init(
        configuration: ServerConfiguration,
        hub: RoomHub,
        mailbox: RoomMailbox,
        report: @escaping ServerObserver
    ) throws(SystemError) {
        limits = configuration.limits
        backlog = SharedBacklog(limitBytes: limits.backlogBytes)
        paddingMultiple = configuration.paddingMultiple
        self.hub = hub
        self.mailbox = mailbox
        self.report = report
        events = try EventLoop(waker: mailbox.waker)
    }

    /// Runs until the server has been drained and every member is gone.
    func run() {
        while !isFinished { turn() }
    }

    /// Whether everyone has been said goodbye to.
    var isFinished: Bool { phase == .finishing && members.isEmpty }

    /// Calls whoever is ready, and delivers what came of it.
    func turn(mayWait: Bool = true) {
        // Delivering can end a member's stay, and that puts mail into the own mailbox, where nobody wakes us for it.
        events.turn(mayWait: mayWait && mailbox.isEmpty, until: isBehind ? nextNotices : nil)
        takeMail()
        deliver()
        turnAllowance = Self.frameBytesPerTurn
    }

    /// Whether this turn takes in more frames; false once it has had its share.
    var takesFrames: Bool { turnAllowance > 0 || isStopping }

    /// Counts a frame that a member had worked off.
    func tookFrame(bytes count: Int) { turnAllowance -= count }

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
            case .notice(let bytes, let id):
                if let member = membersByID[id] {
                    member.outbox.insert(Array(received.frames[position..<position + bytes]), at: backlog.end)
                    answered.append(member)
                }
                position += bytes
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
            let start = MonotonicTime.now
            deliverToAll(from: backlog, using: &batch)
            offeredEnd = backlog.end
            hasLines = false
            discardDelivered()
            let end = MonotonicTime.now
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
        backlog.end - offeredEnd >= min(Self.frameBytesPerTurn, limits.backlogBytes / 4)
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

    /// Works off the input that is here: what was accepted is delivered.
    ///
    /// A flood must not keep the server from stopping, nor the others' last lines from being delivered: everyone has
    /// one share after the other worked off, for half of the time there is. The other half is for sending.
    private func readOut() {
        guard phase == .running else { return }
        phase = .readOut
        let deadline = events.now + limits.drainTimeout
        for member in members.reversed() { member.readOut(until: deadline) }
        let end = events.now + limits.drainTimeout / 2
        var talking = members
        repeat { talking.removeAll { !$0.workOffMore() } } while !talking.isEmpty && MonotonicTime.now < end
        hub.finishedReading()
    }
}
