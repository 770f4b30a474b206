// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
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
    let state: Lock<HubState>
    let mailboxes: [LoopMailbox]
    let report: ServerObserver
    let clock: @Sendable () -> ChatTime
    private let nextLoop = Atomic<Int>(0)
    private let loopsStillReading: Atomic<Int>

    init(
        mailboxes: [LoopMailbox],
        limits: ChatLimits,
        report: @escaping ServerObserver,
        clock: @escaping @Sendable () -> ChatTime = { .now }
    ) {
        state = Lock(HubState(Chat(limits: limits), mailboxes, startingAt: clock()))
        self.mailboxes = mailboxes
        self.report = report
        self.clock = clock
        loopsStillReading = Atomic(mailboxes.count)
    }

    /// Whether the mailbox is that of the first loop.
    func isFirst(_ mailbox: LoopMailbox) -> Bool { mailboxes.first === mailbox }

    // MARK: Coming and going

    /// Lets someone in and hands the connection to a loop, ahead of the event that tells everyone.
    ///
    /// - Returns: why not, if it is not let in; then what `makeArrival` would move is still the caller's.
    func admit(
        _ entry: Entry,
        warnings: [Notice],
        _ makeArrival: (SessionID, MemberName) -> HandedOver<Arrival>
    ) -> Refusal? {
        let loop = nextLoop.wrappingAdd(1, ordering: .relaxed).newValue & .max
        let refusal = state.withLock { state -> Refusal? in
            let id = state.newSession()
            let outcome = state.apply(.enter(entry), by: id, at: clock())
            guard case .entered(let entered) = outcome.answer else {
                state.post(outcome, askedBy: nil)
                if case .refused(let refusal) = outcome.answer { return refusal }
                return nil
            }
            let arrival = makeArrival(id, entered.who.name)
            state.seat(entered, as: id, on: loop % mailboxes.count, arrival)
            state.post(outcome, askedBy: id)
            state.postName(entered, to: id, after: outcome)
            for notice in warnings + entered.notices { state.post(notice, to: id) }
            return nil
        }
        notifyAll()
        return refusal
    }

    /// Takes a member's session out of the chat and returns the name it had; a second time does nothing.
    func leave(_ session: SessionID, _ reason: EndReason, own: LoopMailbox) -> MemberName? {
        let (name, isDueEarlier) = state.withLock { state -> (MemberName?, Bool) in
            let name = state.chat.who(session)?.name
            let due = state.chat.nextDue
            state.unseat(session)
            let outcome = state.apply(.end(reason), by: session, at: clock())
            state.post(outcome, askedBy: session)
            return (name, state.chat.nextDue != due)
        }
        notifyAll(but: own)
        // The loop that keeps time may be waiting for nothing.
        if isDueEarlier { mailboxes.first?.waker.wake() }
        return name
    }

    // MARK: Talking

    /// What became of a member's input.
    struct Outcome {
        /// How much the member gets to read for it.
        var answerBytes = 0
        /// Whether it is to leave.
        var leaves = false
    }

    /// Lets the chat decide on what a member sent.
    ///
    /// - Parameters:
    ///   - isAnswered: false if nobody is there to read an answer.
    ///   - own: the caller's mailbox, which it looks into by itself.
    func apply(_ input: Input, from session: SessionID, isAnswered: Bool, own: LoopMailbox) -> Outcome {
        let input = resolved(input)
        if input == .nothing { return Outcome() }
        if input == .quit { return Outcome(leaves: true) }
        let (outcome, hasPosted, events) = state.withLock { state -> (Outcome, Bool, [ServerEvent]) in
            guard !state.isSealed else { return (Outcome(), false, []) }
            let outcome = state.take(input, from: session, isAnswered: isAnswered, at: clock())
            return (outcome, state.takeHasPosted(), state.takeReport())
        }
        if hasPosted { notifyAll(but: own) }
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
        guard let due = state.withLock({ $0.chat.nextDue }) else { return nil }
        return .milliseconds(
            max(
                0,
                min(60_000, due.milliseconds.subtractingReportingOverflow(clock().milliseconds).partialValue)
            )
        )
    }

    /// Does what has come due by now.
    func tick() {
        state.withLock { state in
            let outcome = state.apply(.tick, by: HubState.nobody, at: clock())
            state.post(outcome, askedBy: nil)
        }
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
    /// The last one to say so lets all finish: until then lines for any loop may still come from any other, and
    /// afterwards nothing may, or members would see different last lines.
    func finishedReading() {
        guard loopsStillReading.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        state.withLock { state in
            state.isSealed = true
            for mailbox in mailboxes { mailbox.post(.finish) }
        }
        notifyAll()
    }

    func notifyAll(but own: LoopMailbox? = nil) {
        // A loop looks into its own mailbox at the end of every turn.
        for mailbox in mailboxes where mailbox !== own { mailbox.notify() }
    }
}
