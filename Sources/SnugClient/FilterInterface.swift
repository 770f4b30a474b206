// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

/// Lines in, messages out: for scripts and pipes.
///
/// Signals keep their usual meaning: a filter that is interrupted ends on the spot. A message is one line, whatever it
/// holds, unless the output is a terminal: that would wrap it, and its rows could pass for messages.
final class FilterInterface: ChatInterface {
    private let descriptor: Int32
    private let isTerminal: Bool
    private let obeysSequences: Bool
    private let style: ConversationOptions.Style
    private var waiting: WaitingOutput
    private var partialLine: [UInt8] = []

    /// Shows messages on `output`, which stays open as long as this object lives.
    ///
    /// - Parameters:
    ///   - obeysSequences: whether that can be said of a terminal, if it is one.
    ///   - style: what this program's own rows look like.
    init(output: Int32, obeysSequences: Bool = false, style: ConversationOptions.Style = .marks) {
        self.obeysSequences = obeysSequences
        self.style = style
        descriptor = output
        isTerminal = TerminalFacts.isTerminal(output)
        waiting = WaitingOutput(to: output)
    }

    let signals: Int32? = nil
    let deadline = MonotonicTime.never

    var output: Int32? { waiting.isEmpty ? nil : waiting.descriptor }
    var isFull: Bool { waiting.isFull }

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        guard !bytes.isEmpty else { return endLine() + [.endOfInput] }
        var actions: [UserAction] = []
        for (index, piece) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if index > 0 { actions += endLine() }
            partialLine += piece.prefix(InputLimits.maximumLineBytes - partialLine.count)
        }
        return actions
    }

    private func endLine() -> [UserAction] {
        defer { partialLine = [] }
        // Repairing is right here: the bytes are the user's own, and the protocol takes nothing but UTF-8.
        return partialLine.isEmpty ? [] : [.line(String(decoding: partialLine, as: UTF8.self))]
    }

    func takeSignal() throws(SystemError) {}

    func show(_ text: StyledText) throws(SystemError) {
        guard isTerminal else { return try waiting.write(text.text + "\n") }
        let columns = TerminalFacts.columns(of: descriptor)
        if obeysSequences {
            try waiting.write(TerminalScreen(palette: Palette(.plain), columns: columns).message(text))
        } else {
            // It wraps what is too wide, and cannot be asked how wide it draws what is ambiguous.
            for row in MessageRows(columns: columns, ambiguous: .twoColumns).rows(of: text) {
                try waiting.write(row.text + "\n")
            }
        }
    }

    func ring() throws(SystemError) {
        if isTerminal { try waiting.write(TerminalSequence.bell) }
    }

    func proceed() throws(SystemError) { try waiting.flush() }

    func finish() throws(SystemError) { try waiting.flush(until: .never) }

    /// Says that the chat is over, and goes on taking lines until an empty one, if there is a keyboard.
    ///
    /// - Returns: what was typed and not sent, a line each.
    func outlastChat(_ reason: String, input: Int32) -> [String] {
        guard Keyboard.isOurs(input) else { return [] }
        var lines: [String] = []
        do throws(SystemError) {
            // The terminal has shown what was typed, and stands behind it.
            if isTerminal { try waiting.write("\n") }
            try tell(AfterChat.notice(reason, style))
            // The terminal hands over whole lines.
            while case .line(let text)? = try take(Polling.read(input, atMost: 4_096)).first {
                lines.append(text)
                try tell(AfterChat.keptLine(style))
            }
        } catch {
            // The terminal is gone, and whoever was at it with it.
        }
        // Whoever goes on typing meant it for the chat.
        Keyboard.discardInput(of: input, untilQuietFor: .milliseconds(500))
        if isTerminal {
            try? waiting.write("\n")
            try? finish()
        }
        return lines
    }

    private func tell(_ notice: StyledText) throws(SystemError) {
        if isTerminal { try show(notice) } else { Keyboard.tell(notice.text) }
        try waiting.flush(until: .now + .seconds(1))
    }
}
