// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTerminal

/// What a person or a script wants of the chat.
public enum UserAction: Equatable, Sendable {
    /// Nothing more will come: everything before it is sent, and the session ends when the server says goodbye.
    case endOfInput

    /// Nothing is to say, but what waits for its time should not wait any longer: Enter on an empty line.
    case hurry

    /// The user wants out: what can be sent at once is sent, and the server's goodbye is not waited for.
    case leave

    /// One line to send as it is.
    case line(String)

    /// The room with this number, from 1 to 9, is to be the current one.
    case room(number: Int)
}

/// Where lines are typed and messages are shown: a terminal, or two pipes.
///
/// It never waits: what its output does not take is kept, and the session waits for that as for everything else. Text
/// passed to `show` is safe for a terminal already.
public protocol ChatInterface: AnyObject {
    /// A descriptor to watch besides the input, readable when ``takeSignal()`` should be called; nil for none.
    var signals: Int32? { get }

    /// A descriptor that takes no more at the moment, to be watched until it does; nil if nothing waits for it.
    var output: Int32? { get }

    /// Whether nothing more should be shown until ``proceed()`` has changed that.
    var isFull: Bool { get }

    /// When to call ``proceed()`` if nothing happens before.
    var deadline: MonotonicTime { get }

    /// What the bytes that were typed mean; empty bytes are the end of the input.
    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction]

    /// Reacts to a signal that ``signals`` tells of.
    func takeSignal() throws(SystemError)

    /// Shows one message.
    func show(_ text: StyledText) throws(SystemError)

    /// Shows these rows, as much of each as fits into one, above what is being typed, until there are others.
    func setLive(_ rows: [StyledText]) throws(SystemError)

    /// Shows this in front of what is being typed.
    func setPrompt(_ prompt: String) throws(SystemError)

    /// Takes what Tab completes from now on.
    func setVocabulary(_ vocabulary: Vocabulary)

    /// Takes everything off the screen but what is being typed.
    func clear() throws(SystemError)

    /// Makes itself heard.
    func ring() throws(SystemError)

    /// Has the desktop tell of something, where the terminal can do that.
    func notify(_ text: String) throws(SystemError)

    /// Goes on with what had to wait for the output or for its time.
    func proceed() throws(SystemError)

    /// Gives the output what waits for it, as long as that is worth waiting for: nothing more will be shown.
    func finish() throws(SystemError)
}

/// An interface whose output takes everything at once, and which shows messages and nothing else.
extension ChatInterface {
    /// Shows one message of the level at which messages are text.
    public func show(_ line: String) throws(SystemError) {
        let isNotice = line.hasPrefix("* ") && line.hasSuffix(" *")
        try show(StyledText(line, isNotice ? .notice : .speech))
    }

    /// Shows nothing.
    public func setLive(_ rows: [StyledText]) throws(SystemError) {}

    /// Shows nothing.
    public func setPrompt(_ prompt: String) throws(SystemError) {}

    /// Completes nothing.
    public func setVocabulary(_ vocabulary: Vocabulary) {}

    /// Has no screen.
    public func clear() throws(SystemError) {}

    /// Is not heard.
    public func ring() throws(SystemError) {}

    /// Tells nobody.
    public func notify(_ text: String) throws(SystemError) {}

    /// Nothing waits.
    public var output: Int32? { nil }

    /// Nothing waits.
    public var isFull: Bool { false }

    /// Nothing waits.
    public var deadline: MonotonicTime { .never }

    /// Does nothing.
    public func proceed() throws(SystemError) {}

    /// Does nothing.
    public func finish() throws(SystemError) {}
}
