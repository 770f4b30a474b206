// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What a member of level 1 has beside what every member has: several rooms to read, each at its own place.
///
/// What is for the session alone lies in the member's own outbox, over a backlog in which nothing happens. All of it goes
/// out in one batch. Where a frame went out in part, the rest of its room goes first the next time.
final class LevelOneSession {
    /// Whether its loop is about to send it what its rooms hold.
    var isBeingServed = false
    private(set) var readings: [Reading] = []
    /// Which reading was sent last, and may have stopped in the middle of a frame.
    ///
    /// -1 is the member's own outbox.
    private var current = -1

    /// What is still to be told of what happened before, in this order; a page of the first may be on its way.
    private(set) var tellings: [Telling] = []
    var isReading = false

    /// The last message of the connection, once it is known.
    private(set) var farewell: ServerMessage?
    var hasSaidGoodbye = false
    /// What is remembered of the room names that it wrote.
    var roomNames = RoomNames()
    /// What the client calls its `quit`.
    var quitRef: String?
    /// The last `ping` that was not answered by anything yet.
    var pingSentAt: MonotonicTime?

    /// A room that the session reads.
    struct Reading {
        let audience: Audience
        var outbox: Outbox
        /// Where it ends, once the session reads the room no more.
        var end: Int?

        var lastPosition: Int { end ?? audience.end }
        var isEmpty: Bool { outbox.isEmpty(end: lastPosition) }
    }

    /// More wait than a client needs that reads one answer before it asks for the next.
    static let maximumTellings = 48

    /// Says what the last message of the connection is, if that is not said yet.
    func sayGoodbye(_ departure: ServerEvent.Departure) {
        let reason: ByeReason
        var after: UInt64?
        switch departure {
        case .quit, .ended: reason = .quit
        case .dismissed(.banned): reason = .banned
        // It was out of touch for longer than its stay was kept, which is not its fault.
        case .dismissed(.cut): (reason, after) = (.refused, 1)
        case .dismissed(.kicked): reason = .kicked
        case .dismissed(.replaced): reason = .replaced
        case .limitReached:
            reason = .idle
            after = 1
        case .connectionFailed, .dismissed, .violatedProtocol: reason = .refused
        }
        farewell = farewell ?? ServerMessage(.bye(Code(reason), after: after), ref: quitRef)
    }

    // MARK: Rooms

    func open(_ audience: Audience) {
        readings.append(Reading(audience: audience, outbox: Outbox(position: audience.end)))
    }

    /// Nothing is read that happens from now on.
    func close(_ room: RoomID) {
        guard let index = index(of: room) else { return }
        endReading(at: index)
        // A page of the first may be on its way.
        let kept = isReading ? tellings.prefix(1) : []
        tellings = kept + tellings.dropFirst(kept.count).filter { $0.room != room || !$0.opens }
    }

    func closeAll() {
        for index in readings.indices { endReading(at: index) }
        tellings = []
    }

    /// Whoever did not get what was missed must not get what came after it: it would ask from there the next time.
    private func endReading(at index: Int) {
        guard readings[index].end == nil else { return }
        readings[index].end = readings[index].outbox.dropHeld() ?? readings[index].audience.end
    }

    /// Takes out the readings that have ended and of which everything is sent, and returns their audiences.
    func takeEnded() -> [Audience] {
        var ended: [Audience] = []
        for index in readings.indices.reversed() where readings[index].end != nil && readings[index].isEmpty {
            ended.append(readings.remove(at: index).audience)
            if current == index { current = -1 } else if current > index { current -= 1 }
        }
        return ended.filter { audience in !readings.contains { $0.audience === audience } }
    }

    /// The latest reading of a room; it may have ended.
    private func index(of room: RoomID) -> Int? { readings.lastIndex { $0.audience.room == room } }

    /// How many read the largest of its rooms.
    var readersInAll: Int { readings.reduce(1) { max($0, $1.audience.readersInAll) } }

    // MARK: What is for it alone

    /// Puts a notice at this place of a room's order; false if the room is not read.
    func insert(_ notice: [UInt8], in room: RoomID, onceStored sequence: UInt64) -> Bool {
        guard let index = index(of: room) else { return false }
        let end = readings[index].lastPosition
        readings[index].outbox.replace(end..<end, with: notice, onceStored: sequence)
        return true
    }

    /// Puts a notice in the place of what was just appended to a room's backlog.
    func replace(last bytes: Int, of room: RoomID, with notice: [UInt8], onceStored sequence: UInt64) {
        guard let index = index(of: room), readings[index].end == nil else { return }
        let end = readings[index].audience.end
        readings[index].outbox.replace(max(0, end - bytes)..<end, with: notice, onceStored: sequence)
    }

    func noteStored(through sequence: UInt64) {
        for index in readings.indices { readings[index].outbox.noteStored(through: sequence) }
    }

