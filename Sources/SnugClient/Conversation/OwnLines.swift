// SPDX-License-Identifier: Apache-2.0

/// A line of one's own.
public struct OwnLine: Equatable, Sendable {
    /// Whom it is for.
    public enum Target: Equatable, Sendable {
        /// One person alone, by name.
        case person(String)
        /// Everybody in a room.
        case room(String)
    }

    /// Whom it is for.
    public var target: Target
    /// What is said; within the limits of a line, and safe to show.
    public var text: String
    /// Whether it is what one does.
    public var isAction: Bool

    /// A line for somebody.
    public init(_ text: String, to target: Target, isAction: Bool = false) {
        self.text = text
        self.target = target
        self.isAction = isAction
    }
}

/// One's own lines that the server has not answered, in the order in which they were typed.
struct OwnLines: Sendable {
    private(set) var waiting: [(ref: String, line: OwnLine)] = []

    mutating func append(_ line: OwnLine, ref: String) { waiting.append((ref, line)) }

    /// Forgets the line that has been answered, and returns it.
    mutating func remove(_ ref: String?) -> OwnLine? {
        guard let ref, let index = waiting.firstIndex(where: { $0.ref == ref }) else { return nil }
        return waiting.remove(at: index).line
    }
}
