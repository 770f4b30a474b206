// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Those of one loop who are in the same room and speak the same level: whatever happens there lies once in one backlog,
/// and each of them reads it at its own speed.
final class Audience {
    let room: RoomID
    let level: Entry.Level
    private(set) var backlog: SharedBacklog
    private var readers: [Member] = []

    /// Everyone was offered everything up to this position of the backlog.
    private var offeredEnd = 0
    /// Whether somebody has said something that not everyone was offered yet.
    private(set) var hasLines = false

    /// How many read the room, those of other loops included.
    var readersInAll = 1

    private let bytesPerTurn: Int

    /// - Parameters:
    ///   - limitBytes: what may wait for one reader before it is dropped.
    ///   - bytesPerTurn: what a turn may bring about for everyone.
    init(of room: RoomID, at level: Entry.Level = .text, limitBytes: Int, bytesPerTurn: Int) {
        self.room = room
        self.level = level
        backlog = SharedBacklog(limitBytes: limitBytes)
        self.bytesPerTurn = bytesPerTurn
    }

    /// The position behind all that happened.
    var end: Int { backlog.end }

    /// Whether nobody reads here.
    var isEmpty: Bool { readers.isEmpty }

    /// Whether there is anything that not everyone was offered yet.
    var isBehind: Bool { offeredEnd != backlog.end }

    /// What waits for everyone counts as each reader's backlog, and must not make anyone look like a slow reader.
    var hasManyNotices: Bool { backlog.end - offeredEnd >= bytesPerTurn }

    // MARK: Readers

    func add(_ member: Member) {
        member.placeInAudience = readers.count
        readers.append(member)
    }

    func remove(_ member: Member) {
        // Whoever reads several rooms has a place in each, and does not know them.
        let known = level == .text ? member.placeInAudience : readers.firstIndex { $0 === member }
        guard let place = known, place < readers.count, readers[place] === member else { return }
        let last = readers.removeLast()
        guard last !== member else { return }
        readers[place] = last
        last.placeInAudience = place
    }

    // MARK: What happens

    /// Takes a frame that tells of someone who came, went or has another name; it may wait.
    func append(notice frame: ArraySlice<UInt8>) -> Range<Int> {
        let start = backlog.end
        backlog.append(frame)
        return start..<backlog.end
    }

    /// Takes a line for everyone, and returns where it lies.
    func append(line frame: ArraySlice<UInt8>) -> Range<Int> {
        hasLines = true
        return append(notice: frame)
    }

    // MARK: Delivery

    /// Offers every reader what it has not been sent yet, and forgets what all have.
    func deliverToAll(using batch: inout [UInt8]) {
        deliver(from: backlog, using: &batch)
        forgetDelivered()
    }

    /// Level 1: offers every reader what its rooms hold; only here is something new.
    func deliverToAll(from nowhere: Audience, using batch: inout [UInt8]) {
        deliver(from: nowhere.backlog, using: &batch)
    }

    /// Level 1: collects those who have to be offered what is new; they read other rooms as well, and each is sent what
    /// all of them hold at once.
    func collectReaders(into served: inout [Member]) {
        for member in readers where member.levelOne?.isBeingServed == false {
            member.levelOne?.isBeingServed = true
            served.append(member)
        }
    }

    /// Everyone was offered everything: forgets what all have.
    func forgetDelivered() {
        offeredEnd = backlog.end
        hasLines = false
        var slowest = backlog.end
        if level == .text {
            for member in readers { slowest = min(slowest, member.neededPosition) }
        } else {
            for member in readers { slowest = min(slowest, member.neededPosition(in: self)) }
        }
        backlog.discard(before: slowest)
    }

    private func deliver(from backlog: borrowing SharedBacklog, using batch: inout [UInt8]) {
        // Backwards, because a reader that fails is taken out by moving the last one into its place.
        for place in readers.indices.reversed() where place < readers.count {
            readers[place].deliver(from: backlog, using: &batch)
        }
    }

    /// Sends one reader what waits for it.
    func deliver(to member: Member, using batch: inout [UInt8]) {
        member.deliver(from: backlog, using: &batch)
    }
}