    // MARK: What happened before

    /// Takes something to tell, behind all others; false if there is too much of it.
    func add(_ telling: Telling) -> Bool {
        guard tellings.count < Self.maximumTellings else { return false }
        if telling.opens, let index = index(of: telling.room) { readings[index].outbox.hold() }
        tellings.append(telling)
        return true
    }

    /// Whether there is anything to tell of what happened before.
    var isTold: Bool { !tellings.isEmpty }

    /// The next thing to read history for, if nothing is being read and what was read before is sent.
    func nextTelling(waitingBytes: Int) -> Telling? {
        guard !isReading, let telling = tellings.first else { return nil }
        if telling.opens, let index = index(of: telling.room) {
            guard !readings[index].outbox.canSend(end: readings[index].lastPosition),
                sendableBytes <= Telling.bytesAtOnce
            else { return nil }
        } else if waitingBytes > Telling.bytesAtOnce {
            return nil
        }
        return telling
    }

    /// Takes a part of what is told, and returns what goes to nobody's room.
    func take(_ frames: [UInt8], of telling: Telling) -> [UInt8] {
        isReading = false
        guard !tellings.isEmpty else { return [] }
        tellings[0] = telling
        if telling.isFinished { tellings.removeFirst() }
        guard let index = index(of: telling.room) else { return telling.opens ? [] : frames }
        if telling.opens {
            readings[index].outbox.insertAheadOfHold(frames)
            if telling.isFinished { readings[index].outbox.endHold() }
            return []
        }
        return insert(frames, in: telling.room, onceStored: 0) ? [] : frames
    }

    // MARK: Sending

    var waitingBytes: Int {
        // By index, as everything here that is done for each delivery: what is handed to a closure is copied.
        var bytes = 0
        for index in readings.indices {
            bytes += readings[index].outbox.waitingBytes(end: readings[index].lastPosition)
        }
        return bytes
    }

    /// How many bytes of those are not held back.
    private var sendableBytes: Int {
        readings.reduce(0) { sum, reading in
            let end = reading.lastPosition
            return reading.outbox.canSend(end: end) ? sum + reading.outbox.waitingBytes(end: end) : sum
        }
    }

    /// Whether nothing waits in any room.
    var isEmpty: Bool { readings.allSatisfy(\.isEmpty) }

    /// The position of an audience's backlog that is still needed.
    func neededPosition(in audience: Audience) -> Int {
        var position = Int.max
        for index in readings.indices where readings[index].audience === audience {
            position = min(position, readings[index].outbox.position)
        }
        return position
    }

    /// Offers what waits to `send`, in pieces of at most `limit` bytes, until it takes none.
    ///
    /// - Parameter own: what is for the session alone, up to `ownEnd` of a backlog in which nothing happens.
    func empty<Failure: Error>(
        _ own: inout Outbox,
        from nowhere: borrowing SharedBacklog,
        ownEnd: Int,
        limit: Int,
        using batch: inout [UInt8],
        _ send: (RawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        while true {
            if !own.canSend(end: ownEnd), let only = onlyReading {
                current = only
                let audience = readings[only].audience
                let end = readings[only].lastPosition
                return try readings[only].outbox.empty(
                    from: audience.backlog,
                    end: end,
                    limit: limit,
                    using: &batch,
                    send
                )
            }
            batch.removeAll(keepingCapacity: true)
            for number in 0...readings.count where batch.count < limit {
                let index = source(number, from: current)
                if index < 0 {
                    own.gather(from: nowhere, end: ownEnd, limit: limit, into: &batch)
                } else {
                    let reading = readings[index]
                    reading.outbox.gather(
                        from: reading.audience.backlog,
                        end: reading.lastPosition,
                        limit: limit,
                        into: &batch
                    )
                }
            }
            guard !batch.isEmpty else { return }
            var taken = try send(batch.span.bytes)
            guard taken > 0 else { return }
            let first = current
            for number in 0...readings.count where taken > 0 {
                let index = source(number, from: first)
                current = index
                if index < 0 {
                    taken = own.advance(by: taken, end: ownEnd)
                } else {
                    let end = readings[index].lastPosition
                    taken = readings[index].outbox.advance(by: taken, end: end)
                }
            }
        }
    }

    /// What is sent as the `number`th: `first`, and then the others in their order.
    private func source(_ number: Int, from first: Int) -> Int {
        if number == 0 { return first }
        return number - 2 < first ? number - 2 : number - 1
    }

    /// The one reading of which something can be sent, if no other's frame is sent in part; then it needs no copy.
    private var onlyReading: Int? {
        var only: Int?
        for index in readings.indices where readings[index].outbox.canSend(end: readings[index].lastPosition)
        {
            guard only == nil else { return nil }
            only = index
        }
        return only
    }
}
