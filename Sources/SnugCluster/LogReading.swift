// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms
internal import SnugServer
internal import SnugSystem

/// What the one thread that reads the log knows and does.
struct LogReading {
    private let log: JetStreamLog
    private let reader: any RequestLogReader
    private var directory = NodeDirectory()
    /// The log up to the message that was applied last.
    private var place = Checkpoint.beginning
    /// That message, if it was read since the start.
    private var last: BusSubscription.Message?
    private var state = RequestLogState.fine
    /// When this node proposed last that another one is gone.
    private var proposals: [NodeNumber: MonotonicTime] = [:]
    /// Behind which message it proposed last that the state be kept.
    private var proposedCheckpoint: UInt64?
    private var uploads = SnapshotUploads()
    /// The state that is to be kept, until most nodes say that it is theirs too.
    private var unconfirmed: (state: [UInt8], sequence: UInt64, time: ChatTime)?
    private var logs: Agreement
    private var states: Agreement
    private var witnesses: Witnesses
    /// Senders that take part in another log, and not in this one.
    private var strangers: Set<UInt64> = []
    private var isClockRight = true
    private var skipped = SkippedMessages()
    private var hasBegun = false

    /// Nothing at all has come for so long, though this node itself sends something every second.
    private static let silence = Duration.seconds(3)

    init(_ log: JetStreamLog, _ reader: any RequestLogReader) {
        self.log = log
        self.reader = reader
        logs = Agreement(of: 4_096, by: log.sender)
        states = Agreement(of: 1, by: log.sender)
        witnesses = Witnesses(patience: log.settings.patience)
    }

    /// Goes on from a state that was kept.
    mutating func restore(_ state: ClusterState, _ digest: Bytes32) throws(RequestLogFault) {
        let chat = Chat(state.chat)
        guard chat.limits == reader.chat.limits else { throw .limitsDiffer(log.settings) }
        directory = state.directory
        place = state.log
        let checkpoint = Checkpoint(sequence: place.sequence, digest: digest)
        logs.know(place)
        states.know(checkpoint)
        log.shared.withLock { ($0.checkpoint, $0.place) = (checkpoint, state.log) }
        reader.restore(chat)
    }

    // MARK: Reading

    /// Reads until the log is stopped.
    mutating func run() {
        var subscription: BusSubscription?
        var isNew = true
        var lastNews = MonotonicTime.now
        while log.shared.withLock({ !$0.isClosed && $0.fault == nil }) {
            do throws(BusFault) {
                let current: BusSubscription
                if let subscription {
                    current = subscription
                } else {
                    // The last one comes again, to be compared: NATS servers that lost their power may have lost messages,
                    // and may have put others in their places since.
                    let begin = last.map(\.sequence) ?? place.sequence + 1
                    current = try BusSubscription(log.bus, from: begin, within: pause)
                    (subscription, isNew, lastNews) = (current, true, .now)
                }
                if let message = try current.next(within: 100) {
                    lastNews = .now
                    if message.sequence > place.sequence + 1 {
                        // Messages were lost on their way, or the log does not have them any more.
                        if isNew { fail(.tooFarBehind(log.settings)) }
                        subscription = nil
                    } else if message.sequence == place.sequence + 1 {
                        isNew = false
                        take(message)
                        last = message
                    } else if let last, message.sequence == last.sequence, message.bytes != last.bytes {
                        log.giveUp(.logWasReplaced(log.settings))
                    }
                } else if lastNews + Self.silence < .now {
                    subscription = nil
                }
            } catch {
                subscription = nil
                Polling.pause(.milliseconds(100))
            }
            noteState()
            noteClock()
        }
        if let fault = log.shared.withLock({ $0.fault }), hasBegun { reader.logFailed(fault) }
    }

    private func fail(_ fault: RequestLogFault) { log.fail(fault) }

    /// For how long nothing of what was appended has come back.
    private var waiting: Duration {
        log.shared.withLock { $0.outgoing.oldest }.map { $0.duration(to: .now) } ?? .zero
    }

    /// For how many milliseconds a call may keep this thread from telling how the bus does.
    private var pause: Int64 {
        let pause = hasBegun ? RequestLogState.pause(after: waiting) : RequestLogState.longestPause
        return Int64(pause / .milliseconds(1))
    }

    private mutating func noteState() {
        guard hasBegun else { return }
        let new = RequestLogState(after: waiting)
        guard new != state else { return }
        state = new
        log.shared.withLock { $0.state = new }
        reader.logChanged(to: new)
    }

