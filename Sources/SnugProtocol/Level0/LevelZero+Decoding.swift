// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// What a server says to somebody who is in the room.
public enum LevelZeroMessage: Equatable, Sendable {
    /// Somebody came.
    case joined(MemberName)

    /// Somebody went.
    case left(MemberName)

    /// Words for one member alone, without the stars around them.
    case notice(String)

    /// Somebody has another name.
    case renamed(from: MemberName, to: MemberName)

    /// Somebody said a line.
    case said(MemberName, String)
}

extension LevelZero {
    /// Reads what ``text(for:)`` made; nil for what no server of this protocol says.
    ///
    /// A name is one only if it could be given here: no name holds the words of a notice, so each text is read in one way.
    public static func message(from text: String) -> LevelZeroMessage? {
        guard text.hasPrefix("* ") else { return line(from: text) }
        guard text.hasSuffix(" *"), text.utf8.count > 4 else { return nil }
        let words = String(text.dropFirst(2).dropLast(2))
        if let name = name(in: .joined, words) { return .joined(name) }
        if let name = name(in: .left, words) { return .left(name) }
        if let (old, new) = renaming(in: words) { return .renamed(from: old, to: new) }
        return .notice(words)
    }

    /// Whether ``message(from:)`` is words for one member alone.
    public static func isNotice(_ text: String) -> Bool {
        if case .notice = message(from: text) { true } else { false }
    }

    private static func line(from text: String) -> LevelZeroMessage? {
        guard let separator = text.firstRange(of: speakerEnd), let name = name(text[..<separator.lowerBound])
        else {
            return nil
        }
        return .said(name, String(text[separator.upperBound...]))
    }

    /// The name that such a notice begins with.
    private static func name(in wording: Wording, _ words: String) -> MemberName? {
        let end = wording.filled(with: [""])
        return words.hasSuffix(end) ? name(words.dropLast(end.count)) : nil
    }

    private static func renaming(in words: String) -> (MemberName, MemberName)? {
        guard let middle = words.firstRange(of: Wording.renamed.filled(with: ["", ""])),
            let old = name(words[..<middle.lowerBound]), let new = name(words[middle.upperBound...])
        else { return nil }
        return (old, new)
    }

    private static func name(_ text: Substring) -> MemberName? {
        guard let name = MemberName(cleaning: String(text)), name.text == text else { return nil }
        return name
    }
}
