// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
package import SnugSystem

/// One line that is being typed: keys in, what to do out.
///
/// A value without a terminal. The text in it is safe to draw at any time, whatever was typed or pasted.
package struct LineEditor: Sendable {
    /// What the user wants that the line itself cannot do.
    package enum Action: Equatable, Sendable {
        case clearScreen
        /// The terminal's answer to a question of ours; see ``Key/cursorReport(column:)``.
        case cursorReport(column: Int)
        /// Enter on a line with nothing to send.
        case emptyLine
        case endOfInput
        case leave
        /// Never blank, never longer than ``InputLimits/maximumLineBytes``.
        case line(String)
        /// The room with this number, counted from 1.
        case room(Int)
        case stop
        /// What the terminal says of itself; see ``Key/terminalReport(kind:version:)``.
        case terminalReport(kind: Int, version: Int)
    }

    /// What Enter, Ctrl-C and text mean at the moment.
    enum Mode: Sendable {
        case editing
        /// Several lines were pasted into the line, and are not sent before somebody says so.
        case pasted(Paste)
        /// A paste is coming in.
        case pasting(Paste)
        case searching(HistorySearch)
    }

    /// What was said once about what the next key would do.
    enum Warning: Sendable {
        /// Ctrl-C again leaves.
        case leaving
        /// Enter again sends a line that is too long.
        case excess
    }

    var mode = Mode.editing
    var warning: Warning?
    var line = EditedLine()
    var history = LineHistory()
    private var parser = KeyParser()
    private var kills = KillRing()
    private var undoLog = UndoLog()
    private var completion: Completion?
    /// Where the text stands that the last key has yanked.
    private var yanked: Range<Int>?

    /// Whether what was asked about a paste was asked before the keys that are taken now were pressed.
    private var isQuestionSeen = false

    /// What Tab completes.
    package var vocabulary = Vocabulary()

    /// Whether nothing is sent any more: then nothing is asked about sending or leaving either.
    package var isAfterChat = false

    /// An empty line, and nothing to go back to.
    package init() {}

    /// When something happens although nothing is typed; see ``proceed(at:)``.
    package var deadline: MonotonicTime { parser.deadline }

    /// Takes what was typed and came at `time`.
    package mutating func take(_ bytes: [UInt8], at time: MonotonicTime) -> [Action] {
        if case .pasted = mode { isQuestionSeen = true } else { isQuestionSeen = false }
        return parser.take(bytes, at: time).flatMap { perform($0) }
    }

    /// Does what it is time for: nothing followed Escape.
    package mutating func proceed(at time: MonotonicTime) -> [Action] {
        parser.proceed(at: time).flatMap { perform($0) }
    }

    private mutating func perform(_ key: Key) -> [Action] {
        switch key {
        case .chooseRoom(let number): return [.room(number)]
        case .clearScreen: return [.clearScreen]
        case .controlZ: return [.stop]
        case .cursorReport(let column): return [.cursorReport(column: column)]
        case .terminalReport(let kind, let version): return [.terminalReport(kind: kind, version: version)]
        default: break
        }
        let warned = warning
        warning = nil
        switch mode {
        case .editing: return edit(key, warned)
        case .pasted(let paste): return answer(key, about: paste)
        case .pasting(let paste): return receive(key, paste)
        case .searching(let search): return look(key, search)
        }
    }

    // MARK: Editing

    private mutating func edit(_ key: Key, _ warned: Warning?) -> [Action] {
        if key != .complete { completion = nil }
        if key != .yank, key != .yankEarlier { yanked = nil }
        if !key.kills { kills.close() }
        switch key {
        case .controlC: return interrupt(warned)
        case .controlD where line.text.isEmpty: return [.endOfInput]
        case .enter: return finishLine(warned)
        case .pasted(let text):
            mode = .pasting(Paste())
            return perform(.pasted(text))
        case .search: mode = .searching(HistorySearch(in: history.lines))
        default: change(key)
        }
        return []
    }

    private mutating func change(_ key: Key) {
        switch key {
        case .text(let new): change(.insertion) { $0.insert(new) }
        case .backspace: erase(line.cursor - 1..<line.cursor)
        case .controlD, .delete: erase(line.cursor..<line.cursor + 1)
        case .killToEnd: kill(line.cursor..<line.text.count)
        case .killToStart: kill(0..<line.cursor)
        case .killWord: kill(line.startOfWord..<line.cursor)
        case .killLetters: kill(line.startOfLetters..<line.cursor)
        case .killNextLetters: kill(line.cursor..<line.endOfLetters)
        case .transpose: change(.other) { $0.transpose() }
        case .complete: complete()
        case .yank: if let text = kills.yank() { yank(text, insteadOf: line.cursor..<line.cursor) }
        case .yankEarlier: if let yanked, let text = kills.yankEarlier() { yank(text, insteadOf: yanked) }
        case .undo: if let former = undoLog.undo() { line = former }
        case .down: recall(history.later(than: line.string))
        case .up: recall(history.earlier(than: line.string))
        default: move(key)
        }
    }

    private mutating func move(_ key: Key) {
        undoLog.close()
        switch key {
        case .end: line.moveCursor(to: line.text.count)
        case .home: line.moveCursor(to: 0)
        case .left: line.moveCursor(to: line.cursor - 1)
        case .right: line.moveCursor(to: line.cursor + 1)
        case .wordLeft: line.moveCursor(to: line.startOfLetters)
        case .wordRight: line.moveCursor(to: line.endOfLetters)
        default: break
        }
    }

    /// Makes a change that can be undone, if it is one.
    private mutating func change(_ kind: UndoLog.Change, _ body: (inout EditedLine) -> Void) {
        var changed = line
        body(&changed)
        guard changed.text != line.text else {
            line = changed
            return
        }
        undoLog.note(line, before: kind)
        line = changed
    }

    private mutating func erase(_ range: Range<Int>) {
        change(.deletion) { $0.remove(max(0, range.lowerBound)..<range.upperBound) }
    }

    private mutating func kill(_ range: Range<Int>) {
        var removed = ""
        let side: KillRing.Side = range.lowerBound < line.cursor ? .beforeTheCursor : .behindTheCursor
        change(.other) { removed = $0.remove(range) }
        kills.kill(removed, side)
    }

    private mutating func yank(_ text: String, insteadOf range: Range<Int>) {
        change(.other) {
            $0.remove(range)
            $0.insert(text)
        }
        yanked = min(range.lowerBound, line.cursor)..<line.cursor
    }

    private mutating func complete() {
        guard var running = completion ?? Completion(of: line, from: vocabulary) else { return }
        change(.other) { running.apply(to: &$0) }
        completion = running.isOpen ? running : nil
    }

    /// Whatever is done to a line that was recalled, or to the draft before, is undone within it.
    private mutating func recall(_ other: String?) {
        guard let other else { return }
        line = EditedLine(other)
        undoLog = UndoLog()
    }

    // MARK: Sending and leaving

    private mutating func interrupt(_ warned: Warning?) -> [Action] {
        guard !isAfterChat, warned != .leaving else { return [.leave] }
        if line.text.isEmpty { warning = .leaving } else { change(.other) { $0 = EditedLine() } }
        return []
    }

    private mutating func finishLine(_ warned: Warning?) -> [Action] {
        let text = line.string
        guard !line.isBlank else {
            finish(nil)
            return [.emptyLine]
        }
        guard isAfterChat || warned == .excess || LineExcess(of: text) == nil else {
            warning = .excess
            return []
        }
        finish(text)
        return [.line(text)]
    }

    private mutating func finish(_ text: String?) {
        line = EditedLine()
        history.finish(text)
        undoLog = UndoLog()
    }

    // MARK: Pasting

    private mutating func receive(_ key: Key, _ paste: Paste) -> [Action] {
        var paste = paste
        switch key {
        case .pasted(let text):
            paste.take(text)
            mode = .pasting(paste)
        case .pasteEnded:
            if paste.isOneLine { insert(paste) } else { mode = .pasted(paste) }
        default:
            // Only the end of a paste comes behind it.
            break
        }
        return []
    }

    private mutating func insert(_ paste: Paste) {
        mode = .editing
        undoLog.close()
        change(.other) { $0.insert(paste.joined) }
    }

    private mutating func answer(_ key: Key, about paste: Paste) -> [Action] {
        switch key {
        case .enter where !isQuestionSeen: break
        case .enter:
            mode = .editing
            let lines = paste.lines(in: line)
            for line in lines { finish(line) }
            return lines.map { .line($0) }
        case .controlC, .cancel, .escape: mode = .editing
        case .complete: insert(paste)
        case .pasted(let text):
            var paste = paste
            paste.take(text)
            mode = .pasted(paste)
        default: break
        }
        return []
    }

    // MARK: Searching

    private mutating func look(_ key: Key, _ search: HistorySearch) -> [Action] {
        var search = search
        switch key {
        case .backspace: search.shorten()
        case .cancel, .controlC:
            mode = .editing
            return []
        case .pasteEnded: break
        case .pasted(let text), .text(let text): search.extend(text)
        case .search: search.goOn()
        default:
            mode = .editing
            if let found = search.found, let shown = search.line {
                recall(history.recall(found, from: line.string))
                line.moveCursor(to: shown.cursor)
            }
            return key == .escape ? [] : perform(key)
        }
        mode = .searching(search)
        return []
    }
}

extension Key {
    /// Whether what it takes away can be yanked.
    fileprivate var kills: Bool {
        switch self {
        case .killLetters, .killNextLetters, .killToEnd, .killToStart, .killWord: true
        default: false
        }
    }
}

extension String {
    /// The characters as one text: `String.init` of the standard library allocates for every one of them.
    static func joining(_ characters: ArraySlice<Character>) -> String {
        var text = ""
        for character in characters { text.append(character) }
        return text
    }
}
