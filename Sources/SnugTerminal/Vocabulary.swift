// SPDX-License-Identifier: Apache-2.0

/// What Tab completes: who is at the keyboard types its beginning.
public struct Vocabulary: Equatable, Sendable {
    /// As they are typed, such as `/join`.
    public var commands: [String]

    /// The people of the current room; those who spoke last come first.
    public var names: [String]

    /// Without the sign that may stand in front of them.
    public var rooms: [String]

    /// What there is to complete.
    public init(commands: [String] = [], names: [String] = [], rooms: [String] = []) {
        self.commands = commands
        self.names = names
        self.rooms = rooms
    }
}
