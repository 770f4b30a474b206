// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugProtocol

/// What a peer may send as JSON, and what is refused before anything of it is used.
@Suite(.timeLimit(.minutes(30))) struct JSONReaderTests {
    // MARK: What is taken

    @Test(arguments: [
        "{}", " \t\r\n{ } \n", #"{"":""}"#, #"{"a":[]}"#, #"{"a":[ ]}"#, #"{"a":{}}"#, #"{"a":[[[]]]}"#,
        #"{"a":{"a":{"a":{}}}}"#, #"{"a":[{"b":[1]},{"b":[1]}]}"#, #"{"a":0,"b":-0,"c":-1}"#,
        #"{"a":9007199254740991,"b":-9007199254740991}"#, #"{"a":true,"b":false,"c":null}"#,
        #"{"a":"\"\\\/\b\f\n\r\t\u0000\uD83D\uDC4B"}"#, #"{"a":"\u00e9","A":"é"}"#,
        "{\"a\":\"\u{7F}\u{85}\"}",
        "{\"\u{E9}\":1,\"e\u{301}\":2}", #"{"a" : [ 1 , 2 ] , "b" : 3 }"#,
    ])
    func whatRFC8259HasIsTaken(text: String) throws {
        _ = try JSONObject(message: Array(text.utf8))
    }

    @Test func aStringIsWhatItsEscapesStandFor() throws {
        let object = try JSONObject(
            message: Array(#"{"a":"x\"\\\/\b\f\n\r\t\u0000\u00E9\ud83d\uDc4bz"}"#.utf8)
        )
        guard case .text(let text) = object["a"] else {
            Issue.record("not a string")
            return
        }
        #expect(object.string(text) == "x\"\\/\u{8}\u{C}\n\r\t\u{0}é👋z")
    }

    @Test func aMemberIsFoundHoweverItsNameIsWritten() throws {
        let object = try JSONObject(message: Array(#"{"t\u0079pe":1,"typ":2,"type2":3}"#.utf8))
        #expect(object["type"] == .number(1))
        #expect(object["typ"] == .number(2))
        #expect(object["typ2"] == nil)
    }

    @Test func valuesInsideAreReadWhenTheyAreAskedFor() throws {
        let object = try JSONObject(message: Array(#"{"a":[1,{"b":"x"},[2]],"c":{"d":{"e":3}}}"#.utf8))
        guard case .list(let list) = object["a"], case .object(let place) = object["c"] else {
            Issue.record("neither")
            return
        }
        let values = try #require(try object.values(at: list, atMost: 3))
        #expect(values.count == 3 && values[0] == .number(1))
        #expect(try object.values(at: list, atMost: 2) == nil)
        let inner = try object.object(at: place)
        guard case .object(let innermost) = inner["d"] else {
            Issue.record("no object")
            return
        }
        #expect(try inner.object(at: innermost)["e"] == .number(3))
    }

    // MARK: What is refused

    static let refused: [(String, JSONError)] = [
        ("", .unexpected(at: 0)), (" ", .unexpected(at: 1)), ("[]", .notAnObject), ("1", .notAnObject),
        ("\"a\"", .notAnObject), ("null", .notAnObject), ("\u{FEFF}{}", .notAnObject),
        ("{", .unexpected(at: 1)),
        ("{}{}", .unexpected(at: 2)), ("{} x", .unexpected(at: 3)), ("{\"a\"}", .unexpected(at: 4)),
        ("{\"a\":}", .unexpected(at: 5)), ("{\"a\":1,}", .unexpected(at: 7)), ("{,}", .unexpected(at: 1)),
        ("{a:1}", .unexpected(at: 1)), ("{'a':1}", .unexpected(at: 1)), ("{1:1}", .unexpected(at: 1)),
        ("{\"a\":[1,]}", .unexpected(at: 8)), ("{\"a\":[1 2]}", .unexpected(at: 8)),
        ("{\"a\":[}]", .unexpected(at: 6)), ("{\"a\":{]}", .unexpected(at: 6)),
        ("{\"a\":1]", .unexpected(at: 6)),
        ("{\"a\":tru}", .unexpected(at: 5)), ("{\"a\":True}", .unexpected(at: 5)),
        ("{\"a\":nul", .unexpected(at: 5)),
        ("{\"a\":NaN}", .unexpected(at: 5)), ("{\"a\":Infinity}", .unexpected(at: 5)),
        ("{\"a\":01}", .unexpected(at: 6)), ("{\"a\":-}", .unexpected(at: 6)),
        ("{\"a\":+1}", .unexpected(at: 5)),
        ("{\"a\":.5}", .unexpected(at: 5)), ("{\"a\":0x1}", .unexpected(at: 6)),
        ("{\"a\":--1}", .unexpected(at: 6)),
        ("{\"a\":1.0}", .numberNotWhole(at: 5)), ("{\"a\":1e3}", .numberNotWhole(at: 5)),
        ("{\"a\":-0E0}", .numberNotWhole(at: 5)), ("{\"a\":0.0}", .numberNotWhole(at: 5)),
        ("{\"a\":9007199254740992}", .numberTooLarge(at: 5)),
        ("{\"a\":-9007199254740992}", .numberTooLarge(at: 5)),
        ("{\"a\":99999999999999999999999999}", .numberTooLarge(at: 5)), ("{\"a\":\"", .unexpected(at: 6)),
        ("{\"a\":\"\n\"}", .controlCharacter(at: 6)), ("{\"a\":\"\u{0}\"}", .controlCharacter(at: 6)),
        ("{\"\u{1F}\":1}", .controlCharacter(at: 2)), (#"{"a":"\x41"}"#, .badEscape(at: 6)),
        (#"{"a":"\u12"}"#, .badEscape(at: 6)), (#"{"a":"\u12g4"}"#, .badEscape(at: 6)),
        (#"{"a":"\u+123"}"#, .badEscape(at: 6)), (#"{"a":"\"#, .unexpected(at: 7)),
        (#"{"a":"\u00"#, .badEscape(at: 6)), (#"{"a":"\U0041"}"#, .badEscape(at: 6)),
        (#"{"a":"\ud800"}"#, .loneSurrogate(at: 6)), (#"{"a":"\udc00"}"#, .loneSurrogate(at: 6)),
        (#"{"a":"\udc00\ud800"}"#, .loneSurrogate(at: 6)), (#"{"a":"\ud800\ud800"}"#, .loneSurrogate(at: 6)),
        (#"{"a":"\ud800x"}"#, .loneSurrogate(at: 6)), (#"{"a":"\ud800\n"}"#, .loneSurrogate(at: 6)),
        (#"{"a":"\ud800\u0041"}"#, .loneSurrogate(at: 6)), (#"{"\udfff":1}"#, .loneSurrogate(at: 2)),
        (#"{"a":1,"a":1}"#, .duplicateMember(at: 7)), (#"{"a":1,"\u0061":1}"#, .duplicateMember(at: 7)),
        (#"{"b":{"a":1,"a":1}}"#, .duplicateMember(at: 12)),
        (#"{"b":[{"a":1,"a":1}]}"#, .duplicateMember(at: 13)),
        (#"{"a":[[[[]]]]}"#, .tooDeep(at: 8)), (#"{"a":{"a":{"a":{"a":{}}}}}"#, .tooDeep(at: 20)),
    ]

    @Test(arguments: refused)
    func whatItDoesNotHaveIsRefusedWithItsPlace(text: String, error: JSONError) {
        #expect(throws: error) { try JSONObject(message: Array(text.utf8)) }
        #expect(!error.description.isEmpty && !error.hint.isEmpty)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0x80],
        ] as [[UInt8]]
    )
    func bytesThatAreNotUTF8AreRefusedWhereTheyStand(bytes: [UInt8]) {
        let message = Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)
        #expect(throws: JSONError.notUTF8(at: 6)) { try JSONObject(message: message) }
    }

    // MARK: Limits

    @Test func aMessageOfTheLargestSizeIsTakenAndOneByteMoreIsNot() throws {
        let text = "{\"a\":\"" + String(repeating: "x", count: JSONLimits.bytes - 8) + "\"}"
        #expect(text.utf8.count == JSONLimits.bytes)
        _ = try JSONObject(message: Array(text.utf8))
        #expect(throws: JSONError.tooLong(bytes: JSONLimits.bytes + 1)) {
            try JSONObject(message: Array((text + " ").utf8))
        }
    }

    @Test func anObjectHasOnlySoManyMembersAtEveryDepth() throws {
        func object(_ count: Int) -> String {
            "{" + (0..<count).map { "\"\($0)\":\($0)" }.joined(separator: ",") + "}"
        }
        for outer in ["@", "{\"a\":@}", "{\"a\":[@,@]}"] {
            let fits = outer.replacing("@", with: object(JSONLimits.members))
            #expect(try JSONObject(message: Array(fits.utf8)).members.isEmpty == false)
            let one = outer.replacing("@", with: object(JSONLimits.members + 1))
            #expect(throws: JSONError.self) { try JSONObject(message: Array(one.utf8)) }
        }
    }

    @Test func bracketsWithoutEndAreRefusedAtTheFifth() {
        for bracket in ["[", "{\"a\":"] {
            let text = "{\"a\":" + String(repeating: bracket, count: 8180 / bracket.count)
            #expect(throws: JSONError.self) { try JSONObject(message: Array(text.utf8)) }
        }
    }

    /// Every name is compared with those before it, so the worst a frame can do is bounded.
    @Test func aFrameOfNamesThatDifferAtTheirEndIsReadInMilliseconds() throws {
        let key = String(repeating: #"\u0061"#, count: 39)
        let members = (0..<JSONLimits.members).map { "\"\(key)\($0 + 10)\":0" }.joined(separator: ",")
        let message = Array("{\(members)}".utf8)
        try #require(message.count <= JSONLimits.bytes)
        let clock = ContinuousClock()
        let times = try (0..<5).map { _ in try clock.measure { _ = try JSONObject(message: message) } }
        #expect(times.min() ?? .seconds(1) < .milliseconds(50))
    }
}
