// SPDX-License-Identifier: Apache-2.0

/// The lines that were sent, in memory only: it is a private chat.
///
/// What is changed in a recalled line stays there until the line is sent, or a hundred others are.
struct LineHistory: Sendable {
    private struct Entry {
        let line: String
        /// What has become of it while it was recalled; nil if nothing has.
        var edited: String?
    }

    private var entries: [Entry] = []
    /// Which entry stands in the editor; their number, if it is the draft.
    private var position = 0
    /// What was being typed when the first step back was made.
    private var draft = ""

    private static let maximumLines = 100

    /// The lines as they were sent, the last one last.
    var lines: [String] { entries.map(\.line) }

    /// Goes back to the end, behind `line` if there is one.
    mutating func finish(_ line: String?) {
        if entries.indices.contains(position) { entries[position].edited = nil }
        if let line, line != entries.last?.line { entries.append(Entry(line: line)) }
        if entries.count > Self.maximumLines { entries.removeFirst() }
        position = entries.count
        draft = ""
    }

    /// The line before the current one, which is now `current`; nil if there is none.
    mutating func earlier(than current: String) -> String? {
        position > 0 ? move(to: position - 1, from: current) : nil
    }

    /// The line behind the current one, which is now `current`; nil if there is none.
    mutating func later(than current: String) -> String? {
        position < entries.count ? move(to: position + 1, from: current) : nil
    }

    /// The line with this index in ``lines``, from the current one, which is now `current`.
    mutating func recall(_ index: Int, from current: String) -> String? {
        entries.indices.contains(index) ? move(to: index, from: current) : nil
    }

    private mutating func move(to new: Int, from current: String) -> String {
        if entries.indices.contains(position) {
            entries[position].edited = current == entries[position].line ? nil : current
        } else {
            draft = current
        }
        position = new
        return entries.indices.contains(new) ? entries[new].edited ?? entries[new].line : draft
    }
}
