// SPDX-License-Identifier: Apache-2.0

/// Text of which each part has a role: what that looks like is for the terminal's palette to say.
///
/// The text must be safe for a terminal already.
public struct StyledText: Equatable, Sendable {
    /// What a part of a message is.
    public enum Role: Hashable, Sendable {
        /// What someone else said.
        case speech
        /// Words of one's own name in what someone else said.
        case mention
        /// A person's name, in the colour that belongs to it.
        case name(String)
        /// What tells that somebody came, or the like.
        case notice
        /// In front of a line of one's own.
        case own
        /// What this program has to say, and what is only there for a while.
        case program
        /// In front of a line of another room than the current one.
        case room
        /// When something happened.
        case time
    }

    /// A part with one role.
    public struct Part: Equatable, Sendable {
        /// What is shown.
        public var text: String
        /// What it is.
        public var role: Role

        /// A part of a message.
        public init(_ text: String, _ role: Role) {
            self.text = text
            self.role = role
        }
    }

    /// The parts in the order in which they are read.
    public private(set) var parts: [Part]

    /// Text that is made of so many parts.
    public init(_ parts: [Part] = []) { self.parts = parts }

    /// Text with one role.
    public init(_ text: String, _ role: Role) { parts = [Part(text, role)] }

    /// The text without its roles.
    public var text: String { parts.map(\.text).joined() }

    /// Puts text behind the rest; what has the role of the part before it goes on with that.
    public mutating func append(_ text: String, _ role: Role) {
        guard let last = parts.indices.last, parts[last].role == role else {
            return parts.append(Part(text, role))
        }
        parts[last].text += text
    }
}

extension StyledText {
    /// The same without joiners at its end.
    var withoutLastJoiners: StyledText {
        var parts = parts
        while let last = parts.last {
            let text = last.text.withoutLastJoiners
            parts[parts.count - 1].text = text
            guard text.isEmpty else { break }
            parts.removeLast()
        }
        return StyledText(parts)
    }
}

extension String {
    /// The same without joiners at its end: there they join nothing, and tmux has them swallow what it gets next.
    var withoutLastJoiners: String {
        var scalars = unicodeScalars
        while scalars.last == "\u{200D}" { scalars.removeLast() }
        return String(scalars)
    }
}
