// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport
internal import Synchronization

/// The one room and the way out of it to every loop.
///
/// The room decides under its lock and what it decided is done after unlocking, with one exception: events are put
/// into the loops' mailboxes under the lock. Two loops that did so after unlocking could do it in either order, and
/// their members would see two lines in different orders.
final class RoomHub: Sendable {
    private let state: Lock<State>
    private let mailboxes: [RoomMailbox]
    private let nextLoop = Atomic<Int>(0)
    private let loopsStillReading: Atomic<Int>
    private let members = Atomic<Int>(0)

    private struct State {
        var room: Room
        /// The answer to `/who`, until somebody comes, goes or is renamed.
        var onlineFrame: [UInt8]?
        /// Everyone is being said goodbye to: nothing that happens now is told to anyone.
        var isSealed = false
    }

    init(mailboxes: [RoomMailbox], maximumMembers: Int) {
        state = Lock(State(room: Room(maximumMembers: maximumMembers)))
        self.mailboxes = mailboxes
        loopsStillReading = Atomic(mailboxes.count)
    }

    /// How many are in the room, or were a moment ago.
    var memberCount: Int { members.load(ordering: .relaxed) }

    /// Lets someone in and hands the connection to a loop, ahead of the event that tells everyone.
    ///
    /// - Returns: nil if the room is full; then `connection` is still the caller's.
    func admit(
        _ request: NameRequest,
        fallbackName: String,
        warnings: [Notice],
        _ makeArrival: (Admission) -> HandedOver<Arrival>
    ) -> MemberName? {
        let loop = nextLoop.wrappingAdd(1, ordering: .relaxed).newValue & .max
        let mailbox = mailboxes[loop % mailboxes.count]
        let name: MemberName? = state.withLock { state in
            guard case .admitted(let admission) = state.room.join(request, fallbackName: fallbackName)
            else { return nil }
            mailbox.post(.admission(makeArrival(admission)))
            post(admission.event, &state)
            for notice in warnings + admission.notices { post(notice, to: admission.id, in: mailbox) }
            return admission.name
        }
        if name != nil { notifyAll() }
        return name
    }

    /// What became of a member's input.
    struct Outcome {
        /// The member wants to leave.
        var leaves = false
        /// How much it gets to read for it.
        var answerBytes = 0
    }

    /// Lets the room decide on what a member sent.
    ///
    /// - Parameters:
    ///   - mailbox: where answers go; nil if nobody is there to read them.
    ///   - own: the caller's mailbox, which it looks into by itself.
    func apply(
        _ input: Input,
        from member: MemberID,
        answerTo mailbox: RoomMailbox?,
        own: RoomMailbox
    ) -> Outcome {
        let (outcome, hasEvent) = state.withLock { state -> (Outcome, Bool) in
            guard !state.isSealed else { return (Outcome(), false) }
            if input == .who { return (answerWho(member, in: mailbox, &state), false) }
            let action = state.room.apply(input, from: member)
            if let event = action.event { post(event, &state) }
            var outcome = Outcome(leaves: action.leaves)
            for notice in action.notices { outcome.answerBytes += post(notice, to: member, in: mailbox) }
            return (outcome, action.event != nil)
        }
        if hasEvent { notifyAll(but: own) }
        return outcome
    }

    /// Takes a member out of the room and returns the name it had; a second time does nothing.
    func leave(_ member: MemberID, mailbox: RoomMailbox) -> MemberName? {
        let event = state.withLock { state in
            let event = state.room.leave(member)
            if let event { post(event, &state) }
            return event
        }
        guard case .left(let name) = event?.kind else { return nil }
        notifyAll(but: mailbox)
        return name
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

    // MARK: Posting, under the lock

    private func post(_ event: RoomEvent, _ state: inout State) {
        members.store(state.room.count, ordering: .relaxed)
        if event.kind.changesNames { state.onlineFrame = nil }
        guard !state.isSealed else { return }
        let frame = FrameEncoder.frame(cutting: LevelZero.text(for: event))
        for mailbox in mailboxes { mailbox.post(event, frame: frame) }
    }

    /// Posts a notice, if there is somewhere to post it, and returns its bytes.
    @discardableResult
    private func post(_ notice: Notice, to member: MemberID, in mailbox: RoomMailbox?) -> Int {
        guard let mailbox else { return 0 }
        let frame = FrameEncoder.frame(cutting: LevelZero.text(for: notice))
        mailbox.post(.notice(frame, to: member))
        return frame.count
    }

    /// The answer is made once for each change: in a large room it is long, and anyone may ask for it again and again.
    private func answerWho(_ member: MemberID, in mailbox: RoomMailbox?, _ state: inout State) -> Outcome {
        guard let mailbox else { return Outcome() }
        if state.onlineFrame == nil, let notice = state.room.apply(.who, from: member).notices.first {
            state.onlineFrame = FrameEncoder.frame(cutting: LevelZero.text(for: notice))
        }
        guard let frame = state.onlineFrame else { return Outcome() }
        mailbox.post(.notice(frame, to: member))
        return Outcome(answerBytes: frame.count)
    }

    private func notifyAll(but own: RoomMailbox? = nil) {
        // A loop looks into its own mailbox at the end of every turn.
        for mailbox in mailboxes where mailbox !== own { mailbox.notify() }
    }
}
