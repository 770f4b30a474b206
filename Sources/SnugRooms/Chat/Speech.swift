// SPDX-License-Identifier: Apache-2.0

/// Something that a person says to a room: a line, or an action (`/me waves`).
public struct Speech: Equatable, Sendable {
    /// The words.
    public let line: ChatLine

    /// Whether it is an action, which text shows as `* NAME WORDS *`.
    public let isAction: Bool

    /// A line.
    public init(_ line: ChatLine) {
        self.line = line
        isAction = false
    }

    /// An action; nil if its words hold those of a notice, for which people would take it.
    ///
    /// Judged here, before it goes to the chat, so that no lock is held meanwhile.
    public init?(action line: ChatLine) {
        guard !NoticeWords.areHeld(by: "x " + line.text) else { return nil }
        self.line = line
        isAction = true
    }

    /// What was said before, as a file has kept it.
    init(alreadyJudged text: String, isAction: Bool) {
        line = ChatLine(alreadyClean: text)
        self.isAction = isAction
    }

    /// Whether `name` and the first words of the action are together the words of a notice: "x is" and "now y".
    func readsAsNotice(behind name: MemberName) -> Bool {
        guard isAction else { return false }
        let beginning = line.text.split(separator: " ", maxSplits: Self.longestNotice).prefix(
            Self.longestNotice
        )
        return NoticeWords.areHeld(by: "\(name.text) \(beginning.joined(separator: " "))")
    }

    /// The most words of one phrase of a notice, rounded up.
    private static let longestNotice = 16
}
