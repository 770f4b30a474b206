// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTransport

/// A line that is edited at the bottom while messages come in above it.
///
/// Owns the terminal's modes and the process's signals from its making to ``close()``.
final class TerminalInterface: ChatInterface {
    private let input: Int32
    private let output: Int32
    private let requests: TerminalSignals
    private var rawMode: RawMode?
    private var editor = LineEditor()
    private var screen: TerminalScreen
    private var name: OwnName

    /// Takes the terminal over and draws the prompt.
    ///
    /// - Parameters:
    ///   - name: the name that was asked for.
    ///   - hasStyle: whether text may be bold or dim.
    init(input: Int32, output: Int32, name: String, hasStyle: Bool) throws(SystemError) {
        self.input = input
        self.output = output
        self.name = OwnName(askedFor: SafeText.clean(name))
        screen = TerminalScreen(hasStyle: hasStyle, columns: TerminalFacts.columns(of: output))
        screen.name = self.name.text
        requests = try TerminalSignals()
        try open()
    }

    private func open() throws(SystemError) {
        // The old modes go back first: what was found there would otherwise be our own.
        rawMode = nil
        rawMode = try RawMode(descriptor: input)
        try draw(TerminalSequence.beginBracketedPaste + screen.row(editor))
    }

    /// Gives the terminal back, without the prompt; nothing happens the second time.
    func close() {
        guard rawMode != nil else { return }
        // The terminal may be what is gone.
        try? draw(TerminalSequence.eraseRow + TerminalSequence.endBracketedPaste)
        rawMode = nil
    }

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

    /// From here on the terminal is its user's again: another Ctrl-C is a signal.
    private func end(with action: UserAction) -> [UserAction] {
        close()
        return [action]
    }

    /// The server sends a line to everyone but its sender, who would miss it in the conversation.
    private func showOwn(_ text: String) throws(SystemError) {
        switch Input.parse(text) {
        case .line(let line): try show("\(name.text): \(line.text)")
        default: try show(SafeText.clean(text))
        }
    }

    // MARK: Signals

    var signals: Int32 { requests.descriptor }

    func takeSignal() throws(SystemError) -> [UserAction] {
        while let request = try requests.next() {
            switch request {
            case .leave: return end(with: .leave)
            case .resize:
                screen.columns = TerminalFacts.columns(of: output)
                if rawMode != nil { try draw(screen.row(editor)) }
            case .resume: if rawMode != nil { try open() }
            case .stop: try stop()
            }
        }
        return []
    }

    private func stop() throws(SystemError) {
        let wasOpen = rawMode != nil
        close()
        requests.stop()
        if wasOpen { try open() }
    }

    // MARK: Messages

    func show(_ line: String) throws(SystemError) {
        name.observe(line)
        screen.name = name.text
        try draw(rawMode == nil ? screen.message(line) : screen.message(line, above: editor))
    }
}
