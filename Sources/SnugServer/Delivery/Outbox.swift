// SPDX-License-Identifier: Apache-2.0

/// One member's way through the shared backlog: where it is, and where its way differs from everyone's.
///
/// For nearly all members nearly always there is no difference, and the next bytes to send are a stretch of the
/// backlog itself.
struct Outbox {
    /// The member has been sent everything before this position of the backlog.
    private(set) var position: Int

    /// Differences in the order of their positions; those before `firstDetour` are behind the member.
    private var detours: [Detour] = []
    private var firstDetour = 0

    /// Bytes of the first detour's notice that are sent already.
    private var sentOfNotice = 0

    /// Bytes of all notices that are not sent yet.
    private var noticeBytes = 0

    /// Everything up to this sequence number is stored, and what waits for that goes on.
    private var storedThrough: UInt64 = 0

    /// At `position`, leave out so many bytes (the member's own line) and put in a notice for this member alone.
    private struct Detour {
        let position: Int
        let skippedBytes: Int
        let notice: [UInt8]
        /// Nothing from here on is sent until this sequence number is stored; 0 for at once.
        var heldUntilStored: UInt64 = 0
    }

    /// No sequence number: held until ``endHold()``.
    private static let unlimitedHold = UInt64.max

    init(position: Int) { self.position = position }

    /// The member's own line, just appended to the backlog, is not for itself.
    mutating func skip(_ range: Range<Int>) {
        if nextDetour == nil, position == range.lowerBound {
            position = range.upperBound
        } else {
            detours.append(Detour(position: range.lowerBound, skippedBytes: range.count, notice: []))
        }
    }

    /// Puts a notice in behind everything that is in the backlog now.
    mutating func insert(_ notice: [UInt8], at end: Int) {
        detours.append(Detour(position: end, skippedBytes: 0, notice: notice))
        noticeBytes += notice.count
    }

    // MARK: Holding back

    /// Sends nothing of what is appended from now on until ``endHold()``; only for an outbox in which nothing waits.
    mutating func hold() {
        detours.append(
            Detour(position: position, skippedBytes: 0, notice: [], heldUntilStored: Self.unlimitedHold)
        )
    }

    /// Whether nothing goes on before ``endHold()``.
    var isHeld: Bool { nextDetour?.heldUntilStored == Self.unlimitedHold }

    /// Puts a notice in ahead of what is held back.
    mutating func insertAheadOfHold(_ notice: [UInt8]) {
        guard isHeld, !notice.isEmpty else { return }
        detours.insert(Detour(position: position, skippedBytes: 0, notice: notice), at: firstDetour)
        noticeBytes += notice.count
    }

    /// Lets go on what was held back since ``hold()``.
    mutating func endHold() {
        if let held = firstHold { detours.remove(at: held) }
        skipPassedDetours()
    }

    /// Takes away what was held back since ``hold()``, and returns where that began; nil if nothing was.
    mutating func dropHeld() -> Int? {
        guard let held = firstHold else { return nil }
        let position = detours[held].position
        noticeBytes -= detours[held...].reduce(0) { $0 + $1.notice.count }
        detours.removeSubrange(held...)
        skipPassedDetours()
        return position
    }

    private var firstHold: Int? {
        detours[firstDetour...].firstIndex { $0.heldUntilStored == Self.unlimitedHold }
    }

    /// Puts a notice in the place of what was just appended to the backlog.
    ///
    /// - Parameter sequence: sends it, and what comes behind it, once this number is stored; 0 for at once.
    mutating func replace(_ range: Range<Int>, with notice: [UInt8], onceStored sequence: UInt64) {
        // What was sent stays as it was: whoever misses its confirmation for it says the line again, and is confirmed then.
        guard range.lowerBound >= position else { return }
        detours.append(
            Detour(
                position: range.lowerBound,
                skippedBytes: range.count,
                notice: notice,
                heldUntilStored: sequence
            )
        )
        noticeBytes += notice.count
    }

    /// Everything up to `sequence` is stored.
    mutating func noteStored(through sequence: UInt64) { storedThrough = max(storedThrough, sequence) }

    private func holds(_ detour: Detour) -> Bool { detour.heldUntilStored > storedThrough }

    /// Whether the next byte may be sent.
    func canSend(end: Int) -> Bool {
        guard let detour = nextDetour, detour.position == position else { return position < end }
        return !holds(detour)
    }

    // MARK: Sending

    /// How many bytes wait for the member.
    func waitingBytes(end: Int) -> Int {
        // The member's own lines ahead count as well: the sum is an upper bound, and needs no walk.
        end - position + noticeBytes
    }

