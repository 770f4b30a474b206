// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugTransport
internal import Synchronization

/// The one room and the way out of it to every loop.
///
/// The room decides under its lock and what it decided is done after unlocking, with one exception: events are put
/// into the loops' mailboxes under the lock. Two loops that did so after unlocking could do it in either order, and
/// their members would see two lines in different orders.
final class RoomHub: Sendable {
    private let room: Lock<Room>
    private let mailboxes: [RoomMailbox]
    private let nextLoop = Atomic<Int>(0)
    private let loopsStillReading: Atomic<Int>

    init(mailboxes: [RoomMailbox], maximumMembers: Int) {
        room = Lock(Room(maximumMembers: maximumMembers))
        self.mailboxes = mailboxes
        loopsStillReading = Atomic(mailboxes.count)
    }

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
        let name: MemberName? = room.withLock { room in
            guard case .admitted(let admission) = room.join(request, fallbackName: fallbackName)
            else { return nil }
            mailbox.post(.admission(makeArrival(admission)))
            post(admission.event)
            post(warnings + admission.notices, to: admission.id, in: mailbox)
            return admission.name
        }
        if name != nil { notifyAll() }
        return name
    }

    /// Lets the room decide on what a member sent; answers go through `mailbox`, its loop's.
    ///
    /// - Returns: whether the member wants to leave.
    func apply(_ input: Input, from member: MemberID, answerTo mailbox: RoomMailbox) -> Bool {
        let action = room.withLock { room in
            let action = room.apply(input, from: member)
            if let event = action.event { post(event) }
            post(action.notices, to: member, in: mailbox)
            return action
        }
        if action.event != nil { notifyAll(but: mailbox) }
        return action.leaves
    }

    /// Takes a member out of the room and returns the name it had; a second time does nothing.
    func leave(_ member: MemberID, mailbox: RoomMailbox) -> MemberName? {
        let event = room.withLock { room in
            let event = room.leave(member)
            if let event { post(event) }
            return event
        }
        guard case .left(let name) = event?.kind else { return nil }
        notifyAll(but: mailbox)
        return name
    }

    // MARK: Stopping

    /// Asks every loop to work off what it has read; what all have read is then sent, and then all say goodbye.
    func drain() {
        for mailbox in mailboxes { mailbox.post(.drain) }
        notifyAll()
    }

    /// One loop has posted everything it had read.
    ///
    /// The last one to say so lets all finish: until then lines for any
    /// loop may still come from any other.
    func finishedReading() {
        guard loopsStillReading.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        for mailbox in mailboxes { mailbox.post(.finish) }
        notifyAll()
    }

    // MARK: Posting, under the room's lock

    private func post(_ event: RoomEvent) {
        guard let frame = encode(LevelZero.text(for: event)) else { return }
        for mailbox in mailboxes { mailbox.post(event, frame: frame) }
    }

    private func post(_ notices: [Notice], to member: MemberID, in mailbox: RoomMailbox) {
        for notice in notices {
            guard let frame = encode(LevelZero.text(for: notice)) else { continue }
            mailbox.post(notice: frame, to: member)
        }
    }

    private func notifyAll(but own: RoomMailbox? = nil) {
        // A loop looks into its own mailbox at the end of every turn.
        for mailbox in mailboxes where mailbox !== own { mailbox.notify() }
    }
}

/// The frame for a text; nil if it does not fit one, which the rules for names and lines exclude.
func encode(_ text: String) -> [UInt8]? {
    try? FrameEncoder.frame(text)
}
