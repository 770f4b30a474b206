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
    private var applied: UInt64 = 0
    /// The message that was applied last.
    private var last: BusSubscription.Message?
    private var state = RequestLogState.fine
    /// When this node proposed last that another one is gone.
    private var proposals: [NodeNumber: MonotonicTime] = [:]
    /// Behind which message it proposed last that the state be kept.
    private var proposedCheckpoint: UInt64?
    private var uploads = SnapshotUploads()
    private var skipped = SkippedMessages()
    private var hasBegun = false

    /// Nothing of what was appended has come back for so long.
    private static let slow = Duration.seconds(2)
    private static let gone = Duration.seconds(5)
    /// Nothing at all has come for so long, though this node itself sends something every second.
    private static let silence = Duration.seconds(3)

    init(_ log: JetStreamLog, _ reader: any RequestLogReader) {
        self.log = log
        self.reader = reader
    }

    /// Goes on from a state that was kept.
    mutating func restore(_ state: ClusterState, _ digest: Bytes32) throws(RequestLogFault) {
        let chat = Chat(state.chat)
        guard chat.limits == reader.chat.limits else { throw .limitsDiffer(log.settings) }
        directory = state.directory
        applied = state.sequence
        log.shared.withLock {
            $0.checkpoint = ClusterMessage.Checkpoint(sequence: state.sequence, digest: digest)
            $0.applied = state.sequence
        }
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
                    current = try BusSubscription(log.bus, from: last.map(\.sequence) ?? applied + 1)
                    (subscription, isNew, lastNews) = (current, true, .now)
                }
                if let message = try current.next(within: 100) {
                    lastNews = .now
                    if message.sequence > applied + 1 {
                        // Messages were lost on their way, or the log does not have them any more.
                        if isNew { fail(.tooFarBehind(log.settings)) }
                        subscription = nil
                    } else if message.sequence == applied + 1 {
                        isNew = false
                        take(message)
                        last = message
                    } else if let last, message.sequence == last.sequence, message != last {
                        fail(.logWasReplaced(log.settings))
                    }
                } else if lastNews + Self.silence < .now {
                    subscription = nil
                }
            } catch {
                subscription = nil
                Polling.pause(.milliseconds(100))
            }
            noteState()
        }
        if let fault = log.shared.withLock({ $0.fault }), hasBegun { reader.logFailed(fault) }
    }

    private func fail(_ fault: RequestLogFault) { log.fail(fault) }

    private mutating func noteState() {
        guard hasBegun else { return }
        let oldest = log.shared.withLock { $0.outgoing.oldest }
        let waiting = oldest.map { $0.duration(to: .now) } ?? .zero
        let new: RequestLogState = waiting < Self.slow ? .fine : waiting < Self.gone ? .slow : .gone
        guard new != state else { return }
        state = new
        log.shared.withLock { $0.state = new }
        reader.logChanged(to: new)
    }

    // MARK: Applying

    private mutating func take(_ message: BusSubscription.Message) {
        let time = ChatTime(milliseconds: message.milliseconds)
        let head = ClusterMessage.head(of: message.bytes)
        let tickets = head.flatMap { head in
            head.sender == log.sender
                ? log.shared.withLock { $0.outgoing.takeTickets(of: head.counter) } : nil
        }
        applied = message.sequence
        lose(tickets?.lost)
        if let content = try? ClusterMessage(coded: message.bytes) {
            for effect in directory.apply(content, at: message.sequence, time: time) {
                bring(effect, own: tickets?.own, at: message.sequence, time: time)
            }
        } else {
            note(skipped: "what no server of this version writes")
            lose(tickets?.own)
        }
        log.shared.withLock { $0.applied = applied }
        guard hasBegun else { return log.startWaker.wake() }
        guard let own = directory[log.sender] else { return noteIsNotThere() }
        propose(as: own)
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
        at sequence: UInt64,
        time: ChatTime
    ) {
        switch effect {
        case .came(let node, let address):
            came(node, address, isOwn: tickets != nil)
            if hasBegun { _ = reckonState(at: sequence) }
        case .checkpoint: keepState(at: sequence, time)
        case .differs(let node): if tickets != nil { fail(.stateDiffers(node, log.settings)) }
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
            lose(tickets)
        }
    }

    private mutating func came(_ node: NodeNumber, _ address: String?, isOwn: Bool) {
        if !isOwn {
            reader.noteOther(node, .came(address: address))
        } else if !hasBegun {
            hasBegun = true
            reader.begin(as: node)
            log.shared.withLock { $0.hasBegun = true }
            log.startWaker.wake()
        }
        noteAddresses()
    }

    private func noteAddresses() {
        let others = directory.present.filter { $0.sender != log.sender }.compactMap(\.profile.address)
            .sorted()
        log.shared.withLock { $0.addresses = others }
    }

    private mutating func note(skipped reason: String) {
        if let sentence = skipped.note(reason, at: .now) { reader.noteSkipped(sentence) }
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
    private func reckonState(at sequence: UInt64) -> (bytes: [UInt8], digest: Bytes32)? {
        let state = ClusterState(sequence: sequence, directory: directory, chat: reader.chat.snapshot).coded
        guard let digest = stateDigest(of: state) else { return nil }
        if hasBegun { reader.noteState(at: sequence, digest) }
        return (state, digest)
    }

    /// Every node knows what the state is like, and the first one puts it down.
    private mutating func keepState(at sequence: UInt64, _ time: ChatTime) {
        guard let (state, digest) = reckonState(at: sequence) else { return }
        log.shared.withLock { $0.checkpoint = ClusterMessage.Checkpoint(sequence: sequence, digest: digest) }
        guard hasBegun, directory.present.first?.sender == log.sender else { return }
        uploads.put(state, at: sequence, time, in: log)
    }
}
#endif
