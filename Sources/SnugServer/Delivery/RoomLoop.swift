// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// One thread's share of the members.
///
/// A turn: whoever is ready is read, what they say goes through the room into the mailboxes, and at the end of the
/// turn everyone gets what came up, in one record and one send. If nobody said anything, notices may wait.
///
/// Made, run and let go on one thread.
final class RoomLoop {
    let limits: ServerLimits
    let hub: ChatHub
    let mailbox: LoopMailbox
    let meters: LoopMeters
    let events: EventLoop
    /// Scratch memory for the connections of this loop.
    let buffers = IOBuffers()
    let paddingMultiple: Int
    let report: ServerObserver

    let audiences: Audiences
    private var members: [Member] = []
    private(set) var membersByID: [SessionID: Member] = [:]
    /// Whom the chat has put out, which is still to be told here, and who left by itself before that.
    private var leftBeforeDismissal: [SessionID: ServerEvent.Source] = [:]
    private var received = LoopMailbox.Contents()
    private var batch: [UInt8] = []
    /// Members that wait for an answer: they are sent it in this turn, whatever the others are sent.
    private var answered: [Member] = []
    private var phase = Phase.running
    /// Bytes of frames that may still be processed in this turn, their answers included.
    ///
    /// Without a bound, many members who all send a burst at once would fill everyone's backlog within one turn, and
    /// readers who are not slow at all would be dropped for it.
    private var turnAllowance: Int

    /// A part of what may wait for one member: it must not be dropped for what it asks in one turn.
    private let bytesPerTurn: Int

    private static let maximumBytesPerTurn = 65_536

    /// Whether this loop is the one that does what comes due in the chat by itself.
    private let keepsTime: Bool

    /// Whose turn it is to talk while members want to say more than the room may send.
    private var talk: TalkQueue<Member>

    /// ```
    ///   running ──.drain──► readingOut ──all is said──► readOut ──.finish──► finishing ──everyone gone──► end of run
    /// ```
    private enum Phase { case running, readingOut, readOut, finishing }

    init(
        configuration: ServerConfiguration,
        hub: ChatHub,
        mailbox: LoopMailbox,
        report: @escaping ServerObserver,
        clock: @escaping () -> MonotonicTime = { .now }
    ) throws(SystemError) {
        limits = configuration.limits
        bytesPerTurn = min(Self.maximumBytesPerTurn, limits.backlogBytes / 4)
        turnAllowance = bytesPerTurn
        talk = TalkQueue(TalkBudget(bytesPerSecond: limits.bytesPerSecondAndLoop(of: configuration.loops)))
        audiences = Audiences(limitBytes: limits.backlogBytes, bytesPerTurn: bytesPerTurn)
        paddingMultiple = configuration.paddingMultiple
        self.hub = hub
        self.mailbox = mailbox
        meters = mailbox.meters
        keepsTime = hub.isFirst(mailbox)
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
        if keepsTime, hub.timeToNextDue == .zero { hub.tick() }
        if keepsTime, phase == .readOut { hub.sealInTime() }
        takeMail()
        deliver()
        turnAllowance = bytesPerTurn
        meters.turns.add(nanoseconds: events.turnNanoseconds)
    }

    private var nextOwnWork: MonotonicTime? {
        var earliest = MonotonicTime.never
        if takesInput, let turn = talk.nextTurn(now: events.now) { earliest = turn }
        if !isFinishing, let telling = audiences.nextTelling { earliest = min(earliest, telling) }
        if keepsTime, phase == .readOut, let time = hub.timeToSeal { earliest = min(earliest, time) }
        if keepsTime, let time = hub.timeToNextDue { earliest = min(earliest, events.now + time) }
        return earliest == .never ? nil : earliest
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
        let readers = member.levelOne?.readersInAll ?? member.audience.readersInAll
        return talk.take(bytes, readers: readers, for: member, now: events.now)
    }

