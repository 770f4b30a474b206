// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugHistory
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport
internal import Synchronization

/// The one chat and the way out of it to every loop.
///
/// The chat decides under its lock and what it decided is done after unlocking, with one exception: events are put
/// into the loops' mailboxes under the lock. Two loops that did so after unlocking could do it in either order, and
/// their members would see two lines in different orders.
final class ChatHub: Sendable {
    let history: HistoryDesk
    let clock: @Sendable () -> ChatTime
    /// What one page of history brings at most: a part of what may wait for a member, so that nobody is dropped for asking.
    let pageBytes: Int
    let state: Lock<HubState>
    let mailboxes: [LoopMailbox]
    let report: ServerObserver
    /// The order that this server shares with others; nil if the chat is its own.
    let log: (any RequestLog)?
    /// Why that can be followed no more.
    let orderFault = Lock<RequestLogFault?>(nil)
    /// When the next thing comes due in the chat by itself, in milliseconds since 1970; the greatest number for never.
    ///
    /// Beside the lock, because a loop asks for it twice in every turn.
    private let nextDue: Atomic<Int64>
    private let nextLoop = Atomic<Int>(0)
    private let loopsStillReading: Atomic<Int>
    let logClock: LogClock
    /// What tells clients of level 1 that sequence numbers go on from what they know.
    let epoch: String

    /// A hub whose chat knows what `history` has kept.
    init(
        mailboxes: [LoopMailbox],
        limits: ChatLimits,
        history: HistoryDesk,
        log: (any RequestLog)? = nil,
        pageBytes: Int,
        logClock: LogClock? = nil,
        report: @escaping ServerObserver,
        clock: @escaping @Sendable () -> ChatTime = { .now }
    ) throws(ServerStartError) {
        let now = clock()
        let logClock = logClock ?? LogClock(startingAt: now)
        var limits = limits
        limits.historyMilliseconds = history.retention.milliseconds
        // What several servers share comes from their order, whatever this one has kept.
        let chat =
            log == nil
            ? Chat(restoring: try history.durableState(at: now, limits), limits: limits, at: now)
            : Chat(limits: limits)
        nextDue = Atomic(chat.nextDue.comparable)
        state = Lock(HubState(chat, mailboxes, history, log, startingAt: now))
        // Without a file what was said is forgotten, and clients are told so by it.
        epoch =
            (log?.epoch).map { String($0, radix: 16) } ?? history.epoch ?? RandomWord.make(bytes: 8) ?? "none"
        self.history = history
        self.pageBytes = pageBytes
        self.mailboxes = mailboxes
        self.report = report
        self.log = log
        self.logClock = logClock
        let sharedClock: @Sendable () -> ChatTime = { logClock.now }
        self.clock = log == nil ? clock : sharedClock
        loopsStillReading = Atomic(mailboxes.count)
        tellWhetherHistoryIsStored()
    }

    /// Locks the chat for `body`.
    ///
    /// - Parameter own: the caller's mailbox, if it is a loop: it looks at the time by itself.
    func withState<Result>(own: LoopMailbox? = nil, _ body: (inout HubState) -> sending Result)
        -> sending Result
    {
        let (result, isDueEarlier) = state.withLock { state in
            let result = body(&state)
            let due = state.nextDue.comparable
            return (result, due < nextDue.exchange(due, ordering: .relaxed))
        }
        // The loop that keeps time may be waiting for nothing.
        if isDueEarlier, let first = mailboxes.first, first !== own { first.waker.wake() }
        return result
    }

    /// Whether the mailbox is that of the first loop.
    func isFirst(_ mailbox: LoopMailbox) -> Bool { mailboxes.first === mailbox }

    // MARK: Coming and going

    /// Lets someone in, if the chat does, and hands the connection to a loop, ahead of the event that tells everyone.
    ///
    /// - Parameters:
    ///   - newcomer: the chat's, until it is refused.
    ///   - told: called once, with why it is not let in if it is not; before this returns, unless the order of several
    ///     servers has to bring it first. It must wait for nothing.
    /// - Returns: the session's id, whether it is let in or not; nil if nobody can be any more, and nobody is told then.
    @discardableResult
    func admit(
        _ entry: Entry,
        _ newcomer: HandedOver<Newcomer>,
        told: @escaping @Sendable (SessionID, Refusal?) -> Void
    ) -> SessionID? {
        let loop = (nextLoop.wrappingAdd(1, ordering: .relaxed).newValue & .max) % mailboxes.count
        let id = withState { state -> SessionID? in
            guard !state.isSealed, let id = state.newSession() else { return nil }
            let conclusion = Conclusion.arrival(newcomer, as: id, loop: loop, told: told)
            state.ask(.enter(entry), by: id, at: clock(), then: conclusion)
            return id
        }
        notifyAll()
        return id
    }

    /// When, by the clock of an order that several servers share, nobody waits any more who has so much patience now; nil
    /// where nobody has to wait, and before the order has said what time it is.
    func end(of patience: Duration) -> ChatTime? {
        log == nil ? nil : logClock.time(in: patience)
    }

    /// Nobody waits any more for that session to be let in; false if it is decided already, and told.
    func giveUp(_ session: SessionID) -> Bool { withState { $0.giveUp(session) } }

