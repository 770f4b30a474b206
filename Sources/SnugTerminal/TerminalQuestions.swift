// SPDX-License-Identifier: Apache-2.0

package import SnugSystem

/// What a terminal was asked, in the order in which it answers.
package struct TerminalQuestions: Sendable {
    package enum Question: Sendable {
        case ambiguousWidth
        case cursor
        /// Comes behind ``cursor``; both together are the layout.
        case width
    }

    private var asked: [Question] = []

    /// Nothing is asked.
    package init() {}

    /// Whether the terminal is one that answers.
    package private(set) var areAnswered = false

    /// When the last answer is not waited for any more.
    package private(set) var deadline = MonotonicTime.start

    /// Longer than a network takes.
    private static let patience = Duration.seconds(1)

    /// Whether anything is waited for.
    package func isOpen(at time: MonotonicTime) -> Bool { !asked.isEmpty && time < deadline }

    /// Whether it is not known what the terminal has made of what was drawn.
    package func isLayoutOpen(at time: MonotonicTime) -> Bool { asked.contains(.width) && time < deadline }

    /// Notes a question that is sent to the terminal.
    package mutating func ask(_ question: Question, at time: MonotonicTime) {
        asked.append(question)
        deadline = time + Self.patience
    }

    /// What an answer that has come is about; nil if nothing was asked.
    package mutating func takeAnswer() -> Question? {
        guard !asked.isEmpty else { return nil }
        areAnswered = true
        return asked.removeFirst()
    }

    /// Whether an answer was waited for in vain.
    package mutating func giveUpLayout(at time: MonotonicTime) -> Bool {
        guard asked.contains(.width), deadline <= time else { return false }
        asked = []
        areAnswered = false
        return true
    }
}
