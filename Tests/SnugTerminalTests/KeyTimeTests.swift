// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugTerminal

/// No key and no broken sequence takes the keyboard away: what has not gone on in time is over.
@Suite struct KeyTimeTests {
    private static let beginnings = [
        "\u{1B}", "\u{1B}[", "\u{1B}O", "\u{1B}]", "\u{1B}P", "\u{1B}X", "\u{1B}^", "\u{1B}_", "\u{1B}x",
        "\u{1B}(",
        "\u{1B} ", "\u{1B}[1;5", "\u{1B}[[", "\u{1B}[M", "\u{1B}[M !", "\u{1B}O5", "\u{1B}]0;title",
        "\u{1B}\u{1B}",
        "\u{1B}é", "\u{1B}[<0;1",
    ]

    @Test(arguments: beginnings)
    func escapeAndAltKeysSwallowNothingThatIsTypedAfterThem(beginning: String) {
        var parser = KeyParser()
        #expect(parser.take(Array(beginning.utf8), at: Self.time(0)) == [])
        let keys = parser.take(Array("[hello".utf8), at: Self.time(50))
        // What is Escape and nothing else is a key as well.
        #expect(keys == (beginning.last == "\u{1B}" ? [.escape] : []) + [.text("[hello")])
    }

    @Test func escapeIsAKeyOnceNothingHasFollowedInTime() {
        var parser = KeyParser()
        #expect(parser.deadline == .never)
        #expect(parser.take([0x1B], at: Self.time(0)) == [])
        #expect(parser.deadline == Self.time(50))
        #expect(parser.proceed(at: Self.time(49)) == [])
        #expect(parser.proceed(at: Self.time(50)) == [.escape])
        #expect(parser.deadline == .never)
        #expect(parser.proceed(at: Self.time(99)) == [])
        #expect(parser.take(Array("[A".utf8), at: Self.time(99)) == [.text("[A")])
        #expect(parser.take(Array("\u{1B}[".utf8), at: Self.time(200)) == [])
        #expect(parser.deadline == .never, "it is the beginning of something else")
    }

    @Test func aHandMayTakeItsTimeBetweenTwoKeysThatMeanOneThing() {
        var parser = KeyParser()
        #expect(parser.take([0x18], at: Self.time(0)) == [])
        #expect(parser.take([0x15], at: Self.time(5_000)) == [.undo])
        #expect(parser.take(Array("\u{18}x\u{15}".utf8), at: Self.time(5_000)) == [.text("x"), .killToStart])
    }

    @Test(arguments: [UInt8(0xC3), 0xE2, 0xF0])
    func anAltKeyOfWhichAPartWasLostSwallowsNothingEither(byte: UInt8) {
        var parser = KeyParser()
        #expect(parser.take([0x1B, byte], at: Self.time(0)) == [])
        #expect(parser.take(Array("hello".utf8), at: Self.time(50)) == [.text("hello")])
    }

    @Test(arguments: 1...4)
    func aSequenceThatComesInPiecesWithinItsTimeIsOneKey(cut: Int) {
        let bytes = Array("\u{1B}[1;5C".utf8)
        var parser = KeyParser()
        #expect(parser.take(Array(bytes[..<cut]), at: Self.time(0)) == [])
        #expect(parser.take(Array(bytes[cut...]), at: Self.time(49)) == [.wordRight])
    }

    @Test(arguments: ["\u{1B}]", "\u{1B}[", "\u{1B}P", "\u{1B}O"])
    func aSequenceIsBoundedInBytesAsWell(beginning: String) {
        var parser = KeyParser()
        let flood = Array((beginning + String(repeating: "1", count: 10_000)).utf8)
        guard case .text(let text) = parser.take(flood, at: Self.time(0)).last else {
            Issue.record("the keyboard is dead")
            return
        }
        #expect(text.utf8.count == flood.count - 4_096)
    }