    /// Lets the room decide on what a member sent, and returns whether the member wants to leave.
    func apply(_ input: Input, from id: SessionID, isAnswered: Bool) -> Bool {
        let outcome = hub.apply(input, from: id, isAnswered: isAnswered, own: mailbox)
        turnAllowance -= outcome.answerBytes
        if outcome.mustWait { membersByID[id]?.isHeldBack = true }
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
        var eventBytes = 0
        for entry in received.entries {
            switch entry {
            case .admission(let arrival, let room, let readers):
                let isText = arrival.value.level == .text
                admit(
                    arrival.value,
                    to: isText ? audiences.audience(of: room, readersInAll: readers) : audiences.nowhere
                )
            case .census(let census): answer(census)
            case .departure(let id):
                if let member = membersByID[id] {
                    member.endOutbox(at: member.audience.end)
                    answered.append(member)
                }
            case .dismissal(let id, let name, let reason): dismiss(id, name, reason)
            case .drain: readOut()
            case .event(let bytes, let room, let readers, let isLine):
                audiences.append(
                    event: received.frames[position..<position + bytes],
                    to: room,
                    readersInAll: readers,
                    isLine: isLine
                )
                eventBytes = bytes
                position += bytes
            case .finish:
                phase = .finishing
                for member in members { member.levelOne?.closeAll() }
            case .goesOn(let id):
                if let member = membersByID[id] {
                    member.isHeldBack = false
                    member.watch()
                }
            case .levelOne(let mail): take(mail)
            case .line(let bytes, let room, let speaker):
                let range = audiences.append(line: received.frames[position..<position + bytes], to: room)
                if let range, let member = membersByID[speaker], member.audience.room == room {
                    member.outbox.skip(range)
                }
                position += bytes
            case .move(let id, let room, let readers):
                if let member = membersByID[id] {
                    move(member, to: audiences.audience(of: room, readersInAll: readers))
                }
            case .notice(let frame, let id):
                if let member = membersByID[id] {
                    member.outbox.insert(frame, at: member.audience.end)
                    answered.append(member)
                }
            case .ownEvent(let bytes, let room, let id, let sequence):
                if let member = membersByID[id] {
                    let frame = Array(received.frames[position..<position + bytes])
                    member.levelOne?.replace(last: eventBytes, of: room, with: frame, onceStored: sequence)
                    // Mostly several lines of one member come one after the other.
                    if answered.last !== member { answered.append(member) }
                }
                position += bytes
            case .presence(let bytes, let room, let readers, let id):
                audiences.append(
                    notice: received.frames[position..<position + bytes],
                    to: room,
                    readersInAll: readers
                )
                if let member = membersByID[id] { answered.append(member) }
                position += bytes
            }
        }
        received.removeAll()
    }

    private func admit(_ arrival: Arrival, to audience: Audience) {
        // Here and not in the lobby, which is another thread: a short visit could be reported to have ended before.
        report(.joined(peer: arrival.peer, name: arrival.name.text, arrival.facts))
        let member = Member(arrival, in: self, audience)
        if member.levelOne == nil { audience.add(member) }
        do throws(SystemError) { try member.startWatching() } catch {
            // No memory to watch one more descriptor: this member goes, the others stay.
            audiences.remove(member)
            _ = hub.leave(arrival.id, .cut, own: mailbox)
            report(.left(peer: arrival.peer, name: arrival.name.text, .connectionFailed(.system(error))))
            return
        }
        member.index = members.count
        members.append(member)
        membersByID[arrival.id] = member
    }

    /// Takes a member out of the chat, unless that has put it out already: then the mailbox says as whom and why.
    func leave(_ member: Member, _ departure: ServerEvent.Departure) {
        if let name = hub.leave(member.id, departure.endReason, own: mailbox) {
            report(.left(peer: member.origin.peer, name: name.text, departure))
        } else {
            leftBeforeDismissal[member.id] = member.origin.peer
        }
    }

    /// The chat has taken somebody out, and everyone who is to know has been told.
    private func dismiss(_ id: SessionID, _ name: MemberName, _ reason: EndReason) {
        let earlier = leftBeforeDismissal.removeValue(forKey: id)
        let member = membersByID[id]
        member?.endTalking(reason)
        guard let peer = earlier ?? member?.origin.peer else { return }
        report(.left(peer: peer, name: name.text, .dismissed(reason)))
    }

    private func answer(_ census: Census) {
        switch census.subject {
        case .everyone: census.add(waitingBytes: members.reduce(0) { $0 + $1.waitingBytes })
        case .sessions(let ids): census.add(ids.compactMap { membersByID[$0] }.map(MemberFacts.init))
        }
    }

    private func move(_ member: Member, to audience: Audience) {
        guard member.audience !== audience else { return }
        audiences.remove(member)
        member.read(audience)
        // It takes along what it was not sent yet, and nothing may happen where it is now.
        answered.append(member)
    }

    // MARK: Delivery

    /// Whether the server is on its way down: everything that was accepted is delivered, whatever the limits.
    var isStopping: Bool { phase != .running }

    /// Whether all that is left to do is to say goodbye to everyone.
    var isFinishing: Bool { phase == .finishing }

    /// The end of a turn: one batch to each member that has something waiting and can take it, unless only notices wait
    /// and it is not time for them.
    private func deliver() {
        if isFinishing {
            // Backwards, because a member that is gone is taken out by moving the last one into its place.
            for index in members.indices.reversed() { deliver(to: members[index]) }
        } else {
            audiences.tell(now: events.now, evenNotices: isStopping, clock: events.clock, using: &batch)
            var next = 0
            // Who has been sent a page of history may have something else to be told.
            while next < answered.count {
                deliver(to: answered[next])
                next += 1
            }
        }
        answered.removeAll(keepingCapacity: true)
    }

    /// Sends what waits for one member: at the end of a turn, and when its socket is writable again.
    func deliver(to member: Member) {
        member.audience.deliver(to: member, using: &batch)
    }

    /// Forgets a member whose connection is closed.
    func forget(_ member: Member) {
        guard membersByID.removeValue(forKey: member.id) != nil else { return }
        audiences.remove(member)
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
