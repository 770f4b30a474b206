// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

/// What a person or a script wants of the chat.
public enum UserAction: Equatable, Sendable {
    /// Nothing more will come: everything before it is sent, and the session ends when the server says goodbye.
    case endOfInput

    /// The user wants out: what can be sent at once is sent, and the server's goodbye is not waited for.
    case leave

    /// One line to send as it is.
    case line(String)
}

/// Where lines are typed and messages are shown: a terminal, or two pipes.
///
/// Text passed to `show` is safe for a terminal already.
public protocol ChatInterface: AnyObject {
    /// A descriptor to watch besides the input, readable when ``takeSignal()`` should be called; -1 for none.
    var signals: Int32 { get }

    /// What the bytes that were typed mean; empty bytes are the end of the input.
    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction]

    /// Reacts to a signal that ``signals`` tells of.
    func takeSignal() throws(SystemError)

    /// Shows one message.
    func show(_ line: String) throws(SystemError)
}

/// What an interface keeps of what is typed.
enum InputLimits {
    /// More than the server keeps of a line, so it is the server that shortens and says so, and little enough to fit
    /// a frame even if every byte has to be replaced by the three of U+FFFD.
    static let maximumLineBytes = 2_600
}
