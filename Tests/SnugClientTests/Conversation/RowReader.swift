// SPDX-License-Identifier: Apache-2.0

@testable import SnugClient

/// Reads a row as a person does who knows the forms of rows, and nothing of what is behind this one.
///
/// Shares no code with what makes rows: what it reads is what people would believe.
struct RowReader {
    enum Meaning: Equatable {
        case did(String, String)
        case direct(String, String)
        case marker(String)
        case notice(String)
        case own(String)
        case ownDirect(String, String)
        case program(String)
        case said(String, String)
    }

    struct Reading: Equatable {
        var room: String?
        var meaning: Meaning
    }

    let style: ConversationOptions.Style

    /// Nil for what has no form that is known.
    func read(_ row: String) -> Reading? { style == .marks ? seen(row) : heard(row) }

    // MARK: Seen

    private func seen(_ row: String) -> Reading? {
        guard row.hasPrefix("#"), let (room, rest) = split(row, at: ": ") else {
            return meaning(of: row).map { Reading(room: nil, meaning: $0) }
        }
        return meaning(of: rest).map { Reading(room: room, meaning: $0) }
    }

    private func meaning(of row: String) -> Meaning? {
        if let text = inside(row, "*-- ", " --*") { return .marker(text) }
        if let text = inside(row, "*! ", "") { return .program(text) }
        if let rest = inside(row, "*>> (only to ", ""), let (name, text) = split(rest, at: "): ") {
            return .ownDirect(name, text)
        }
        if let text = inside(row, "*> ", "") { return .own(text) }
        if let words = inside(row, "* ", " *") {
            if let (head, text) = split(words, at: ": "), let name = inside(head, "", " (only to you)") {
                return .direct(name, text)
            }
            return .notice(words)
        }
        // No sign of the program's: a name that begins like a room's.
        let marks: [Unicode.Scalar?] = [" ", ">", "!", "-"]
        let isGuarded = row.hasPrefix("*") && !marks.contains(row.unicodeScalars.dropFirst().first)
        let spoken = isGuarded ? String(row.dropFirst()) : row
        guard let sign = spoken.unicodeScalars.first(where: { $0 == ":" || $0 == "*" }) else { return nil }
        if sign == ":", let (name, text) = split(spoken, at: ": ") { return .said(name, text) }
        if sign == "*", let (name, text) = split(spoken, at: " * ") { return .did(name, text) }
        return nil
    }

    // MARK: Heard

    private func heard(_ row: String) -> Reading? {
        if row.hasPrefix("#"), let (head, rest) = split(row, at: ": "), let room = inside(head, "", " room") {
            return sentence(rest).map { Reading(room: room, meaning: $0) }
        }
        return sentence(row).map { Reading(room: nil, meaning: $0) }
    }

    private func sentence(_ row: String) -> Meaning? {
        guard let (head, text) = split(row, at: ": ") else { return .notice(row) }
        if head == "snug" { return text == "new from here on" ? .marker(text) : .program(text) }
        if head == "from the server" { return .notice(text) }
        if head == "you said" { return .own(text) }
        if let name = inside(head, "to ", ", you said") { return .ownDirect(name, text) }
        if let name = inside(head, "", " says to you only") { return .direct(name, text) }
        if let name = inside(head, "", " says") { return .said(name, text) }
        if let name = inside(head, "", " does") { return .did(name, text) }
        return .notice(row)
    }

    // MARK: Text

    /// What stands before and behind the first `separator`.
    private func split(_ text: String, at separator: String) -> (String, String)? {
        let scalars = Array(text.unicodeScalars)
        let sought = Array(separator.unicodeScalars)
        guard scalars.count >= sought.count else { return nil }
        for start in 0...(scalars.count - sought.count)
        where scalars[start..<start + sought.count].elementsEqual(sought) {
            return (string(scalars[..<start]), string(scalars[(start + sought.count)...]))
        }
        return nil
    }

    private func inside(_ text: String, _ prefix: String, _ suffix: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        let (first, last) = (Array(prefix.unicodeScalars), Array(suffix.unicodeScalars))
        guard scalars.count >= first.count + last.count, scalars.starts(with: first),
            scalars.suffix(last.count).elementsEqual(last)
        else { return nil }
        return string(scalars[first.count..<scalars.count - last.count])
    }

    private func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
