// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

/// A line that is edited at the bottom while messages come in above it.
///
/// Owns the terminal's modes and the signals about it from its making to ``close()``.
final class TerminalInterface: ChatInterface {
    private let input: Int32
    private let terminal: Int32
    private let requests: TerminalSignals
    private var waiting: WaitingOutput
    private var rawMode: RawMode?
    private var editor = LineEditor()
    private var screen: TerminalScreen
    private var prompt = EditedRow.usualPrompt
    private var live: [StyledText] = []
    /// The area as the terminal has it; nil if there is none.
    private var area: LiveArea?
    /// Whether the area is to be drawn once the terminal takes it: keys and messages may come much faster.
    private var isAreaStale = false
    private var questions = TerminalQuestions()
    /// Where the cursor stood when the terminal was last asked.
    private var cursorColumn = 1
    /// Messages that came while it was not known where the row begins.
    private var held: [StyledText] = []
    /// The lines that were typed when the chat was over; nil as long as it is not.
    private var unsentLines: [String]?
    private let echoesOwnLines: Bool
    private let notifies: DesktopNotification?

    /// Takes the terminal over and draws the prompt.
    ///
    /// - Parameters:
    ///   - echoesOwnLines: whether a line is shown as soon as it is typed, because nobody else will show it.
    ///   - notifies: how the desktop is told of something; nil if it is not.
    init(
        input: Int32,
        output: Int32,
        palette: Palette,
        echoesOwnLines: Bool,
        notifies: DesktopNotification? = nil
    ) throws(SystemError) {
        self.echoesOwnLines = echoesOwnLines
        self.notifies = notifies
        self.input = input
        terminal = output
        waiting = WaitingOutput(to: output)
        screen = TerminalScreen(palette: palette, columns: TerminalFacts.columns(of: output))
        requests = try TerminalSignals()
        try open(asking: true)
    }

    private func open(asking: Bool) throws(SystemError) {
        // Where nobody has changed anything the modes stay: what is typed in between would be echoed.
        if !RawMode.isInForce {
            // The old modes go back first: what was found there would otherwise be our own.
            rawMode = nil
            rawMode = try RawMode(.keys, input: input, output: terminal, lastWords: TerminalSequence.giveBack)
        }
        (screen.columns, screen.rows) = TerminalFacts.size(of: terminal)
        if asking { questions.ask(.ambiguousWidth, at: .now) }
        try waiting.write(TerminalSequence.takeOver + (asking ? TerminalScreen.firstQuestions : ""))
        try drawArea()
    }

    /// Gives the terminal back, without the live area; nothing happens the second time.
    func close() {
        guard rawMode != nil else { return }
        if let area, !area.rows.isEmpty { try? waiting.write(screen.erasure(of: area)) }
        // A terminal that takes nothing, or is gone, is given back without its last rows.
        try? waiting.flush(until: .now + .milliseconds(200))
        takeLateAnswers()
        rawMode = nil
        area = nil
        // A message that came before the end is not shown behind one that comes after it.
        try? showHeld()
    }

    /// Waits for the terminal's answers, which would be typed into the shell if nobody read them.
    private func takeLateAnswers() {
        guard Keyboard.isOurs(input) else { return }
        var parser = KeyParser()
        while questions.isOpen(at: .now) {
            var entries = [Polling.Entry(input, for: .readable)]
            Polling.wait(for: &entries, until: questions.deadline)
            guard entries[0].readiness == .readable, let bytes = try? Polling.read(input, atMost: 4_096),
                !bytes.isEmpty
            else { return }
            for case .cursorReport in parser.take(bytes, at: .now) { _ = questions.takeAnswer() }
        }
    }