    /// Takes a member's session out of the chat and returns the name it had.
    func leave(_ session: SessionID, _ reason: EndReason, own: LoopMailbox) -> MemberName? {
        let name = withState(own: own) { state in
            let name = state.nameOfLeaving(session)
            state.ask(.end(reason), by: session, at: clock(), then: .leaving(session))
            return name
        }
        notifyAll(but: own)
        return name
    }

    // MARK: Talking

    /// What became of a member's input.
    struct Outcome {
        /// How much the member gets to read for it.
        var answerBytes = 0
        /// Whether it is to leave.
        var leaves = false
        /// Whether nothing more of it is taken until its loop is told so.
        var mustWait = false
    }

    /// Lets the chat decide on what a member sent.
    ///
    /// - Parameters:
    ///   - isAnswered: false if nobody is there to read an answer.
    ///   - own: the caller's mailbox, which it looks into by itself.
    func apply(_ input: Input, from session: SessionID, isAnswered: Bool, own: LoopMailbox) -> Outcome {
        let input = resolved(input)
        switch input {
        case .nothing: return Outcome()
        case .quit: return Outcome(leaves: true)
        case .question(.history(let lines)):
            return Outcome(answerBytes: isAnswered ? readHistory(lines, for: session) : 0)
        case .named, .question, .refused, .reply, .request: break
        }
        let (outcome, events) = withState(own: own) { state -> (Outcome, [ServerEvent]) in
            guard !state.isSealed else { return (Outcome(), []) }
            let outcome = state.take(input, from: session, isAnswered: isAnswered, at: clock())
            return (outcome, state.takeReport())
        }
        // What is asked without changing anything concerns nobody else.
        if case .question = input {} else { notifyAll(but: own) }
        for event in events { report(event) }
        return outcome
    }

    /// Lets the chat decide on what a session of level 1 asks for.
    func apply(
        _ demand: Demand,
        ref: String?,
        from session: SessionID,
        isAnswered: Bool,
        own: LoopMailbox
    ) -> Outcome {
        let (outcome, events) = withState(own: own) { state -> (Outcome, [ServerEvent]) in
            guard !state.isSealed else { return (Outcome(), []) }
            let outcome = state.take(demand, ref: ref, from: session, isAnswered: isAnswered, at: clock())
            return (outcome, state.takeReport())
        }
        if case .request = demand { notifyAll(but: own) }
        for event in events { report(event) }
        return outcome
    }

    /// What is meant by words of which only the chat knows where a name ends; what follows it is cleaned without the lock.
    private func resolved(_ input: Input) -> Input {
        guard case .named(let command) = input else { return input }
        return command.input(
            reading: state.withLock { state in command.reading { state.chat.isName($0) } }
        )
    }

    // MARK: Time

    /// How long nothing comes due in the chat by itself, at most a minute, because the wall clock may be set; nil if
    /// nothing will.
    var timeToNextDue: Duration? {
        let due = nextDue.load(ordering: .relaxed)
        guard due < .max else { return nil }
        return .milliseconds(
            max(0, min(60_000, due.subtractingReportingOverflow(clock().milliseconds).partialValue))
        )
    }

    /// The order's clock says this: what has come due by it is done though nobody says anything.
    func noteTime(_ time: ChatTime) {
        logClock.set(time)
        if nextDue.load(ordering: .relaxed) <= clock().milliseconds { mailboxes.first?.waker.wake() }
    }

    /// Does what has come due by now.
    func tick() {
        withState { $0.askForWhatIsDue(at: clock()) }
        notifyAll()
    }

    // MARK: Stopping

    /// Asks every loop to process what it has read; what all have read is then sent, and then all say goodbye.
    func drain() {
        for mailbox in mailboxes { mailbox.post(.drain) }
        notifyAll()
    }

    /// One loop has posted everything it had read.
    ///
    /// The last one to say so lets all finish, once an order that is shared has brought what was said, or does not in time:
    /// until then lines for any loop may still come from any other, and afterwards nothing may, or members would see
    /// different last lines.
    func finishedReading() {
        guard loopsStillReading.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        state.withLock { state in
            state.sealTime = .now + Self.patienceAtTheEnd
            state.sealIfAllIsSaid()
        }
        notifyAll()
        // It keeps the time.
        if log != nil { mailboxes.first?.waker.wake() }
    }

    /// A part of the time that there is for stopping.
    private static let patienceAtTheEnd = Duration.milliseconds(800)

    /// When ``sealInTime()`` is to be called; nil for never.
    var timeToSeal: MonotonicTime? { state.withLock { $0.isSealed ? nil : $0.sealTime } }

    /// Lets all finish, whatever the order has not brought yet, if it is time.
    func sealInTime() {
        guard let timeToSeal, timeToSeal <= .now else { return }
        state.withLock { $0.seal() }
        notifyAll()
    }

    func notifyAll(but own: LoopMailbox? = nil) {
        // A loop looks into its own mailbox at the end of every turn.
        for mailbox in mailboxes where mailbox !== own { mailbox.notify() }
    }
}

extension ChatTime? {
    /// The milliseconds since 1970; more than any time for never.
    fileprivate var comparable: Int64 { self?.milliseconds ?? .max }
}
