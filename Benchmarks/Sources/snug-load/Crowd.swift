// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// Those to whom the lines go that a crowd receives.
protocol LineListener: AnyObject {
    /// A member received lines in one read.
    func received(_ tags: [LineTag], by member: Member, at time: Int64)
}

/// The members of one measurement, on one loop.
final class Crowd: MemberObserver {
    let loop: EventLoop
    private let buffers = IOBuffers()
    weak var listener: (any LineListener)?
    private(set) var members: [Member] = []
    /// Members that the server ended, or whose connection failed.
    private(set) var lost = 0

    private let endpoint: Endpoint
    private let ticker: Ticker
    private var present = 0
    private var lastHeard = MonotonicTime.start
    private var firstLoss: String?

    /// Nothing comes in for so long: whatever the joins set off is over.
    private static let quiet = Duration.milliseconds(300)
    private static let patience = Duration.seconds(180)

    init(at endpoint: Endpoint) throws(LoadFailure) {
        self.endpoint = endpoint
        do throws(SystemError) {
            loop = try EventLoop(waker: try LoopWaker())
            ticker = try Ticker(on: loop)
        } catch { throw .system(error) }
    }

    /// Lets `count` members join, `atOnce` at a time, and returns once all are in and everything is quiet.
    ///
    /// - Parameters:
    ///   - rooms: the members are spread over so many, one after the other.
    ///   - settling: how long to wait for quiet; under a storm of joins it never comes.
    func gather(_ count: Int, rooms: Int = 1, atOnce: Int, settling: Duration) throws(LoadFailure) {
        let deadline = MonotonicTime.now + Self.patience
        while present < count {
            while members.count < count, members.count - present < atOnce {
                let number = String(members.count)
                let name = "b" + String(repeating: "0", count: max(0, 5 - number.count)) + number
                let room = rooms == 1 ? Dialect.mainRoom : "r\(members.count % rooms)"
                members.append(
                    try Member(
                        members.count,
                        name: name,
                        in: room,
                        at: endpoint,
                        on: loop,
                        buffers,
                        observer: self
                    )
                )
            }
            loop.turn()
            if let firstLoss {
                throw LoadFailure(
                    sentence: "member \(present + 1) of \(count) could not join: \(firstLoss)",
                    hint: "look into the server's log, and check its limits"
                )
            }
            guard MonotonicTime.now < deadline else {
                throw LoadFailure(
                    sentence: "\(present) of \(count) members joined in \(Self.patience)",
                    hint: "look into the server's log, and check its limits"
                )
            }
        }
        let end = MonotonicTime.now + settling
        while lastHeard + Self.quiet > .now, .now < end { loop.turn() }
    }

    // MARK: MemberObserver

    func wasAnswered(_ member: Member) {}

    func becameSecure(_ member: Member) {}

    func becamePresent(_ member: Member) { present += 1 }

    func heard(at time: MonotonicTime) { lastHeard = time }

    func received(_ tags: [LineTag], by member: Member, at time: Int64) {
        listener?.received(tags, by: member, at: time)
    }

    func ended(_ member: Member, because reason: String) {
        lost += 1
        firstLoss = firstLoss ?? reason
    }
}

/// Keeps a loop turning while nothing comes in, so that those who wait for a time can look at the clock.
final class Ticker: EventHandler {
    private unowned let loop: EventLoop
    private var registration: RegistrationID?

    static let interval = Duration.milliseconds(20)

    init(on loop: EventLoop) throws(SystemError) {
        self.loop = loop
        let registration = try loop.add(nil, for: [], handler: self)
        self.registration = registration
        loop.setDeadline(.now + Self.interval, for: registration)
    }

    func ready(_ readiness: Readiness) {}
    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) {
        guard let registration else { return }
        loop.setDeadline(now + Self.interval, for: registration)
    }
}
