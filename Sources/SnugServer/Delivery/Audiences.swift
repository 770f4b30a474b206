// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// One loop's audiences, and when each of them is told what is new.
///
/// A room that nobody on this loop is in has none, so what happens in a room costs only the loops that have readers of
/// it, and a loop's turn only looks at rooms where something happened.
final class Audiences {
    private let limitBytes: Int
    private let bytesPerTurn: Int
    private var byRoom: [RoomID: Audience] = [:]
    /// Those with something that not everyone was offered yet.
    private var behind: [Audience] = []
    /// When everyone may be told again, for notices' sake alone.
    private var nextNotices = MonotonicTime.start

    /// - Parameters:
    ///   - limitBytes: what may wait for one reader before it is dropped.
    ///   - bytesPerTurn: what a turn may bring about for everyone.
    init(limitBytes: Int, bytesPerTurn: Int) {
        self.limitBytes = limitBytes
        self.bytesPerTurn = bytesPerTurn
    }

    /// How many rooms have readers here.
    var count: Int { byRoom.count }

    /// All that is kept for readers of any room, in bytes.
    var keptBytes: Int { byRoom.values.reduce(0) { $0 + $1.backlog.keptBytes } }

    // MARK: Readers

    /// The audience of a room that somebody is about to read, and so many with it.
    func audience(of room: RoomID, readersInAll: Int) -> Audience {
        defer { byRoom[room]?.readersInAll = readersInAll }
        if let audience = byRoom[room] { return audience }
        let audience = Audience(of: room, limitBytes: limitBytes, bytesPerTurn: bytesPerTurn)
        byRoom[room] = audience
        return audience
    }

    /// Takes a reader out of its audience; one that nobody reads any more is forgotten.
    func remove(_ member: Member) {
        let audience = member.audience
        audience.remove(member)
        // The room that everyone enters is kept for the next one to come.
        if audience.isEmpty, audience.room != .main, byRoom[audience.room] === audience {
            byRoom[audience.room] = nil
        }
    }

    // MARK: What happens

    /// Takes a frame that tells of someone who came, went or has another name; so many are in the room now.
    func append(notice frame: ArraySlice<UInt8>, to room: RoomID, readersInAll: Int) {
        _ = append(frame, to: room, isLine: false)
        byRoom[room]?.readersInAll = readersInAll
    }

    /// Takes a line for everyone in a room, and returns where it lies; nil if nobody is there to read it.
    func append(line frame: ArraySlice<UInt8>, to room: RoomID) -> Range<Int>? {
        append(frame, to: room, isLine: true)
    }

    private func append(_ frame: ArraySlice<UInt8>, to room: RoomID, isLine: Bool) -> Range<Int>? {
        guard let audience = byRoom[room] else { return nil }
        if !audience.isBehind { behind.append(audience) }
        return isLine ? audience.append(line: frame) : audience.append(notice: frame)
    }

    // MARK: Delivery

    /// When somebody is to be told something, if nothing else happens before.
    var nextTelling: MonotonicTime? { behind.isEmpty ? nil : nextNotices }

    /// Tells every audience what is new, unless that is notices only and it is not time for them.
    func tell(now: MonotonicTime, evenNotices: Bool, clock: () -> MonotonicTime, using batch: inout [UInt8]) {
        guard !behind.isEmpty else { return }
        let tellsNotices = evenNotices || nextNotices <= now
        let start = clock()
        var isAnyoneTold = false
        var waiting: [Audience] = []
        for audience in behind {
            if tellsNotices || audience.hasLines || audience.hasManyNotices {
                audience.deliverToAll(using: &batch)
                isAnyoneTold = true
            } else {
                waiting.append(audience)
            }
        }
        behind = waiting
        guard isAnyoneTold else { return }
        let end = clock()
        nextNotices = end + noticePause(after: start.duration(to: end))
    }

    /// For so long after everyone was told something, who comes and who goes waits for a line to go out with.
    ///
    /// To tell everyone costs a send for each, and coming and going has no rate limit: in a storm of joins the members
    /// would wait behind it for their lines. Of a crowd so large that telling it takes long, the pause is longer, so
    /// that notices alone take no more than a fifth of a loop's time.
    private func noticePause(after duration: Duration) -> Duration {
        min(max(.milliseconds(20), duration * 4), .seconds(1))
    }
}
