// SPDX-License-Identifier: Apache-2.0

/// Something that a loop calls when a descriptor is ready or a deadline has come.
///
/// Called on the loop's thread only. It MUST NOT wait for anything.
public protocol EventHandler: AnyObject {
    /// The descriptor is ready; registrations that ended earlier in the same turn are not called any more.
    func ready(_ readiness: Readiness)

    /// The turn that ``EventLoop/callAgain(_:)`` asked for.
    func calledAgain()

    /// A deadline set by ``EventLoop/setDeadline(_:for:)`` has come.
    func deadlineReached(now: MonotonicTime)
}

/// One thread's turns: wait, call whoever is ready, call whoever is due, do it again.
///
/// Not Sendable: one thread runs it. Only its ``LoopWaker`` crosses threads.
public final class EventLoop {
    /// The loop's time: read whenever a wait ends, and when something was read.
    public var now: MonotonicTime { time }

    // A public property would be checked at run time for accesses that overlap, whenever anybody asks for the time.
    private var time: MonotonicTime

    /// When the wait of the turn that is under way, or of the last one, ended.
    private var turnStart: MonotonicTime

    /// How long ago that is.
    package var turnNanoseconds: Int64 { clock().nanoseconds - turnStart.nanoseconds }

    /// Where the time is read; a test has a clock that it turns itself.
    public let clock: () -> MonotonicTime

    private let epoll: Epoll
    /// Keeps the descriptor open that ends a wait.
    private let waker: LoopWaker
    private var registrations: [Registration?] = []
    private var freeSlots: [UInt32] = []
    private var nextGeneration: UInt32 = 1
    private var deadlines = DeadlineQueue()
    private var toBeCalledAgain: [RegistrationID] = []
    private var toBeWatchedAnew: [RegistrationID] = []

    private struct Registration {
        let id: RegistrationID
        /// Nil once only deadlines are of interest.
        var descriptor: Int32?
        let handler: any EventHandler
        var interest: Readiness
        /// What the kernel was last told to watch for.
        var watched: Readiness
        var isToBeCalledAgain = false
        var deadline: MonotonicTime?
        /// The earliest entry in the queue for this registration: a later deadline needs no entry of its own.
        var queuedDeadline: MonotonicTime?
    }

    /// A loop that `waker` can wake.
    ///
    /// - Parameter clock: another clock than the machine's is for loops that never wait.
    public init(waker: LoopWaker, clock: @escaping () -> MonotonicTime = { .now }) throws(SystemError) {
        epoll = try Epoll()
        self.waker = waker
        self.clock = clock
        time = clock()
        turnStart = time
        try epoll.addWaker(waker.descriptor, id: Self.wakeID)
    }

    private static let wakeID = RegistrationID(slot: .max, generation: 0)

    // MARK: Registrations

    /// Watches `descriptor` until ``remove(_:)``; the handler is kept alive until then.
    ///
    /// Without a descriptor the registration is there for its deadline.
    public func add(
        _ descriptor: Int32?,
        for interest: Readiness,
        handler: any EventHandler
    ) throws(SystemError) -> RegistrationID {
        let slot = freeSlots.popLast() ?? UInt32(registrations.count)
        let id = RegistrationID(slot: slot, generation: nextGeneration)
        do throws(SystemError) {
            if let descriptor { try epoll.add(descriptor, for: interest, id: id) }
        } catch {
            if Int(slot) < registrations.count { freeSlots.append(slot) }
            throw error
        }
        nextGeneration &+= 1
        let registration = Registration(
            id: id,
            descriptor: descriptor,
            handler: handler,
            interest: interest,
            watched: interest
        )
        if Int(slot) == registrations.count {
            registrations.append(registration)
        } else {
            registrations[Int(slot)] = registration
        }
        return id
    }

    /// Changes what is watched for from the next wait on, with a system call only if it differs by then.
    ///
    /// In one turn a member's interest often goes and comes back.
    public func setInterest(_ interest: Readiness, for id: RegistrationID) {
        guard let index = index(of: id), registrations[index]?.interest != interest else { return }
        registrations[index]?.interest = interest
        toBeWatchedAnew.append(id)
    }

    private func watchAnew() {
        for id in toBeWatchedAnew {
            guard let index = index(of: id), let registration = registrations[index],
                registration.interest != registration.watched, let descriptor = registration.descriptor
            else { continue }
            registrations[index]?.watched = registration.interest
            epoll.modify(descriptor, for: registration.interest, id: id)
        }
        toBeWatchedAnew.removeAll(keepingCapacity: true)
    }

    /// Stops watching the descriptor, which may be closed then; the deadline stays.
    public func stopWatching(_ id: RegistrationID) {
        guard let index = index(of: id), let descriptor = registrations[index]?.descriptor else { return }
        registrations[index]?.descriptor = nil
        epoll.remove(descriptor)
    }

    /// Ends the registration of a descriptor that is still open.
    public func remove(_ id: RegistrationID) {
        stopWatching(id)
        removeClosed(id)
    }

    /// Ends the registration of a descriptor that is closed already.
    ///
    /// Closing takes it out of epoll by itself if no duplicate is left open (epoll(7), "Questions and answers").
    /// With one, each wait would return at once for a registration that is gone.
    public func removeClosed(_ id: RegistrationID) {
        guard let index = index(of: id) else { return }
        registrations[index] = nil
        freeSlots.append(id.slot)
    }