    func isEmpty(end: Int) -> Bool { position == end && nextDetour == nil }

    /// Offers what waits to `send` in pieces of at most `limit` bytes, until it takes none.
    ///
    /// - Parameters:
    ///   - batch: memory for pieces that are not a stretch of the backlog.
    ///   - send: returns how many bytes it took; fewer than were offered does not mean that it would not take more.
    mutating func empty<Failure: Error>(
        from backlog: borrowing SharedBacklog,
        end: Int,
        limit: Int,
        using batch: inout [UInt8],
        _ send: (RawSpan) throws(Failure) -> Int
    ) throws(Failure) {
        skipPassedDetours()
        while !isEmpty(end: end) {
            guard nextDetour == nil else {
                batch.removeAll(keepingCapacity: true)
                gather(from: backlog, end: end, limit: limit, into: &batch)
                guard !batch.isEmpty else { return }
                let taken = try send(batch.span.bytes)
                guard taken > 0 else { return }
                _ = advance(by: taken, end: end)
                continue
            }
            // Nearly always: the next bytes are the same as everyone's.
            let stretch = position..<min(end, position + limit)
            let taken = try backlog.withBytes(stretch, send)
            guard taken > 0 else { return }
            position += taken
        }
    }

    /// Goes on at a position of another backlog, behind what still waits here; with no `end` nothing waits any more.
    mutating func move(from backlog: borrowing SharedBacklog, end: Int?, to position: Int) {
        var rest: [UInt8] = []
        if let end { gather(from: backlog, end: end, limit: waitingBytes(end: end), into: &rest) }
        self = Outbox(position: position)
        if !rest.isEmpty { insert(rest, at: position) }
    }

    /// Collects the next bytes to send, at most `limit`, without moving on.
    func gather(
        from backlog: borrowing SharedBacklog,
        end: Int,
        limit: Int,
        into batch: inout [UInt8]
    ) {
        var walk = self
        while batch.count < limit {
            switch walk.nextPiece(end: end, limit: limit - batch.count) {
            case .shared(let range): backlog.withBytes(range) { bytes in batch.append(contentsOf: bytes) }
            case .notice(let bytes): batch += bytes
            case nil: return
            }
        }
    }

    /// Moves on by so many bytes of what ``gather(from:end:limit:into:)`` collected, and returns how many were another's.
    mutating func advance(by sent: Int, end: Int) -> Int {
        var remaining = sent
        while remaining > 0, let piece = nextPiece(end: end, limit: remaining) {
            remaining -= piece.count
        }
        skipPassedDetours()
        forgetPassedDetours()
        return remaining
    }

    /// A member that is always a little behind must not keep every notice that it ever got.
    private mutating func forgetPassedDetours() {
        guard firstDetour > 32, firstDetour > detours.count / 2 else { return }
        detours.removeFirst(firstDetour)
        firstDetour = 0
    }

    /// How many differences are kept, those behind the member included.
    var heldDetours: Int { detours.count }

    private enum Piece {
        case notice(ArraySlice<UInt8>)
        case shared(Range<Int>)

        var count: Int {
            switch self {
            case .notice(let bytes): bytes.count
            case .shared(let range): range.count
            }
        }
    }

    /// The next piece of at most `limit` bytes, and one step on.
    private mutating func nextPiece(end: Int, limit: Int) -> Piece? {
        skipPassedDetours()
        let detour = nextDetour
        if let detour, detour.position == position {
            guard !holds(detour) else { return nil }
            let piece = detour.notice[sentOfNotice...].prefix(limit)
            sentOfNotice += piece.count
            noticeBytes -= piece.count
            return .notice(piece)
        }
        let range = position..<min(detour?.position ?? end, position + limit)
        guard !range.isEmpty else { return nil }
        position = range.upperBound
        return .shared(range)
    }

    private mutating func skipPassedDetours() {
        while let detour = nextDetour, detour.position == position, sentOfNotice == detour.notice.count,
            !holds(detour)
        {
            position += detour.skippedBytes
            sentOfNotice = 0
            firstDetour += 1
        }
        guard firstDetour == detours.count, firstDetour > 0 else { return }
        detours = []
        firstDetour = 0
    }

    private var nextDetour: Detour? { firstDetour < detours.count ? detours[firstDetour] : nil }
}

extension [UInt8] {
    fileprivate mutating func append(contentsOf bytes: RawSpan) {
        bytes.withUnsafeBytes { append(contentsOf: $0) }
    }
}
