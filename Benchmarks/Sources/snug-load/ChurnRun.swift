// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// People come and go: `atOnce` of them are always on their way in or out.
final class ChurnRun: MemberObserver {
    /// How far they come before they leave.
    enum Goal: String, CaseIterable {
        /// The server has answered their hello, which cost it a signature and them nothing.
        case hello
        /// In the room, where the others are told.
        case present
        /// Through the handshake, as a stranger who never says a name.
        case secure
    }

    private let endpoint: Endpoint
    private let goal: Goal
    private let loop: EventLoop
    private let buffers = IOBuffers()
    private let ticker: Ticker
    private let usage: UsageMeter
    private var members: [Member] = []
    /// When each of them set out; nil once it has reached its goal.
    private var beginnings: [Int64?] = []
    private var timeToGoal = Histogram()
    private var reached = 0
    private var failed = 0
    private var firstFailure: String?
    private var created = 0
    private var toReplace: [Int] = []
    /// For so long nobody comes once one has left.
    private var pause = Duration.zero
    private var nextComing = MonotonicTime.start

    init(_ goal: Goal, at endpoint: Endpoint, server: ServerProcess?) throws(LoadFailure) {
        self.goal = goal
        self.endpoint = endpoint
        usage = UsageMeter(server)
        do throws(SystemError) {
            loop = try EventLoop(waker: try LoopWaker())
            ticker = try Ticker(on: loop)
        } catch { throw .system(error) }
    }

    func run(
        atOnce: Int,
        pause: Duration,
        warmUp: Duration,
        measured: Duration
    ) throws(LoadFailure) -> Report {
        self.pause = pause
        for place in 0..<atOnce {
            beginnings.append(nil)
            members.append(try newMember(at: place))
        }
        try turn(until: .now + warmUp)
        reached = 0
        failed = 0
        timeToGoal = Histogram()
        usage.begin()
        try turn(until: .now + measured)
        usage.end()
        // Every connection failed: there is nothing to report but that.
        if reached == 0, let firstFailure {
            throw LoadFailure(sentence: "nobody came in: \(firstFailure)", hint: "look into the server's log")
        }
        var report = Report()
        report.add("goal", goal.rawValue)
        report.add("atOnce", atOnce)
        report.add("connections", reached)
        report.add("connectionsPerSecond", Double(reached) / usage.seconds)
        usage.add(to: &report, per: reached, called: "Connection")
        report.add("timeToGoal", timeToGoal)
        report.add("failed", failed)
        return report
    }

    private func turn(until end: MonotonicTime) throws(LoadFailure) {
        while .now < end {
            loop.turn()
            guard !toReplace.isEmpty, nextComing <= .now else { continue }
            for place in toReplace { members[place] = try newMember(at: place) }
            toReplace.removeAll(keepingCapacity: true)
        }
    }

    private func newMember(at place: Int) throws(LoadFailure) -> Member {
        created += 1
        beginnings[place] = MonotonicTime.now.nanoseconds
        let name = "c\(created % 1_000_000)"
        return try Member(place, name: name, at: endpoint, on: loop, buffers, observer: self)
    }

    private func reachedGoal(_ member: Member) {
        guard let beginning = beginnings[member.index] else { return }
        beginnings[member.index] = nil
        reached += 1
        timeToGoal.record(nanoseconds: MonotonicTime.now.nanoseconds - beginning)
        if goal == .hello { member.hangUp() } else { member.leave() }
    }

    // MARK: MemberObserver

    func wasAnswered(_ member: Member) {
        if goal == .hello { reachedGoal(member) }
    }

    func becameSecure(_ member: Member) {
        if goal == .secure { reachedGoal(member) }
    }

    func becamePresent(_ member: Member) { reachedGoal(member) }

    func heard(at time: MonotonicTime) {}

    func received(_ tags: [LineTag], by member: Member, at time: Int64) {}

    func ended(_ member: Member, because reason: String) {
        // How the server ends a connection that was to end is its own business.
        if beginnings[member.index] != nil {
            failed += 1
            firstFailure = firstFailure ?? reason
        }
        toReplace.append(member.index)
        nextComing = .now + pause
    }
}
