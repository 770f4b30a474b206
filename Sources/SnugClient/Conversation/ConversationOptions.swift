// SPDX-License-Identifier: Apache-2.0

/// How a conversation is told to who takes part in it.
public struct ConversationOptions: Sendable {
    /// What to be called, until the server says otherwise.
    public var name: String
    /// The room to talk in first; `main` if nil.
    public var room: String?
    /// What stands in front of every line.
    public var time = TimeFormat.minutes
    /// What rings the terminal's bell.
    public var bell = BellMode.mention
    /// Whether comings and goings that follow each other are told together.
    public var foldsComings = true
    /// What rows look like.
    public var style = Style.marks
    /// Goes in front of what answers are known by: no other client of the same person has the same.
    public var mark: String

    /// The usual, for somebody of this name.
    public init(name: String, mark: String) {
        self.name = name
        self.mark = mark
    }

    /// What rows look like.
    public enum Style: String, CaseIterable, Sendable {
        /// With marks in front that nothing else has, to be seen.
        case marks
        /// Sentences, to be heard.
        case plainSentences
    }
}

/// What stands in front of every line.
public enum TimeFormat: String, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// `12:01`
    case minutes = "HH:MM"
    /// `12:01:59`
    case seconds = "HH:MM:SS"
}

/// What rings the terminal's bell.
public enum BellMode: String, CaseIterable, Sendable {
    /// Nothing.
    case off
    /// One's own name, and what is said to oneself alone.
    case mention
    /// Every line.
    case all
}
