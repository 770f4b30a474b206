// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
public import SnugTransport

/// What a person or a script wants of the chat.
public enum UserAction: Equatable, Sendable {
    /// Nothing more will come: everything before it is sent, then the session says goodbye.
    case endOfInput

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
    func takeSignal() throws(SystemError) -> [UserAction]

    /// Shows one message.
    func show(_ line: String) throws(SystemError)
}

/// Lines in, messages out: for scripts and pipes.
final class FilterInterface: ChatInterface {
    private var partialLine: [UInt8] = []

    let signals: Int32 = -1

    /// More than the server keeps of a line, so it is the server that shortens and says so, and little enough to fit
    /// a frame even if every byte has to be replaced by the three of U+FFFD.
    private static let maximumLineBytes = 2_600

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        guard !bytes.isEmpty else { return endLine() + [.endOfInput] }
        var actions: [UserAction] = []
        for (index, piece) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if index > 0 { actions += endLine() }
            partialLine += piece.prefix(Self.maximumLineBytes - partialLine.count)
        }
        return actions
    }

    private func endLine() -> [UserAction] {
        defer { partialLine = [] }
        // Repairing is right here: the bytes are the user's own, and the protocol takes nothing but UTF-8.
        return partialLine.isEmpty ? [] : [.line(String(decoding: partialLine, as: UTF8.self))]
    }

    func takeSignal() throws(SystemError) -> [UserAction] { [] }

    func show(_ line: String) throws(SystemError) {
        try Polling.write(Array((line + "\n").utf8), to: 1)
    }
}
