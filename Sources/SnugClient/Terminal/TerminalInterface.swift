// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTransport

/// A line that is edited at the bottom while messages come in above it.
///
/// Owns the terminal's modes and the signals about it from its making to ``close()``.
final class TerminalInterface: ChatInterface {
    private let input: Int32
    private let output: Int32
    private let requests: TerminalSignals
    private var rawMode: RawMode?
    private var editor = LineEditor()
    private var screen: TerminalScreen

    /// Takes the terminal over and draws the prompt.
    ///
    /// - Parameter hasStyle: whether text may be bold or dim.
    init(input: Int32, output: Int32, hasStyle: Bool) throws(SystemError) {
        self.input = input
        self.output = output
        screen = TerminalScreen(hasStyle: hasStyle, columns: TerminalFacts.columns(of: output))
        requests = try TerminalSignals()
        try open()
    }

    private func open() throws(SystemError) {
        // The old modes go back first: what was found there would otherwise be our own.
        rawMode = nil
        rawMode = try RawMode(input: input, output: output, lastWords: TerminalSequence.giveBack)
        try draw(TerminalSequence.takeOver + screen.row(editor))
    }

    /// Gives the terminal back, without the prompt; nothing happens the second time.
    func close() { rawMode = nil }

    private func draw(_ text: String) throws(SystemError) {
        try Polling.write(Array(text.utf8), to: output)
    }

    // MARK: Keyboard

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        // A terminal has no end but its own; what was being typed was not sent on purpose.
        guard !bytes.isEmpty else { return end(with: .leave) }
        var actions: [UserAction] = []
        for action in editor.take(bytes) {
            switch action {
            case .clearScreen: try draw(screen.cleared(editor))
            case .endOfInput: return actions + end(with: .endOfInput)
            case .leave: return actions + end(with: .leave)
            case .line(let text):
                try showOwn(text)
                actions.append(.line(text))
            case .stop: TerminalSignals.stopJob()
            }
        }
        try draw(screen.row(editor))
        return actions
    }

    /// From here on the terminal is its user's again: another Ctrl-C is a signal, and ends the program.
    private func end(with action: UserAction) -> [UserAction] {
        close()
        return [action]
    }

    /// The server sends a line to everyone but its sender, who would miss it in the conversation.
    private func showOwn(_ text: String) throws(SystemError) {
        var shown = SafeText.clean(text)
        if case .line(let line) = Input.parse(text) { shown = line.text }
        try show(TerminalScreen.ownMark + shown)
    }

    // MARK: Signals

    var signals: Int32 { requests.descriptor }

    func takeSignal() throws(SystemError) {
        while let request = try requests.next() {
            switch request {
            case .resize:
                screen.columns = TerminalFacts.columns(of: output)
                if rawMode != nil { try draw(screen.row(editor)) }
            case .resume: if rawMode != nil { try open() }
            case .stop: try stop()
            }
        }
    }

    private func stop() throws(SystemError) {
        let wasOpen = rawMode != nil
        close()
        requests.stop()
        if wasOpen { try open() }
    }

    // MARK: Messages

    func show(_ line: String) throws(SystemError) {
        try draw(rawMode == nil ? screen.message(line) : screen.message(line, above: editor))
    }
}
