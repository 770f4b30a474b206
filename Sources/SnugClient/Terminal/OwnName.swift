// SPDX-License-Identifier: Apache-2.0

/// The name that the room knows us by, which only the room can tell: it may have changed the one that was asked for.
struct OwnName: Equatable, Sendable {
    /// Empty as long as the server has not chosen one.
    private(set) var text: String

    private var isConfirmed = false

    init(askedFor text: String) {
        self.text = text
    }

    /// Learns from a message of the server (LevelZero's words).
    mutating func observe(_ message: String) {
        if !isConfirmed, let joined = message.middle(between: "* ", and: " joined the chat *") {
            // The room's events have one order, and for us it begins with our own coming.
            text = joined
            isConfirmed = true
        } else if let new = message.middle(between: "* \(text) is now ", and: " *"),
            // "* a is now b is now c *" may be about someone else, whose name is "a is now b".
            !new.contains(" is now ")
        {
            text = new
        }
    }
}

extension String {
    fileprivate func middle(between start: String, and end: String) -> String? {
        guard hasPrefix(start), hasSuffix(end), count > start.count + end.count else { return nil }
        return String(dropFirst(start.count).dropLast(end.count))
    }
}