    // MARK: Keyboard

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        // A terminal has no end but its own; what was being typed was not sent on purpose.
        guard !bytes.isEmpty else { return end(with: .leave) }
        return try perform(editor.take(bytes, at: .now))
    }

    private func perform(_ wishes: [LineEditor.Action]) throws(SystemError) -> [UserAction] {
        var actions: [UserAction] = []
        for wish in wishes {
            switch wish {
            case .clearScreen: try eraseScreen()
            case .cursorReport(let column): try takeAnswer(column)
            case .emptyLine where unsentLines != nil: return [.leave]
            case .emptyLine: actions.append(.hurry)
            case .endOfInput: return actions + end(with: .endOfInput)
            case .leave: return actions + end(with: .leave)
            case .line(let text) where unsentLines != nil:
                unsentLines?.append(text)
                try show(AfterChat.keptLine(.marks))
            case .line(let text):
                if echoesOwnLines { try showOwn(text) }
                if Input.parse(text) == .quit { return actions + end(with: .line(text)) }
                actions.append(.line(text))
            case .room(let number): actions.append(.room(number: number))
            case .stop: try stop(.job)
            case .terminalReport(let kind, let version): screen.learnKind(kind, version: version)
            }
        }
        try drawArea()
        return actions
    }

    /// From here on the terminal is its user's again: another Ctrl-C is a signal, and ends the program.
    private func end(with action: UserAction) -> [UserAction] {
        if unsentLines == nil { close() }
        return [action]
    }

    /// The server sends a line to everyone but its sender, who would miss it in the conversation.
    private func showOwn(_ text: String) throws(SystemError) {
        var shown = SafeText.clean(text)
        if case .request(.say(let speech, to: _, ref: _)) = Input.parse(text), !speech.isAction {
            shown = speech.line.text
        }
        var line = StyledText(TerminalScreen.ownMark, .own)
        line.append(shown, .speech)
        try show(line)
    }

    // MARK: Signals

    var signals: Int32? { requests.descriptor }

    func takeSignal() throws(SystemError) {
        while let request = try requests.next() {
            switch request {
            case .resize: try resize()
            case .resume: if rawMode != nil { try open(asking: false) }
            case .stop: try stop(.process)
            }
        }
    }

    /// The terminal is given back first: the shell uses it as soon as one process of the job has stopped.
    private func stop(_ stopping: TerminalSignals.Stopping) throws(SystemError) {
        let wasOpen = rawMode != nil
        close()
        requests.stop(stopping)
        if wasOpen { try open(asking: false) }
    }

    private func resize() throws(SystemError) {
        (screen.columns, screen.rows) = TerminalFacts.size(of: terminal)
        if let area, questions.areAnswered, area.isWider(than: screen.columns) {
            // It may be more rows now. Nothing is drawn until the terminal has said where they begin.
            questions.ask(.cursor, at: .now)
            questions.ask(.width, at: .now)
            try waiting.write(TerminalSequence.askForCursorAndWidth)
        } else {
            try drawArea()
        }
    }

    private func takeAnswer(_ column: Int) throws(SystemError) {
        switch questions.takeAnswer() {
        case .ambiguousWidth: screen.learnWidth(fromCursorColumn: column)
        case .cursor: cursorColumn = column
        case .width where !isLayoutOpen:
            // What the system says of the width may be older than what the terminal has made of the row.
            screen.columns = min(screen.columns, max(1, column))
            let erasure = screen.erasure(of: area, cursorColumn: cursorColumn)
            area = nil
            try waiting.write(erasure)
            try showHeld()
        case .width, nil: break
        }
    }

    // MARK: Screen

    var output: Int32? { waiting.isEmpty ? nil : waiting.descriptor }

    var isFull: Bool { waiting.isFull || isLayoutOpen }

    var deadline: MonotonicTime { min(isLayoutOpen ? questions.deadline : .never, editor.deadline) }

    private var isLayoutOpen: Bool { questions.isLayoutOpen(at: .now) }

    func show(_ text: StyledText) throws(SystemError) {
        guard rawMode != nil else { return try waiting.write(screen.message(text)) }
        guard !isLayoutOpen else { return held.append(text) }
        let message = screen.message(text, insteadOf: area)
        area = nil
        // With the area behind it in one write, if the terminal keeps up.
        guard waiting.isEmpty else {
            isAreaStale = true
            return try waiting.write(message)
        }
        try drawArea(behind: message)
    }

    func setLive(_ rows: [StyledText]) throws(SystemError) {
        guard rows != live else { return }
        live = rows
        try drawArea()
    }

    func setPrompt(_ prompt: String) throws(SystemError) {
        guard prompt != self.prompt else { return }
        self.prompt = prompt
        try drawArea()
    }

    func setVocabulary(_ vocabulary: Vocabulary) { editor.vocabulary = vocabulary }

    func clear() throws(SystemError) {
        guard rawMode != nil else { return }
        try eraseScreen()
        try drawArea()
    }

    private func eraseScreen() throws(SystemError) {
        area = nil
        try waiting.write(TerminalSequence.clearScreen)
    }

    func ring() throws(SystemError) {
        guard rawMode != nil else { return }
        try waiting.write(TerminalSequence.bell)
    }

    func notify(_ text: String) throws(SystemError) {
        guard rawMode != nil, let notifies else { return }
        try waiting.write(notifies.sequence(for: text))
    }

    private func drawArea(behind message: String = "") throws(SystemError) {
        isAreaStale = rawMode != nil
        guard isAreaStale, waiting.isEmpty, !isLayoutOpen else { return }
        let new = screen.area(editor, prompt: prompt, live: live)
        let drawn = screen.drawn(new, over: area)
        area = new
        isAreaStale = false
        try waiting.write(message + drawn)
    }

    private func showHeld() throws(SystemError) {
        let lines = held
        held = []
        for line in lines { try show(line) }
    }

    func proceed() throws(SystemError) {
        if !waiting.isEmpty { try waiting.flush() }
        // Escape by itself asks for nothing that anybody else would have to do.
        if editor.deadline <= .now { _ = try perform(editor.proceed(at: .now)) }
        guard !isLayoutOpen else { return }
        // A terminal that has stopped answering is drawn on as if it had not wrapped anything.
        if questions.giveUpLayout(at: .now) { isAreaStale = true }
        try showHeld()
        if isAreaStale { try drawArea() }
    }

    func finish() throws(SystemError) {
        // Who is gone or has stopped the terminal is not waited for: what is typed would wait as well.
        try waiting.flush(until: .now + .seconds(1))
    }

    // MARK: After the chat

    /// Says that the chat is over, and goes on taking what is typed until the user wants out: left alone, the shell
    /// would run the rest of the line.
    ///
    /// - Returns: what was typed and not sent, a line each.
    func outlastChat(_ reason: String) -> [String] {
        guard rawMode != nil else { return [] }
        unsentLines = []
        editor.isAfterChat = true
        do throws(SystemError) {
            // What was there for a while is over as well, such as the time of the next attempt.
            try setLive([])
            try show(AfterChat.notice(reason, .marks))
            while try !hasEnough() {}
        } catch {
            // The terminal is gone, and whoever was at it with it.
        }
        // Whoever goes on typing meant it for the chat.
        Keyboard.discardInput(of: input, untilQuietFor: .milliseconds(500))
        close()
        let draft = editor.draft
        return (unsentLines ?? []) + (draft.isEmpty ? [] : [draft])
    }

    private func hasEnough() throws(SystemError) -> Bool {
        var entries = [
            Polling.Entry(input, for: .readable), Polling.Entry(signals, for: .readable),
            Polling.Entry(output, for: .writable),
        ]
        Polling.wait(for: &entries, until: deadline)
        if !entries[1].readiness.isEmpty { try takeSignal() }
        try proceed()
        guard !entries[0].readiness.isEmpty else { return false }
        return try !take(try Polling.read(input, atMost: 4_096)).isEmpty
    }
}
