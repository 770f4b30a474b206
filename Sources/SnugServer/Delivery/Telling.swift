// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugProtocol
internal import SnugRooms

/// What one session of level 1 is told of a room that happened before: on entering it, and when it asks.
///
/// History is read page by page on a thread of its own, and what is read becomes frames there. A page is sent before the
/// next is read, so that little waits for the session however much it has missed.
struct Telling: Sendable {
    let room: RoomID
    let name: RoomName
    /// Whether what happens meanwhile waits behind it.
    let opens: Bool
    /// No line with a greater number: what came later is, or was, seen as it happened.
    private(set) var through: UInt64
    /// What comes next.
    private(set) var next: Next
    private(set) var isFinished = false

    /// Goes in front, once.
    private var head: [UInt8]
    /// The client's `seen` is of another epoch or of the future: all of the room may be missing.
    private var isUnknown: Bool
    private let reader: Reader
    let ref: String?
    private var count: UInt64 = 0
    private var first: UInt64?
    private var hasEarlier = false
    /// Where it is known, the last line of all that are to be told; behind it some may be missing.
    private var lastLine: UInt64?
    /// The last line of the session's own among what was taken last: with its ref it is a confirmation, and has to wait
    /// until it is stored.
    private(set) var confirms: UInt64 = 0

    enum Next: Equatable {
        /// All lines behind this number.
        case after(UInt64)
        /// Nothing but the end.
        case end
        /// So many lines, the last ones before this number.
        case last(Int, before: UInt64)
    }

    /// Whose own lines are told with their refs.
    struct Reader: Equatable {
        let person: PersonID
        let key: PersonKey?
        let token: TokenDigest?

        func said(_ line: StoredLine) -> Bool {
            line.author.id == person || (key != nil && line.author.key == key)
                || (token != nil && line.token == token)
        }
    }

    /// More of a page waits until this much is sent.
    static let bytesAtOnce = 32_768

    init(
        of room: RoomID,
        _ name: RoomName,
        _ next: Next,
        through: UInt64,
        opens: Bool,
        head: [UInt8] = [],
        isUnknown: Bool = false,
        to reader: Reader,
        ref: String? = nil
    ) {
        self.room = room
        self.name = name
        self.through = through
        self.opens = opens
        self.head = head
        self.isUnknown = isUnknown
        self.reader = reader
        self.ref = ref
        self.next = next
        if case .last(0, _) = next { self.next = .end }
        if case .after(let seen) = next, seen >= through { self.next = .end }
    }

    /// The frames of a telling for which history need not be read.
    mutating func takeNothing() -> [UInt8] {
        var frames = head
        head = []
        if isUnknown { gap(1, through, &frames) }
        finish(&frames)
        return frames
    }

    /// The frames of a page that was read for ``next``.
    mutating func take(_ page: Result<HistoryPage, HistoryError>) -> [UInt8] {
        var frames = head
        head = []
        switch page {
        case .success(let page): take(page, &frames)
        case .failure:
            // What cannot be read is as good as gone.
            switch next {
            case .after(let seen): gap(seen + 1, through, &frames)
            case .end, .last: if isUnknown { gap(1, through, &frames) }
            }
            finish(&frames)
        }
        return frames
    }

    private mutating func take(_ page: HistoryPage, _ frames: inout [UInt8]) {
        var lines = page.lines[...]
        if case .last(_, let before) = next {
            // The newest ones were read, and the oldest of them come first.
            hasEarlier = page.hasMore
            lastLine = lines.last?.sequence
            through = min(through, max(before, 1) - 1)
        }
        if isUnknown {
            isUnknown = false
            gap(1, (lines.first?.sequence ?? through + 1) - 1, &frames)
        }
        guard next != .end else { return finish(&frames) }

        var holes = page.missing[...]
        if case .last = next {
            // What is missing in front of the first of them was not asked for.
            holes = holes.drop { hole in lines.first.map { hole.lowerBound < $0.sequence } ?? true }
        }
        while let line = lines.first, line.sequence <= through, frames.count < Self.bytesAtOnce {
            while let hole = holes.first, hole.upperBound < line.sequence {
                gap(hole.lowerBound, hole.upperBound, &frames)
                holes.removeFirst()
            }
            lines.removeFirst()
            let ref = reader.said(line) ? line.ref?.text : nil
            if ref != nil { confirms = line.sequence }
            frames += LevelOne.frames(LevelOne.message(for: line, in: name, isReplay: true, ref: ref))
            count += 1
            first = first ?? line.sequence
            next = .after(line.sequence)
        }
        // A line that came later says that there is nothing more to tell, however much more of them there is.
        let hasMore = lines.first.map { $0.sequence <= through } ?? (page.hasMore && isBehind)
        guard !hasMore else { return }
        for hole in holes where hole.lowerBound <= through {
            gap(hole.lowerBound, min(hole.upperBound, through), &frames)
        }
        finish(&frames)
    }

    /// Whether more lines may be wanted behind the last one that was told.
    private var isBehind: Bool {
        if case .after(let told) = next { told < min(through, lastLine ?? through) } else { false }
    }

    private func gap(_ first: UInt64, _ last: UInt64, _ frames: inout [UInt8]) {
        guard first <= last, first > 0 else { return }
        frames += LevelOne.frames(
            ServerMessage(.gap(room: name.text, after: first - 1, before: min(last, through) + 1))
        )
    }

    private mutating func finish(_ frames: inout [UInt8]) {
        next = .end
        isFinished = true
        let end = ServerMessage.HistoryEnd(room: name.text, count: count, first: first, hasMore: hasEarlier)
        frames += LevelOne.frames(ServerMessage(.history(end), ref: ref))
    }
}
