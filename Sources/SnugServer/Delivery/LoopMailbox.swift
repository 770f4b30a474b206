// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What is on its way to one loop.
///
/// The hub posts to it under its lock, which is what gives all members one order; so posting never waits, and never calls
/// back into the hub.
final class LoopMailbox: Sendable {
    /// One thing that happened, in the order of the chat.
    ///
    /// Small, because each line is one: what is large and seldom is an object of its own.
    enum Entry {
        /// Somebody comes into a room, which so many read then.
        indirect case admission(HandedOver<Arrival>, in: RoomID, readers: Int)
        /// Somebody wants to know about members of this loop.
        case census(Census)
        /// What a member is still sent ends here.
        case departure(of: SessionID)
        /// An operator, or the chat itself, ends a member's stay.
        indirect case dismissal(of: SessionID, MemberName, EndReason)
        case drain
        /// Something that happened in a room, for its readers of level 1; so many read it at both levels.
        case event(bytes: Int, in: RoomID, readers: Int, isLine: Bool)
        case finish
        /// Not too much of what a member asked for is under way any more.
        case goesOn(SessionID)
        /// What only sessions of level 1 get.
        indirect case levelOne(LevelOneMail)
        /// Lines and actions in a room, one after the other, all by the same session.
        case line(bytes: Int, in: RoomID, by: SessionID)
        /// A member reads another room from here on, which so many read then.
        case move(of: SessionID, to: RoomID, readers: Int)
        case notice([UInt8], to: SessionID)
        /// The event before it, as a session of whoever brought it about sees it: once a sequence number is stored, 0
        /// for at once.
        case ownEvent(bytes: Int, in: RoomID, to: SessionID, onceStored: UInt64)
        /// Somebody came, went, or has another name, or the room itself has changed; so many are in it now.
        case presence(bytes: Int, in: RoomID, readers: Int, by: SessionID)
    }

    /// Everything that came in since the last look; the frames lie one behind the other in `frames`.
    struct Contents {
        var entries: [Entry] = []
        var frames: [UInt8] = []

        /// Memory worth keeping: a turn's lines of level 1, each of them twice.
        private static let keptBytes = 262_144

        /// A member's lines mostly come several at once: its loop then looks for the room and for the member once.
        mutating func append(line frame: [UInt8], in room: RoomID, by session: SessionID) {
            frames += frame
            if case .line(let bytes, room, session) = entries.last {
                entries[entries.count - 1] = .line(bytes: bytes + frame.count, in: room, by: session)
            } else {
                entries.append(.line(bytes: frame.count, in: room, by: session))
            }
        }

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            frames.removeAll(keepingCapacity: frames.capacity <= Self.keptBytes)
        }
    }

    let waker: LoopWaker
    /// What the loop has done.
    let meters = LoopMeters()
    private let state = Lock(State())

    private struct State {
        var contents = Contents()
        /// Whether the loop was woken for what is in the mailbox and has not looked since.
        var isNotified = false
    }

    init() throws(SystemError) {
        waker = try LoopWaker()
    }

    /// Takes a line or an action with the frame that tells of it.
    func post(line frame: [UInt8], in room: RoomID, by session: SessionID) {
        state.withLock { $0.contents.append(line: frame, in: room, by: session) }
    }

    /// Takes something with the frame that tells of it.
    func post(_ entry: Entry, frame: [UInt8]) {
        state.withLock { state in
            state.contents.frames += frame
            state.contents.entries.append(entry)
        }
    }

    /// Takes an event, and what some sessions see in its place.
    ///
    /// At once: in between, the loop might send everybody the first.
    func post(
        event frame: [UInt8],
        in room: RoomID,
        readers: Int,
        isLine: Bool,
        _ own: some Sequence<OwnEvent>
    ) {
        state.withLock { state in
            state.contents.frames += frame
            state.contents.entries.append(
                .event(bytes: frame.count, in: room, readers: readers, isLine: isLine)
            )
            for own in own {
                state.contents.frames += own.frame
                state.contents.entries.append(
                    .ownEvent(
                        bytes: own.frame.count,
                        in: room,
                        to: own.session,
                        onceStored: own.onceStored
                    )
                )
            }
        }
    }

    func post(_ entry: Entry) {
        state.withLock { $0.contents.entries.append(entry) }
    }

    var isEmpty: Bool { state.withLock { $0.contents.entries.isEmpty } }

    /// Wakes the loop if there is something new for it; called after the hub's lock is released.
    func notify() {
        // Once per look: a hundred lines in one turn of one loop cost the others one wake-up.
        let mustWake = state.withLock { state in
            guard !state.isNotified, !state.contents.entries.isEmpty else { return false }
            state.isNotified = true
            return true
        }
        if mustWake { waker.wake() }
    }

    /// Swaps what came in for `emptied`, so that both sides use their memory again.
    func take(into emptied: inout Contents) {
        state.withLock { state in
            swap(&state.contents, &emptied)
            state.isNotified = false
        }
    }
}

/// An event as one session of whoever brought it about sees it, once a sequence number is stored (0 for at once).
struct OwnEvent {
    let frame: [UInt8]
    let session: SessionID
    let loop: Int
    let onceStored: UInt64
}

/// A connection with a name, on its way from the lobby to a loop.
struct Arrival {
    let id: SessionID
    let name: MemberName
    let level: Entry.Level
    let peer: ServerEvent.Source
    let facts: PeerFacts
    let connection: any Connection
    let decoder: FrameDecoder
    let addressSlot: AddressSlot?

    init(_ newcomer: Newcomer, as id: SessionID, called name: MemberName) {
        self.id = id
        self.name = name
        level = newcomer.level
        peer = newcomer.peer
        facts = newcomer.facts
        connection = newcomer.connection
        decoder = newcomer.decoder
        addressSlot = newcomer.addressSlot
    }
}
