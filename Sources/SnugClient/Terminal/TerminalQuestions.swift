// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// What a terminal was asked, in the order in which it answers.
struct TerminalQuestions: Sendable {
    enum Question: Sendable {
        case ambiguousWidth
        case cursor
        /// Comes behind ``cursor``; both together are the layout.
        case width
    }

    private var asked: [Question] = []

    /// Whether the terminal is one that answers.
    private(set) var areAnswered = false

    /// When the last answer is not waited for any more.
    private(set) var deadline = MonotonicTime.start

    /// Longer than a network takes.
    private static let patience = Duration.seconds(1)

    func isOpen(at time: MonotonicTime) -> Bool { !asked.isEmpty && time < deadline }

    func isLayoutOpen(at time: MonotonicTime) -> Bool { asked.contains(.width) && time < deadline }

    mutating func ask(_ question: Question, at time: MonotonicTime) {
        asked.append(question)
        deadline = time + Self.patience
    }

    /// What an answer that has come is about; nil if nothing was asked.
    mutating func takeAnswer() -> Question? {
        guard !asked.isEmpty else { return nil }
        areAnswered = true
        return asked.removeFirst()
    }

    /// Whether an answer was waited for in vain.
    mutating func giveUpLayout(at time: MonotonicTime) -> Bool {
        guard asked.contains(.width), deadline <= time else { return false }
        asked = []
        areAnswered = false
        return true
    }
}