    /// Says once that this machine's clock is not believed, and again if it was well in between.
    private mutating func noteClock() {
        guard hasBegun else { return }
        let difference = log.shared.withLock { $0.clock.difference(at: log.clock()) } ?? 0
        let isRight = difference.magnitude <= OrderClock.trust
        defer { isClockRight = isRight }
        guard isClockRight, !isRight else { return }
        let direction = difference > 0 ? "ahead of" : "behind"
        reader.noteOdd(
            "this machine's clock is \(difference.magnitude / 1_000) seconds \(direction) the chat's, which holds:"
                + " set it right"
        )
    }

    // MARK: Applying

    private mutating func take(_ message: BusSubscription.Message) {
        let head = ClusterMessage.head(of: message.bytes)
        let tickets = head.flatMap { head in
            head.sender == log.sender
                ? log.shared.withLock { $0.outgoing.takeTickets(of: head.counter) } : nil
        }
        place = place.followed(by: message.bytes, at: message.sequence)
        logs.know(place)
        lose(tickets?.lost)
        if let content = try? ClusterMessage(coded: message.bytes) {
            for effect in directory.apply(content, at: message.sequence) {
                bring(effect, own: tickets?.own, of: message)
            }
        } else {
            note(skipped: "what no server of this version writes")
            lose(tickets?.own)
        }
        noteTime()
        guard hasBegun else { return log.startWaker.wake() }
        guard let own = directory[log.sender] else { return noteIsNotThere() }
        propose(as: own)
    }

    private func noteTime() {
        let (place, time, reading) = (place, directory.time, log.clock())
        log.shared.withLock { shared in
            shared.place = place
            if let time { shared.clock.note(time, at: reading) }
        }
        if let time { reader.noteTime(time) }
    }

    /// Whoever asked for what will not come is not to wait for it.
    private func lose(_ tickets: [UInt64]?) { if let tickets, !tickets.isEmpty { reader.lose(tickets) } }

    /// The others do not count on this node.
    private func noteIsNotThere() {
        // Its own goodbye is what it reads last.
        guard !log.shared.withLock({ $0.isStopping }) else { return }
        let address = log.settings.address
        let isTaken = directory.nodes.contains { $0.profile.address == address }
        guard isTaken, let address else { return fail(.isForgotten) }
        fail(.placeIsTaken(address))
    }

    private mutating func bring(
        _ effect: NodeDirectory.Effect,
        own tickets: [UInt64]?,
        of message: BusSubscription.Message
    ) {
        let (sequence, time) = (message.sequence, directory.time ?? ChatTime(milliseconds: 0))
        switch effect {
        case .came(let node, let address):
            if tickets == nil {
                reader.noteOther(node, .came(address: address))
            } else {
                begin(as: node, with: message)
            }
            noteAddresses()
            if hasBegun { _ = reckonState() }
        case .checkpoint: keepState(time)
        case .gone(let node, let hasSaidGoodbye):
            let reason: EndReason = hasSaidGoodbye ? .goodbye : .cut
            let end = Request(.nodeEnded(node, reason), by: SessionID(rawValue: 0))
            reader.apply([end], tickets: nil, at: sequence, time: time)
            if directory[log.sender]?.number != node {
                reader.noteOther(node, .gone(hasSaidGoodbye: hasSaidGoodbye))
            }
            noteAddresses()
        case .requests(let requests):
            reader.apply(requests, tickets: tickets, at: sequence, time: time)
        case .skipped(let reason):
            note(skipped: reason)
            if tickets != nil, !hasBegun { fail(.isNotTaken(reason)) }
            lose(tickets)
        case .stranger(let said):
            note(skipped: "a message of a server that does not take part")
            // Its hello came before this, and was confirmed: another NATS server has it.
            if tickets != nil, !hasBegun { log.giveUp(.logDiffers(log.settings)) }
            lose(tickets)
            hear(stranger: said, at: message.milliseconds)
        case .told(let sender, let log, let state):
            hear(sender, log, at: message.milliseconds)
            if let state { states.hear(state, from: sender) }
            if hasBegun { compare() }
        }
    }

    private mutating func begin(as node: NodeNumber, with message: BusSubscription.Message) {
        guard !hasBegun else { return }
        // What was said long ago may be of nodes that read another log, and have ended for it.
        forgetSilent(at: message.milliseconds)
        guard compare() else { return }
        hasBegun = true
        reader.begin(as: node)
        // Both times are of NATS servers; only this node goes by them, in what it will say itself.
        let pause = last.map { max(0, message.milliseconds) - max(0, $0.milliseconds) }
        let reading = log.clock()
        let checkpoint = log.shared.withLock { shared in
            shared.hasBegun = true
            shared.clock.begin(afterPause: pause, at: reading)
            return shared.checkpoint
        }
        // The first node of all says at once what time it is, before anybody comes to another one.
        append(.heartbeat(log: place, state: checkpoint))
        log.startWaker.wake()
    }

