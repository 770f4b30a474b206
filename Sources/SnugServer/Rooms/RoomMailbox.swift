// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What is on its way to one room loop.
///
/// The room posts to it under its lock, which is what gives all members one order; so posting never waits, and never calls
/// back into the room.
final class RoomMailbox: Sendable {
    /// One thing that happened, in the order of the room.
    enum Entry {
        case admission(HandedOver<Arrival>)
        case departure(bytes: Int, of: MemberID)
        case drain
        case finish
        case line(bytes: Int, by: MemberID)
        case notice([UInt8], to: MemberID)
        /// Someone came in or has another name.
        case presence(bytes: Int, of: MemberID)
    }

    /// Everything that came in since the last look; the frames lie one behind the other in `frames`.
    struct Contents {
        var entries: [Entry] = []
        var frames: [UInt8] = []

        mutating func removeAll() {
            entries.removeAll(keepingCapacity: true)
            frames.removeAll(keepingCapacity: frames.capacity <= 65_536)
        }
    }

    let waker: LoopWaker
    private let state = Lock(State())

    private struct State {
        var contents = Contents()
        /// Whether the loop was woken for what is in the mailbox and has not looked since.
        var isNotified = false
    }

    init() throws(SystemError) {
        waker = try LoopWaker()
    }

    /// Takes an event with its frame for those who speak level 0.
    func post(_ event: RoomEvent, frame: [UInt8]) {
        let entry: Entry =
            switch event.kind {
            case .joined, .renamed: .presence(bytes: frame.count, of: event.member)
            case .left: .departure(bytes: frame.count, of: event.member)
            case .said: .line(bytes: frame.count, by: event.member)
            }
        state.withLock { state in
            state.contents.frames += frame
            state.contents.entries.append(entry)
        }
    }

    func post(_ entry: Entry) {
        state.withLock { $0.contents.entries.append(entry) }
    }

    var isEmpty: Bool { state.withLock { $0.contents.entries.isEmpty } }

    /// Wakes the loop if there is something new for it; called after the room's lock is released.
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

/// A connection with a name, on its way from the lobby to a room loop.
struct Arrival {
    let id: MemberID
    let name: MemberName
    let peer: SocketAddress
    let facts: PeerFacts
    let connection: any Connection
    let decoder: FrameDecoder
    let addressSlot: AddressSlot?
}
