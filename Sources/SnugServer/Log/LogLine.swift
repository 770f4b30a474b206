// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// One event as a line that is safe to print.
public struct LogLine: Equatable, Sendable {
    /// A longer line is cut.
    public static let maximumBytes = 1_024

    /// How loud it is.
    public let level: EventLevel

    /// One line without control characters, at most ``maximumBytes`` long.
    public let text: String

    /// What programs look for in it.
    public let fields: LogFields

    /// The event is one that scripts wait for: the server accepts connections.
    public let announcesAddress: Bool
}

extension LogLine {
    /// The log's own line on lines that are missing: so many `lines` were `lost`.
    init(_ level: EventLevel, _ count: Int, of kind: String? = nil, _ lost: String) {
        let lines = "\(kind == nil ? "" : "more ")log line\(count == 1 ? "" : "s")"
        let kind = kind.map { " of the kind \"\($0)\"" } ?? ""
        self.level = level
        text = "\(count) \(lines)\(kind) \(count == 1 ? "was" : "were") \(lost)"
        fields = LogFields()
        announcesAddress = false
    }

    /// Makes the text safe: it may hold names and error texts that a peer chose.
    init(_ event: ServerEvent) {
        let clean = SafeText.clean(event.description)
        text = clean.utf8.count <= Self.maximumBytes ? clean : Self.beginning(of: clean) + "…"
        level = event.level
        fields = LogFields(event)
        announcesAddress = event.announcesAddress
    }

    /// As much as leaves room for the three bytes of an ellipsis, with no scalar cut in two.
    private static func beginning(of text: String) -> Substring {
        text[..<text.utf8.index(text.startIndex, offsetBy: maximumBytes - 3)]
    }
}