    /// Calls the handler's ``EventHandler/calledAgain()`` in the next turn, which then does not wait.
    ///
    /// For input that is already in the process, where epoll cannot see it, and for work left from this turn.
    public func callAgain(_ id: RegistrationID) {
        guard let index = index(of: id), registrations[index]?.isToBeCalledAgain == false else { return }
        registrations[index]?.isToBeCalledAgain = true
        toBeCalledAgain.append(id)
    }

    /// Calls the handler's ``EventHandler/deadlineReached(now:)`` once `time` has come; replaces an earlier one.
    public func setDeadline(_ time: MonotonicTime?, for id: RegistrationID) {
        guard let index = index(of: id) else { return }
        registrations[index]?.deadline = time
        guard let time, registrations[index]?.queuedDeadline.map({ time < $0 }) ?? true else { return }
        registrations[index]?.queuedDeadline = time
        deadlines.insert(time, id: id)
        // Those who come and go leave theirs behind, and an hour's worth of them must not pile up.
        let live = registrations.count - freeSlots.count
        if deadlines.count > 2 * live + 64 { deadlines.removeAll { !isQueued($0, for: $1) } }
    }

    /// Entries held for deadlines, whether those still count or not.
    var heldDeadlines: Int { deadlines.count }

    /// Whether the entry is the one that counts for a registration that still exists.
    private func isQueued(_ time: MonotonicTime, for id: RegistrationID) -> Bool {
        index(of: id).map { registrations[$0]?.queuedDeadline == time } ?? false
    }

    private func index(of id: RegistrationID) -> Int? {
        let index = Int(id.slot)
        guard index < registrations.count, registrations[index]?.id == id else { return nil }
        return index
    }

    /// Reads what a peer has sent, and then the time anew.
    ///
    /// The process may have stood still since the last look. Its peer would seem to have been silent for as long, although
    /// all that it sent meanwhile was read.
    @inlinable
    package func reading<Result, Failure>(
        _ read: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = try read()
        noteTime()
        return result
    }

    @usableFromInline
    func noteTime() { time = clock() }

    // MARK: Turns

    /// Runs one turn: waits for readiness, a wake-up or a deadline, and calls the handlers.
    ///
    /// - Parameters:
    ///   - mayWait: false if the caller has work left that no descriptor tells of.
    ///   - deadline: when the caller wants to be back, whatever happens.
    public func turn(mayWait: Bool = true, until deadline: MonotonicTime? = nil) {
        let again = toBeCalledAgain
        toBeCalledAgain = []
        watchAnew()
        let waits = mayWait && again.isEmpty
        callReady(after: waits ? .milliseconds(until: earliest(deadline)) : 0, beginsTurn: true)
        for id in again { callAgainNow(id) }
        guard let earliest = deadlines.earliest, earliest <= now else { return }
        // The process may have been stopped at any point of this turn, and everyone can be ready and due since. What is
        // ready by now is heard before anyone is judged, by the time it is now.
        let heard = clock()
        watchAnew()
        callReady(after: 0)
        callDue(by: heard)
    }

    /// Calls whoever is ready, all of them.
    ///
    /// One wait tells of a part of them, so there are as many waits as it takes to hear of each registration once, and no
    /// more: a flood must end at some time.
    private func callReady(after milliseconds: Int32, beginsTurn: Bool = false) {
        var milliseconds = milliseconds
        for number in 0...registrations.count / Epoll.eventsPerWait {
            let ready = epoll.wait(milliseconds: milliseconds)
            // Before any handler: a wait can be long, and time that passed in it must not count against whom it ended for.
            time = clock()
            if beginsTurn, number == 0 { turnStart = time }
            // A wake-up has done its work by ending the wait.
            for (packed, readiness) in ready where packed != Self.wakeID.packed {
                handler(of: packed)?.ready(readiness)
            }
            guard ready.isFull else { return }
            milliseconds = 0
        }
    }

    private func callAgainNow(_ id: RegistrationID) {
        guard let index = index(of: id), registrations[index]?.isToBeCalledAgain == true else { return }
        registrations[index]?.isToBeCalledAgain = false
        registrations[index]?.handler.calledAgain()
    }

    private func earliest(_ deadline: MonotonicTime?) -> MonotonicTime? {
        guard let deadline, let queued = deadlines.earliest else { return deadline ?? deadlines.earliest }
        return min(deadline, queued)
    }

    /// An earlier handler of this turn may have ended this registration, and its descriptor's number may be someone
    /// else's by now: the generation tells.
    private func handler(of packed: UInt64) -> (any EventHandler)? {
        let index = Int(truncatingIfNeeded: packed & 0xffff_ffff)
        guard index < registrations.count, let registration = registrations[index],
            registration.id.packed == packed
        else { return nil }
        return registration.handler
    }

    private func callDue(by now: MonotonicTime) {
        // All are found before any is called: one that is due again at once has to wait for the next turn, or this
        // one might never end.
        var due: [RegistrationID] = []
        while let (time, id) = deadlines.popDue(by: now) {
            guard isQueued(time, for: id) else { continue }
            registrations[Int(id.slot)]?.queuedDeadline = nil
            due.append(id)
        }
        for id in due {
            // Who has input left over is heard once more first.
            callAgainNow(id)
            guard let index = index(of: id), let deadline = registrations[index]?.deadline else { continue }
            if deadline > now {
                setDeadline(deadline, for: id)
            } else {
                registrations[index]?.deadline = nil
                registrations[index]?.handler.deadlineReached(now: now)
            }
        }
    }
}