    private mutating func hear(_ sender: UInt64, _ theirs: Checkpoint, at milliseconds: Int64) {
        guard sender != log.sender else { return }
        witnesses.hear(sender, hasRead: theirs.sequence, clock: directory.clock, milliseconds: milliseconds)
        // Where all have one log, nobody has read its own message before it is in there. Whoever is brought fewer than the
        // others would always be told of what it does not know yet.
        if theirs.sequence < place.sequence {
            logs.hear(theirs, from: sender)
        } else {
            logs.refute(sender, behind: place.sequence)
        }
    }

    private mutating func hear(stranger message: ClusterMessage, at milliseconds: Int64) {
        forgetSilent(at: milliseconds)
        if message.content == .goodbye { strangers.remove(message.sender) }
        guard case .heartbeat(let theirs, _) = message.content else { return }
        hear(message.sender, theirs, at: milliseconds)
        // One that was replaced and has not read it yet has the same log.
        guard logs.isContradicted(by: message.sender), strangers.count < NodeDirectory.mostNodes else {
            return
        }
        strangers.insert(message.sender)
        if hasBegun { compare() }
    }

    private mutating func forgetSilent(at milliseconds: Int64) {
        for sender in witnesses.forgetSilent(at: milliseconds) {
            logs.forget(sender)
            states.forget(sender)
            strangers.remove(sender)
        }
    }

    /// Ends this node if others have read something else, or have made something else of it; returns false then.
    @discardableResult
    private mutating func compare() -> Bool {
        let present = directory.present.map(\.sender)
        strangers.subtract(present)
        witnesses.keep(present + strangers)
        let reading = witnesses.reading(present, clock: directory.clock)
        let elsewhere = witnesses.reading(Array(strangers), clock: directory.clock)
        guard logs.verdict(among: reading + elsewhere) != .outvoted else {
            log.giveUp(.logDiffers(log.settings))
            return false
        }
        guard states.verdict(among: reading) != .outvoted else {
            log.giveUp(.stateDiffers)
            return false
        }
        // Others will go on from it, so those who do not read count as well, and have not said that it is theirs.
        if states.verdict(among: present + elsewhere) == .agreed { putDown(among: reading) }
        return true
    }

    private func noteAddresses() {
        let others = directory.present.filter { $0.sender != log.sender }.compactMap(\.profile.address)
            .sorted()
        log.shared.withLock { $0.addresses = others }
    }

    private mutating func note(skipped reason: String) {
        if let sentence = skipped.note(reason, at: .now) { reader.noteOdd(sentence) }
    }

    // MARK: Proposals

    private mutating func propose(as own: NodeDirectory.Node) {
        let now = MonotonicTime.now
        for node in directory.silent where node != own.number {
            if let last = proposals[node], now < last + .seconds(2) { continue }
            proposals[node] = now
            append(.gone(node))
        }
        guard directory.present.first?.number == own.number, proposedCheckpoint != directory.checkpoint,
            directory.sinceCheckpoint >= log.settings.messagesPerSnapshot
        else { return }
        proposedCheckpoint = directory.checkpoint
        append(.checkpoint(replaced: directory.checkpoint))
    }

    private func append(_ content: ClusterMessage.Content) {
        log.shared.withLock { shared in
            shared.outgoing.append(content)
            shared.isPublisherIdle = false
        }
        log.publisherWaker.wake()
    }

    // MARK: Snapshots

    /// Every node says what the state is like: also whenever one comes, for that one may be unlike the others.
    private func reckonState() -> (bytes: [UInt8], checkpoint: Checkpoint)? {
        let state = ClusterState(log: place, directory: directory, chat: reader.chat.snapshot).coded
        guard let digest = stateDigest(of: state) else { return nil }
        if hasBegun { reader.noteState(at: place.sequence, digest) }
        return (state, Checkpoint(sequence: place.sequence, digest: digest))
    }

    /// Every node knows what the state is like, and says so.
    private mutating func keepState(_ time: ChatTime) {
        guard let (state, checkpoint) = reckonState() else { return }
        states.know(checkpoint)
        log.shared.withLock { $0.checkpoint = checkpoint }
        unconfirmed = hasBegun ? (state, place.sequence, time) : nil
    }

    /// The first of the nodes that have it puts a state down that most have: others will go on from it.
    private mutating func putDown(among present: [UInt64]) {
        guard let (state, sequence, time) = unconfirmed, let first = states.first(among: present) else {
            return
        }
        if first == log.sender { uploads.put(state, at: sequence, time, in: log) }
        // One that has not said yet what it has may be gone.
        if first == log.sender || states.isHeard(first) { unconfirmed = nil }
    }
}
#endif
