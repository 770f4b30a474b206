// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugTerminal

/// Whatever is pressed in whatever order: the editor stays small, and nothing that was typed is lost by it.
@Suite struct LineEditorPropertyTests {
    private static let vocabulary = Vocabulary(
        commands: ["/join", "/help"],
        names: ["ben", "Berta"],
        rooms: ["main", "ops"]
    )

    @Test(arguments: 0..<6)
    func howeverLongSomebodyTypesWhatTheEditorKeepsIsBounded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        editor.vocabulary = Self.vocabulary
        let flood = Array(String(repeating: "a long line of words ", count: 150).utf8)
        for round in 0..<3_000 {
            let time = MonotonicTime.start + .milliseconds(round * Int.random(in: 0...60, using: &random))
            _ = editor.take(round.isMultiple(of: 7) ? flood : HostileInput.piece(using: &random), at: time)
            if round.isMultiple(of: 5) { _ = editor.take([0x0D], at: time) }
            _ = editor.proceed(at: time)
        }
        // A hundred lines and what was changed in them, steps back, and a paste of 200 lines.
        #expect(Self.bytes(in: editor) < 2_000_000)
    }

    /// What each edit of one line leads to, and undone to the end the line is empty again.
    @Test(arguments: 0..<60)
    func undoLeadsBackThroughWhatWasThereToTheEmptyLine(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        editor.vocabulary = Self.vocabulary
        var seen = [""]
        for _ in 0..<Int.random(in: 1...400, using: &random) {
            let edit = Self.edits.randomElement(using: &random) ?? ""
            // No hand types two texts in one piece.
            for byte in edit.utf8 {
                _ = editor.take([byte])
                if seen.last != editor.draft { seen.append(editor.draft) }
            }
        }
        var last = editor.draft
        var place = seen.count
        var idleSteps = 0
        // What was taken away and brought back in one step changes nothing, but not three times in a row.
        while idleSteps < 3 {
            _ = editor.take([0x1F])
            guard editor.draft != last else {
                idleSteps += 1
                continue
            }
            idleSteps = 0
            last = editor.draft
            guard let earlier = seen[..<place].lastIndex(of: last) else {
                Issue.record("seed \(seed): \(last) was never there")
                return
            }
            place = earlier + 1
        }
        #expect(last.isEmpty, "seed \(seed)")
    }

    private static let edits = [
        "a", "word ", "漢", "👨‍👩‍👧", "สวัสดี", "\u{7F}", "\u{7F}", "\u{1B}[3~", "\u{1B}[D", "\u{1B}[C", "\u{1}",
        "\u{5}",
        "\u{17}", "\u{B}", "\u{15}", "\u{19}", "\u{1B}y", "\u{14}", "\u{1B}b", "\u{1B}f", "\u{1B}d",
        "\u{1B}\u{7F}",
        "\t", "be\t", "\u{3}", "\u{1B}[200~pasted\u{1B}[201~", "\u{1B}[200~a\nb\u{1B}[201~\t",
    ]

    /// Nothing that is typed can make a key of the search or of a question send what it should not.
    @Test(arguments: 0..<40)
    func whatIsSentIsSafeAndNeverBlankAndOnlyEnterSends(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var editor = LineEditor()
        editor.vocabulary = Self.vocabulary
        for _ in 0..<400 {
            let piece = HostileInput.piece(using: &random)
            let actions = editor.take(piece)
            for case .line(let line) in actions {
                #expect(SafeText.clean(line) == line && line.utf8.count <= InputLimits.maximumLineBytes)
                #expect(line.contains { !$0.isWhitespace })
                #expect(
                    piece.contains { $0 == 0x0D || $0 == 0x0A || $0 == UInt8(ascii: "M") },
                    "seed \(seed)"
                )
            }
            #expect((0...editor.text.count).contains(editor.cursor))
            let shown = [String(editor.text), editor.prompt ?? "", editor.draft] + editor.hints.map(\.text)
            #expect(shown.allSatisfy { SafeText.clean($0) == $0 }, "seed \(seed)")
            #expect(editor.hints.count <= 4)
        }
    }

    /// All text within a value.
    private static func bytes(in value: Any) -> Int {
        switch value {
        case let text as String: text.utf8.count + 16
        case let character as Character: character.utf8.count + 16
        default: Mirror(reflecting: value).children.reduce(8) { $0 + bytes(in: $1.value) }
        }
    }
}
