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
    private var byReading: [Reading: Audience] = [:]
    /// Where sessions of level 1 have what is for each of them alone: nothing happens there, and nobody is in it.
    let nowhere: Audience
    /// Sessions of level 1 that are being sent what their rooms hold, and the rooms where something is new.
    private var served: [Member] = []
    private var offered: [Audience] = []
    /// What all readers of one audience have in common.
    private struct Reading: Hashable {
        let room: RoomID
        let level: Entry.Level
    }

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
        nowhere = Audience(of: RoomID(rawValue: .max), at: .typed, limitBytes: 0, bytesPerTurn: bytesPerTurn)
    }

    /// How many rooms have readers here, those with readers of both levels twice.
    var count: Int { byReading.count }

    /// All that is kept for readers of any room, in bytes.
    var keptBytes: Int { byReading.values.reduce(0) { $0 + $1.backlog.keptBytes } }

    // MARK: Readers

    /// The audience of a room that somebody is about to read, and so many with it.
    func audience(of room: RoomID, at level: Entry.Level = .text, readersInAll: Int) -> Audience {
        let reading = Reading(room: room, level: level)
        let audience =
            byReading[reading]
            ?? Audience(of: room, at: level, limitBytes: limitBytes, bytesPerTurn: bytesPerTurn)
        byReading[reading] = audience
        audience.readersInAll = readersInAll
        return audience
    }

    /// Takes a reader out of its audience; one that nobody reads any more is forgotten.
    func remove(_ member: Member) {
        remove(member, from: member.audience)
        guard let levelOne = member.levelOne else { return }
        for reading in levelOne.readings { remove(member, from: reading.audience) }
    }

    /// Takes a reader out of one audience.
    func remove(_ member: Member, from audience: Audience) {
        audience.remove(member)
        // The room that everyone enters is kept for the next one to come.
        let reading = Reading(room: audience.room, level: audience.level)
        if audience.isEmpty, audience.room != .main, byReading[reading] === audience {
            byReading[reading] = nil
        }
    }

    // MARK: What happens

    /// Takes a frame that tells of someone who came, went or has another name; so many are in the room now.
    func append(notice frame: ArraySlice<UInt8>, to room: RoomID, readersInAll: Int) {
        let audience = byReading[Reading(room: room, level: .text)]
        _ = append(frame, to: audience, isLine: false)
        audience?.readersInAll = readersInAll
    }

    /// Takes a line for everyone in a room, and returns where it lies; nil if nobody is there to read it.
    func append(line frame: ArraySlice<UInt8>, to room: RoomID) -> Range<Int>? {
        append(frame, to: byReading[Reading(room: room, level: .text)], isLine: true)
    }

    /// Takes the frame of something that happened, for the sessions of level 1 in a room.
    func append(event frame: ArraySlice<UInt8>, to room: RoomID, readersInAll: Int, isLine: Bool) {
        let audience = byReading[Reading(room: room, level: .typed)]
        _ = append(frame, to: audience, isLine: isLine)
        audience?.readersInAll = readersInAll
    }

    private func append(
        _ frame: ArraySlice<UInt8>,
        to audience: Audience?,
        isLine: Bool
    ) -> Range<Int>? {
        guard let audience else { return nil }
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
                isAnyoneTold = true
                if audience.level == .text {
                    audience.deliverToAll(using: &batch)
                } else {
                    offered.append(audience)
                }
            } else {
                waiting.append(audience)
            }
        }
        behind = waiting
        guard isAnyoneTold else { return }
        if !offered.isEmpty { serve(using: &batch) }
        let end = clock()
        nextNotices = end + noticePause(after: start.duration(to: end))
    }

    private func serve(using batch: inout [UInt8]) {
        if offered.count == 1 {
            offered[0].deliverToAll(from: nowhere, using: &batch)
        } else {
            serveOnce(using: &batch)
        }
        for audience in offered { audience.forgetDelivered() }
        offered.removeAll(keepingCapacity: true)
    }

    /// Sends each session once what all of its rooms hold.
    private func serveOnce(using batch: inout [UInt8]) {
        for audience in offered { audience.collectReaders(into: &served) }
        for member in served {
            member.levelOne?.isBeingServed = false
            nowhere.deliver(to: member, using: &batch)
        }
        served.removeAll(keepingCapacity: true)
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
