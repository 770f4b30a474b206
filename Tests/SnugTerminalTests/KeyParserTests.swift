// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

/// Bytes from a terminal become keys, and nothing that is no key does anything.
@Suite struct KeyParserTests {
    @Test(arguments: [
        ("\u{1}", Key.home), ("\u{2}", .left), ("\u{3}", .controlC), ("\u{4}", .controlD), ("\u{5}", .end),
        ("\u{6}", .right), ("\u{8}", .backspace), ("\u{7F}", .backspace), ("\n", .enter), ("\r", .enter),
        ("\u{B}", .killToEnd), ("\u{C}", .clearScreen), ("\u{E}", .down), ("\u{10}", .up),
        ("\u{15}", .killToStart), ("\u{17}", .killWord), ("\u{1A}", .controlZ),
        ("\u{1B}[A", .up), ("\u{1B}[B", .down), ("\u{1B}[C", .right), ("\u{1B}[D", .left),
        ("\u{1B}[H", .home), ("\u{1B}[F", .end), ("\u{1B}OA", .up), ("\u{1B}OB", .down), ("\u{1B}OC", .right),
        ("\u{1B}OD", .left), ("\u{1B}OH", .home), ("\u{1B}OF", .end), ("\u{1B}[1~", .home),
        ("\u{1B}[7~", .home), ("\u{1B}[4~", .end), ("\u{1B}[8~", .end), ("\u{1B}[3~", .delete),
        ("\u{1B}[1;5C", .wordRight), ("\u{1B}[1;3D", .wordLeft), ("\u{1B}[1;2C", .right),
        ("\u{1B}[1;7D", .wordLeft),
        ("\u{1B}[3;5~", .killNextLetters), ("\u{7}", .cancel), ("\t", .complete), ("\u{12}", .search),
        ("\u{14}", .transpose), ("\u{19}", .yank), ("\u{1F}", .undo), ("\u{18}\u{15}", .undo),
        ("\u{1B}b", .wordLeft), ("\u{1B}B", .wordLeft), ("\u{1B}f", .wordRight),
        ("\u{1B}d", .killNextLetters),
        ("\u{1B}y", .yankEarlier), ("\u{1B}\u{8}", .killLetters),
        // rxvt: with Shift or Control.
        ("\u{1B}[a", .up), ("\u{1B}[d", .left), ("\u{1B}Oa", .up), ("\u{1B}Od", .wordLeft),
        ("\u{1B}Oc", .wordRight),
        ("\u{1B}[3$", .delete),
        ("\u{1B}[3^", .killNextLetters), ("\u{1B}[7$", .home), ("\u{1B}[8@", .end),
        // Old versions of xterm: with Control; a keypad's Enter.
        ("\u{1B}O5C", .wordRight), ("\u{1B}O3D", .wordLeft), ("\u{1B}O2C", .right), ("\u{1B}O2A", .up),
        ("\u{1B}OM", .enter),
        ("\u{1B}\u{7F}", .killLetters), ("\u{1B}[12;40R", .cursorReport(column: 40)),
        ("\u{1B}[>41;379;0c", .terminalReport(kind: 41, version: 379)),
        ("\u{1B}[>1;95c", .terminalReport(kind: 1, version: 95)),
        ("\u{1B}1", .chooseRoom(1)), ("\u{1B}9", .chooseRoom(9)),
    ])
    func everyKeyIsKnownInOnePieceAndByteByByte(sequence: String, key: Key) {
        var parser = KeyParser()
        #expect(parser.take(Array(sequence.utf8)) == [key])
        #expect(sequence.utf8.flatMap { parser.take([$0]) } == [key])
        #expect(parser.take(Array("x".utf8)) == [.text("x")])
    }

    @Test(arguments: [
        "\u{1B}[5~", "\u{1B}[15;2~", "\u{1B}[?1;2c", "\u{1B}[<0;10;5M", "\u{1B}[200;1~", "\u{1B}[[A",
        "\u{1B}OP", "\u{1B}0", "\u{1B}]11;rgb:0000/0000/0000\u{7}", "\u{1B}]0;title\u{1B}\\",
        "\u{1B}P1$r0m\u{1B}\\", "\u{1B}[" + String(repeating: "1;", count: 500) + "~", "\u{1B}[201~",
        "\u{0}", "\u{1C}", "\u{18}\u{18}\u{1C}", "\u{1B}[3;2~",
        // rxvt, old xterm and VT100: function keys and keypads, with and without Shift and Control; clicks.
        "\u{1B}[11~", "\u{1B}[23$", "\u{1B}[24^", "\u{1B}[2@", "\u{1B}[5$", "\u{1B}Op", "\u{1B}Oy",
        "\u{1B}O2P",
        "\u{1B}O5Q", "\u{1B}O1;5S", "\u{1B}O ", "\u{1B}[M !!", "\u{1B}[M#AB", "\u{1B}[M é\u{80}",
        // Character sets, Alt with a character of several bytes, and what newer terminals report.
        "\u{1B}(B", "\u{1B}#8", "\u{1B} F", "\u{1B}é", "\u{1B}漢", "\u{1B}👋", "\u{1B}[?2026;2$y",
        "\u{1B}[27;5;13~", "\u{1B}[97;5u", "\u{1B}[I", "\u{1B}[O", "\u{1B}[224z", "\u{1B}[>0c",
        // The first and the last byte of each class, alone and in sequences.
        "\u{1B}0", "\u{1B}~", "\u{1B}/B", "\u{1B}(/B", "\u{1B}(~", "\u{1B}(0", "\u{1B}O~", "\u{1B}[@",
        "\u{1B}[ ?~",
        "\u{1B}¿", "\u{1B}\u{7FF}", "\u{1B}\u{FFFF}", "\u{1B}\u{10FFFF}", "\u{1B}\u{80}", "\u{1B}\u{10000}",
        // Positions of one byte and of two, and answers about something else than the cursor.
        "\u{1B}[M   ", "\u{1B}[M ¿!", "\u{1B}[M !¿", "\u{1B}[M \u{80}\u{7FF}", "\u{1B}[M~~~", "\u{1B}[M 漢!",
        "\u{1B}[R", "\u{1B}[5R", "\u{1B}[1;2;3R", "\u{1B}]0;a title of words\u{7}",
    ])
    func whatIsNoKeyIsSwallowedWhole(sequence: String) {
        var parser = KeyParser()
        #expect(parser.take(Array(sequence.utf8)) == [])
        #expect(parser.take(Array("x".utf8)) == [.text("x")])
    }

