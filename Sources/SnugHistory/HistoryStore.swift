// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// Where the lines of a chat are kept, and what of the chat outlasts a restart.
///
/// Used from any thread. Appending never waits for a disk; everything else may, and is not for a thread that serves
/// people.
public protocol HistoryStore: Sendable {
    /// Takes over a change; it is seen by whoever reads from now on.
    ///
    /// Changes count in the order of the calls. A line whose number is not greater than that of each line before it is
    /// left out: it has been appended already.
    func append(_ change: HistoryChange)

    /// Reads a page of a room's lines.
    ///
    /// - Parameter limit: at most so many lines, and never more than ``HistoryPage/maximumLines``.
    func lines(
        in room: RoomID,
        _ selection: LineSelection,
        limit: Int
    ) throws(HistoryError) -> HistoryPage

    /// The same at each start with the same file, and another for every other file; nil if nothing outlasts the process.
    var epoch: UInt64? { get }

    /// The greatest number that was appended; 0 if there is none.
    var lastSequence: UInt64 { get }

    /// The rooms that have lines, in rising order.
    func roomsWithLines() throws(HistoryError) -> [RoomID]

    /// What was there when the store was opened, for the start of a chat: rooms, bans, mutes, names of keys, and the
    /// last number of all. No lines.
    func durableState() throws(HistoryError) -> DurableState

    /// The lines since `time` that carry a ref and a token, in the order of their numbers: with them a chat knows
    /// after a restart which lines it need not say again. For the start of a chat, before anything is appended.
    ///
    /// - Parameters:
    ///   - time: in milliseconds since 1970.
    ///   - limit: only the last so many.
    func linesWithRef(since time: Int64, limit: Int) throws(HistoryError) -> [StoredLine]

    /// Stores what was appended, and ends; what is appended later is lost.
    ///
    /// Waits for the disk. It may be called twice.
    func close()
}

/// One thing that happened in a chat and is to be kept.
public enum HistoryChange: Equatable, Sendable {
    /// A line was said.
    case line(StoredLine)
    /// Something that outlasts a restart is different. The lines of a room that is no more stay until they are too old,
    /// or ``forget(_:)`` takes them.
    case record(DurableChange)
    /// A sequence number was given to something that is not kept: it must not be given again after a restart.
    case sequence(UInt64)
    /// What was said by somebody or in a room before this, is to be gone.
    case forget(Forgotten)
    /// Lines with these numbers may have been said, in any room, and do not come.
    case gap(ClosedRange<UInt64>)
}

/// What is to be gone, from a file as well.
public enum Forgotten: Equatable, Sendable {
    /// All lines that were said under this name or with this key, and that the name belongs to the key. Bans stay.
    case person(name: String, key: PersonKey?)
    /// All lines of every room of this name, and what is known of those rooms.
    case room(name: String)

    /// Whether the line is one of them.
    func covers(_ line: StoredLine) -> Bool {
        switch self {
        case .person(let name, let key):
            line.author.name.text.hasSameBytes(as: name) || (key != nil && line.author.key == key)
        case .room(let name): line.roomName.text.hasSameBytes(as: name)
        }
    }
}

/// Which lines of a room are wanted.
public enum LineSelection: Equatable, Sendable {
    /// The oldest of those whose numbers are greater than this.
    case after(UInt64)
    /// The newest of those whose numbers are smaller than this; `.max` for the newest of all.
    case before(UInt64)
}

/// Some lines of a room, one behind the other.
public struct HistoryPage: Equatable, Sendable {
    /// No page has more lines.
    public static let maximumLines = 200

    /// In the order of their numbers.
    public var lines: [StoredLine] = []

    /// Lines with these numbers were said, or may have been, and are not kept any more or never were.
    ///
    /// In order, only what lies between the number that was asked from and the last line of the page, or, where there
    /// is nothing more, beyond it. What ``HistoryChange/forget(_:)`` took is not told: nothing of it is left.
    public var missing: [ClosedRange<UInt64>] = []

    /// There is at least one line more in the same direction.
    public var hasMore = false
}

/// How much is kept of each room.
public struct Retention: Equatable, Sendable {
    /// So many lines; with 0 none.
    public let lines: Int

    /// For so many hours; with 0 nothing is kept.
    public let hours: Int

    /// The last 1,000 lines, for 24 hours.
    public static let standard = Retention(lines: 1_000, hours: 24)

    /// Negative numbers count as 0, and hours as a century at most.
    public init(lines: Int, hours: Int) {
        self.lines = max(0, lines)
        self.hours = min(max(0, hours), 876_600)
    }

    /// Whether no line is kept at all.
    public var keepsNothing: Bool { lines == 0 || hours == 0 }

    /// How long a line is kept, if it is not the number of lines that ends it; 0 if none is.
    public var milliseconds: Int64 { keepsNothing ? 0 : Int64(hours) * 3_600_000 }

    /// Lines of before this are too old; in milliseconds since 1970.
    func cutoff(at now: Int64) -> Int64 {
        now.subtractingReportingOverflow(Int64(hours) * 3_600_000).partialValue
    }
}
