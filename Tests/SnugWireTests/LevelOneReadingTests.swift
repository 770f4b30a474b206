// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LevelOneReadingTests {
    /// A frame, made by hand.
    private static func frame(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }

    private static func hello(passphrase: Bool) -> String {
        """
        {"type":"hello","protocol":1,"server":"s","epoch":"e1","passphrase":\(passphrase),"limits":{"name":\
        {"characters":20,"bytes":80},"line":{"characters":500,"bytes":2000},"rooms":16,"burst":10,"perSecond":5},\
        "history":{"lines":1000,"hours":24,"onDisk":false}}
        """
    }

    private static let aisha = #"{"id":"12","name":"aisha"}"#
    private static let ben = #"{"id":"13","name":"ben"}"#

    /// Aisha's connection: she enters, ben comes, she says something, ben leaves.
    private static func capture(
        passphrase: Bool = true,
        preface: String = "SNG1",
        _ more: [String] = []
    ) -> Capture {
        let up =
            Array(preface.utf8) + (passphrase ? frame("open sesame") : [])
            + frame(#"{"type":"enter","name":"aisha","rooms":["main"]}"#)
        let down = [
            hello(passphrase: passphrase), #"{"type":"accepted"}"#,
            #"{"type":"entered","you":\#(aisha),"token":"pW9x","resumed":false}"#,
            #"{"type":"room","room":"main","last":1,"people":[\#(aisha)]}"#,
            #"{"type":"joined","seq":2,"time":7,"room":"main","who":\#(aisha)}"#,
            #"{"type":"joined","seq":5,"time":8,"room":"main","who":\#(ben)}"#,
            #"{"type":"said","seq":7,"time":9,"room":"main","from":\#(aisha),"text":"hi \"ben\""}"#,
            #"{"type":"left","seq":9,"time":10,"room":"main","who":\#(ben),"reason":"quit"}"#,
        ]
        return .example(pieces: [up, (down + more).flatMap(frame)])
    }

    @Test func everythingThatIsSaidAtLevelOneIsRead() throws {
        let reading = LevelOneReading(Self.capture())
        #expect(
            reading.stays == [
                LevelOneReading.Stay(
                    connection: 0,
                    passphrase: "open sesame",
                    id: "12",
                    name: "aisha",
                    token: "pW9x",
                    epoch: "e1"
                )
            ]
        )
        #expect(
            reading.lines == [
                LevelOneReading.Line(
                    sequence: 7,
                    time: 9,
                    room: "main",
                    speakerID: "12",
                    speaker: "aisha",
                    text: "hi \"ben\""
                )
            ]
        )
    }

    @Test func whoIsInTheRoomIsKnownAtEachEvent() {
        let reading = LevelOneReading(Self.capture())
        #expect(
            [1, 2, 5, 7, 9].map(reading.present) == [
                [], ["aisha"], ["aisha", "ben"], ["aisha", "ben"], ["aisha"],
            ]
        )
    }

    @Test func whereNoPassphraseIsAskedForTheFirstMessageIsNotTakenForOne() {
        #expect(LevelOneReading(Self.capture(passphrase: false)).stays.map(\.passphrase) == [nil])
    }

    @Test func aLineThatManyGotOrThatIsToldAgainIsOneLine() {
        let again =
            #"{"type":"said","seq":7,"time":9,"room":"main","replay":true,"from":\#(Self.aisha),"text":"hi \"ben\""}"#
        #expect(LevelOneReading(Self.capture([again, again])).lines.count == 1)
    }

    @Test func whatIsNoMessageIsLeftOutAndTheRestIsRead() {
        let hostile = ["", "{", "[]", #"{"type":"dance"}"#, #"{"type":"said","seq":-1}"#, "\u{0}\u{1b}"]
        let last = #"{"type":"said","seq":11,"time":9,"room":"main","from":\#(Self.ben),"text":"last"}"#
        #expect(LevelOneReading(Self.capture(hostile + [last])).lines.map(\.text) == ["hi \"ben\"", "last"])
    }

    @Test(arguments: ["", "SNG", "SNG2", "GET "])
    func aStreamThatDoesNotBeginWithThePrefaceIsNotRead(preface: String) {
        #expect(LevelOneReading(Self.capture(preface: preface)) == LevelOneReading(Capture()))
    }

    @Test func aStreamThatBreaksOffInTheMiddleIsReadUpToThere() {
        var capture = Self.capture()
        capture.segments[1].bytes.removeLast(3)
        let reading = LevelOneReading(capture)
        #expect(reading.lines.count == 1)
        #expect(reading.movements.count == 2)
    }

    @Test func ofARealChatEverythingIsReadWithoutTLSAndNothingWithIt() throws {
        let facts = try #require(LevelOneChat.recording(.plain).levelOne)
        let reading = LevelOneReading(try LevelOneChat.recording(.plain).capture)
        let stays = reading.stays.filter { $0.token != nil }
        #expect(stays.map(\.token) == facts.stays.map(\.token))
        #expect(stays.map(\.id) == facts.stays.map(\.id))
        #expect(reading.lines.map(\.sequence) == facts.sequences)
        #expect(
            reading.stays.map(\.passphrase)
                == Array(repeating: Scenario.labPassphrase, count: 3) + ["open \"sesame\""]
        )
        for mode in [WireMode.tls, .padded] {
            #expect(LevelOneReading(try LevelOneChat.recording(mode).capture) == LevelOneReading(Capture()))
        }
    }

    @Test func ofALevelZeroChatNothingIsRead() {
        for recording in LevelOneChat.levelZero {
            #expect(LevelOneReading(recording.capture) == LevelOneReading(Capture()))
        }
    }
}