    @Test func aControlKeyActsInTheMiddleOfASequence() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[1;\u{3}".utf8)) == [.controlC])
        #expect(parser.take(Array("\u{1B}\u{3}".utf8)) == [.controlC])
        #expect(parser.take(Array("\u{1B}]0;never ended\u{3}".utf8)) == [.controlC])
        #expect(parser.take(Array("\u{1B}\u{1B}[A".utf8)) == [.up])
    }

    /// A click, Alt with a character, and a byte that begins none.
    @Test(
        arguments: ["\u{1B}[M !!", "\u{1B}[M !é", "\u{1B}é", "\u{1B}漢", "\u{1B}👋"].map { Array($0.utf8) } + [
            [0x1B, 0xFF]
        ]
    )
    func aStrayByteBehindASequenceIsNoPartOfIt(sequence: [UInt8]) {
        var parser = KeyParser()
        #expect(parser.take(sequence + [0xA9]) == [.text("\u{FFFD}")])
        #expect(parser.take(sequence + Array("漢".utf8)) == [.text("漢")])
    }

    /// What a longer sequence says is not half understood.
    @Test func aSequenceWithMoreParametersThanAnyKeyHasIsSwallowedWhole() {
        for zeros in 0...40 {
            var parser = KeyParser()
            let parameters = String(repeating: "0", count: zeros) + "1;40"
            let keys = parser.take(Array("\u{1B}[\(parameters)R".utf8))
            #expect(keys == (parameters.count <= 16 ? [.cursorReport(column: 40)] : []), "\(parameters)")
            #expect(parser.take(Array("x".utf8)) == [.text("x")])
        }
    }

    @Test(arguments: [
        "é", "ไ", "한", "👋", "\u{80}", "\u{7FF}", "\u{800}", "\u{FFFF}", "\u{10000}", "\u{3FFFF}",
        "\u{10FFFF}",
    ])
    func aCharacterArrivesOnceItIsWholeHoweverItIsSplit(character: String) {
        let bytes = Array(character.utf8)
        for cut in 1..<bytes.count {
            var parser = KeyParser()
            #expect(parser.take(Array(bytes[..<cut])) == [])
            #expect(parser.take(Array(bytes[cut...])) == [.text(character)])
        }
    }

    @Test func bytesThatAreNotUTF8AreReplaced() {
        var parser = KeyParser()
        #expect(parser.take([0x61, 0xFF, 0x62]) == [.text("a\u{FFFD}b")])
        #expect(parser.take([0xE2, 0x82]) == [])
        #expect(parser.take([0x61]) == [.text("\u{FFFD}a")])
        #expect(parser.take([0xC3]) == [])
        #expect(parser.take([0x0D]) == [.text("\u{FFFD}"), .enter])
    }

    @Test func aCharacterDoesNotGoOnBehindAPasteThatCutsItOff() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~a".utf8) + [0xC3]) == [.pasted("a")])
        #expect(
            parser.take(Array("\u{1B}[201~".utf8) + [0xA9])
                == [.pasted("\u{FFFD}"), .pasteEnded, .text("\u{FFFD}")]
        )
    }

    @Test func nothingInAPasteIsAKey() {
        let pasted = "one\r\ntwo\u{3}\u{1B}[A\u{1B}[20\u{1B}x\u{4}"
        let bytes = Array("\u{1B}[200~\(pasted)\u{1B}[201~\r".utf8)
        for cut in 0...bytes.count {
            var parser = KeyParser()
            let keys = parser.take(Array(bytes[..<cut])) + parser.take(Array(bytes[cut...]))
            #expect(keys.suffix(2) == [.pasteEnded, .enter])
            let texts = keys.dropLast(2).map {
                if case .pasted(let text) = $0 { text } else { "a key: \($0)" }
            }
            #expect(texts.joined().utf8.elementsEqual(pasted.utf8), "cut at \(cut)")
        }
    }
}
