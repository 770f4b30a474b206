// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Members talk, and every line is followed to every other member.
///
/// ```
///   warming up ──► measuring ──► draining: no new lines, all that were sent must still arrive
/// ```
final class ChatRun: LineListener {
    struct Plan {
        var members: Int
        /// They are spread over so many.
        var rooms: Int
        var senders: Int
        /// Members that stop reading before the first line.
        var stalled: Int
        var load: Load
        var warmUp: Duration
        var measured: Duration
        var atOnce: Int
        var settling: Duration
        /// How long each of ``Halves`` lasts; nil if all time is of one kind.
        var half: Duration?
        /// Where figures are asked for in the second half.
        var scrapePort: UInt16?
    }

    enum Load {
        /// So many lines of each sender are on their way; the next goes out when everyone has the first of them.
        case closed(window: Int)
        /// So many lines a second of all senders together, whatever becomes of them.
        case open(linesPerSecond: Double)
    }

    private let plan: Plan
    private let dialect: Dialect
    private let crowd: Crowd
    private let usage: UsageMeter
    private let pacer: Pacer
    private var tally: DeliveryTally
    private var halves: Halves?
    /// How late the generator itself was with a line, on a schedule.
    private var lateness = Histogram()
    private var isTalking = true
    private var lines = 0
    /// For each sender, the number of its next line.
    private var nextSequence: [UInt32]
    private var outgoing: [UInt8] = []
    /// On a schedule, when the next line is due and whose it is.
    private var nextTime: Int64 = 0
    private var nextSender = 0

    private static let drainPatience = Duration.seconds(5)

    init(_ plan: Plan, at endpoint: Endpoint, server: ServerProcess?) throws(LoadFailure) {
        self.plan = plan
        dialect = endpoint.dialect
        crowd = try Crowd(at: endpoint)
        usage = UsageMeter(server)
        pacer = try Pacer(on: crowd.loop)
        let window = if case .closed(let window) = plan.load { window } else { 0 }
        tally = DeliveryTally(
            receivers: plan.members - plan.stalled,
            rooms: plan.rooms,
            senders: plan.senders,
            window: window
        )
        nextSequence = [UInt32](repeating: 0, count: plan.senders)
        halves = plan.half.map { half in
            Halves(of: half, plan.scrapePort.map { Scraper(port: $0, on: crowd.loop) })
        }
    }

    func run() throws(LoadFailure) -> Report {
        crowd.listener = self
        try crowd.gather(plan.members, rooms: plan.rooms, atOnce: plan.atOnce, settling: plan.settling)
        let stalled = crowd.members.suffix(plan.stalled)
        for member in stalled { member.stopReading() }
        start()
        turn(until: .now + plan.warmUp)
        tally.isMeasuring = true
        usage.begin()
        try measure(until: .now + plan.measured)
        usage.end()
        tally.isMeasuring = false
        isTalking = false
        // Nobody is sent their own line.
        let expected = lines * tally.readersOfALine
        let deadline = MonotonicTime.now + Self.drainPatience
        while tally.ledger.received < expected, .now < deadline { turn() }
        for member in stalled { member.resumeReading() }
        // What a dropped member finds behind the bytes it had not read is the end of the stream.
        while crowd.lost < plan.stalled, plan.stalled > 0, .now < deadline { turn() }
        try halves?.scraper.map { scraper throws(LoadFailure) in try askOnceMore(scraper) }
        return report(expected: expected)
    }

    private func measure(until end: MonotonicTime) throws(LoadFailure) {
        halves?.begin(at: .now)
        while .now < end {
            turn()
            try halves?.turn(at: .now, &tally.latency)
        }
    }

    /// For the figures when all is over.
    private func askOnceMore(_ scraper: Scraper) throws(LoadFailure) {
        let deadline = MonotonicTime.now + Self.drainPatience
        let before = scraper.answers
        try scraper.ask()
        while scraper.answers == before, .now < deadline { turn() }
    }

    // MARK: Sending

    private func start() {
        tally.begin()
        nextTime = MonotonicTime.now.nanoseconds
        sendAllowed()
    }