    /// Each comes by itself, after more time than a sequence takes.
    @Test(arguments: [
        "a", "é", " ", "ab", "\u{1B}[A\r", "\u{1B}\r", "x\u{1B}[A", "\r\r", "\u{1B}[24;123~", "\u{1B} A",
        "\u{1B}\u{7F}", "\r", "\n", "\t",
    ])
    func whatIsNotOneKeyDoesNotEndAPaste(piece: String) {
        var parser = KeyParser()
        _ = parser.take(Array("\u{1B}[200~one".utf8), at: Self.time(0))
        #expect(parser.take(Array(piece.utf8), at: Self.time(60)) == [.pasted(piece)])
        #expect(parser.take(Array("\u{1B}[201~\r".utf8), at: Self.time(60)) == [.pasteEnded, .enter])
    }

    @Test(arguments: ["\r", "\u{3}", "\u{7F}", "\u{1B}[A", "\u{1B}[24;12~"])
    func aKeyByItselfEndsAPasteWhoseEndMarkWasLost(key: String) {
        var parser = KeyParser()
        var freshParser = KeyParser()
        let expected = freshParser.take(Array(key.utf8))
        #expect(parser.take(Array("\u{1B}[200~one\rtwo".utf8), at: Self.time(0)) == [.pasted("one\rtwo")])
        // Line breaks are in pastes, too.
        #expect(
            parser.take(Array(key.utf8), at: Self.time(key == "\r" ? 1_000 : 50)) == [.pasteEnded] + expected
        )
        #expect(parser.take(Array("x\r".utf8), at: Self.time(1_050)) == [.text("x"), .enter])
    }

    @Test func escapeByItselfEndsAPasteWhoseEndMarkWasLost() {
        var parser = KeyParser()
        _ = parser.take(Array("\u{1B}[200~one".utf8), at: Self.time(0))
        #expect(parser.take([0x1B], at: Self.time(50)) == [.pasteEnded])
        #expect(parser.take(Array("x\r".utf8), at: Self.time(100)) == [.escape, .text("x"), .enter])
    }

    @Test func aPasteIsOverWhenAHandTypesSomethingAfterASecond() {
        var parser = KeyParser()
        _ = parser.take(Array("\u{1B}[200~one\rtwo".utf8), at: Self.time(0))
        #expect(
            parser.take(Array("three\r".utf8), at: Self.time(1_000)) == [.pasteEnded, .text("three"), .enter]
        )
    }

    /// A network that stands still for a while would otherwise have all the rest said line by line.
    @Test(arguments: [1_000, 60_000])
    func ofAPasteThatWasHeldUpNothingIsSent(pause: Int) {
        let lines = (0..<350).map { "line \($0) of what was pasted" }.joined(separator: "\r")
        let bytes = Array("\u{1B}[200~\(lines)\u{1B}[201~".utf8)
        for cut in stride(from: 6, to: bytes.count - 9, by: 97) {
            var parser = KeyParser()
            let keys =
                parser.take(Array(bytes[..<cut]), at: Self.time(0))
                + parser.take(Array(bytes[cut...].prefix(4_096)), at: Self.time(pause))
                + parser.take(Array(bytes[cut...].dropFirst(4_096)), at: Self.time(pause))
            #expect(keys.last == .pasteEnded)
            #expect(keys.dropLast().allSatisfy { if case .pasted = $0 { true } else { false } }, "\(cut)")
        }
    }

    @Test func aPasteThatComesSlowlyIsNotSent() {
        var parser = KeyParser()
        _ = parser.take(Array("\u{1B}[200~one".utf8), at: Self.time(0))
        #expect(parser.take(Array("\rtwo\r".utf8), at: Self.time(900)) == [.pasted("\rtwo\r")])
        // Its end proves that all of it was a paste, however long it took.
        let end = Array("three\rfour\u{1B}[201~\r".utf8)
        #expect(parser.take(end, at: Self.time(9_000)) == [.pasted("three\rfour"), .pasteEnded, .enter])
    }

    private static func time(_ milliseconds: Int) -> MonotonicTime {
        .start + .milliseconds(10_000 + milliseconds)
    }
}