    private func turn(until end: MonotonicTime) {
        while .now < end { turn() }
    }

    private func turn() {
        crowd.loop.turn()
        usage.sampleMemory()
        if isTalking { sendAllowed() }
    }

    private func sendAllowed() {
        switch plan.load {
        case .closed: sendDue()
        case .open(let linesPerSecond): sendScheduled(linesPerSecond)
        }
    }

    /// Each sender's lines of one turn go out in one write, as a program's that answers what it has read.
    private func sendDue() {
        guard !tally.due.isEmpty else { return }
        let now = MonotonicTime.now.nanoseconds
        for sender in tally.due {
            for _ in 0..<tally.takeSendable(of: sender) { appendLine(of: sender, at: now) }
            sendOutgoing(of: sender)
        }
        tally.clearDue()
    }

    private func sendScheduled(_ linesPerSecond: Double) {
        let now = MonotonicTime.now.nanoseconds
        while nextTime <= now {
            if tally.isMeasuring { lateness.record(nanoseconds: now - nextTime) }
            // The time that counts is the one the line was due at: a generator or server that is behind must not
            // look faster for it.
            appendLine(of: nextSender, at: nextTime)
            sendOutgoing(of: nextSender)
            nextSender = (nextSender + 1) % plan.senders
            nextTime += Int64(1_000_000_000 / linesPerSecond)
        }
        pacer.arm(at: nextTime)
    }

    private func appendLine(of sender: Int, at time: Int64) {
        let sequence = nextSequence[sender]
        tally.sent(sequence, by: sender)
        let tag = LineTag(sender: UInt32(sender), sequence: sequence, time: time)
        dialect.append(tag, in: crowd.members[sender].room, to: &outgoing)
        nextSequence[sender] += 1
        lines += 1
    }

    private func sendOutgoing(of sender: Int) {
        crowd.members[sender].send(outgoing)
        outgoing.removeAll(keepingCapacity: true)
    }

    // MARK: Receiving

    func received(_ tags: [LineTag], by member: Member, at time: Int64) {
        tally.received(tags, by: member.index, at: time)
    }

    // MARK: Reporting

    private func report(expected: Int) -> Report {
        var report = Report()
        report.add("members", plan.members)
        report.add("rooms", plan.rooms)
        report.add("senders", plan.senders)
        report.add("stalled", plan.stalled)
        switch plan.load {
        case .closed(let window): report.add("window", window)
        case .open(let rate): report.add("linesPerSecond", rate)
        }
        report.add("cipher", crowd.members.first?.cipher ?? "none")
        report.add("seconds", usage.seconds)
        report.add("lines", lines)
        let latency = halves?.both(tally.latency) ?? (first: tally.latency, second: Histogram())
        let deliveries = Int(latency.first.total + latency.second.total)
        report.add("deliveries", deliveries)
        report.add("deliveriesPerSecond", Double(deliveries) / usage.seconds)
        usage.add(to: &report, per: deliveries, called: "Delivery")
        report.add("latency", latency.first)
        if let halves {
            report.add("second", latency.second)
            if let scraper = halves.scraper { add(scraper, to: &report) }
        }
        if case .open = plan.load { report.add("lateness", lateness) }
        report.add("lost", expected - tally.ledger.received)
        report.add("duplicated", tally.ledger.duplicated)
        report.add("reordered", tally.ledger.reordered)
        report.add("disconnected", crowd.lost)
        return report
    }

    /// By how much the server's figures differ from what was counted here.
    private func add(_ scraper: Scraper, to report: inout Report) {
        report.add("scrapes", scraper.answers)
        let counted = [
            "snug_deliveries_total": tally.ledger.received, "snug_handshakes_total": plan.members,
            "snug_joins_total": plan.members, "snug_lines_total": lines, "snug_sessions": plan.members,
        ]
        let amiss = counted.map { name, count in scraper.figure(name).map { abs($0 - count) } ?? count }
        report.add("amiss", amiss.reduce(0, +))
    }
}
