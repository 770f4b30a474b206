// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugFraming
import TestSupport
import Testing

@testable import SnugProtocol

/// What goes out is JSON for everybody, and can be printed as it is.
@Suite(.timeLimit(.minutes(30))) struct JSONWriterTests {
    @Test func aFrameIsItsLengthAndOneObject() throws {
        var bytes: [UInt8] = [7]
        try JSONWriter.append(to: &bytes) { writer in
            writer.member("a", "x")
            writer.member("none", nil as String?)
            writer.member("n", 120)
            writer.object("o") { $0.member("f", false) }
            writer.member("no", ifTrue: false)
            writer.list("l", texts: ["1", "2"])
            writer.object("s", numbers: [(key: "k\"", number: 0)])
            writer.member("z", true)
        }
        let text = #"{"a":"x","n":120,"o":{"f":false},"l":["1","2"],"s":{"k\"":0},"z":true}"#
        #expect(bytes == [7, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8))
    }

    @Test(arguments: 0..<20)
    func everyStringComesBackAndNoControlCharacterGoesOutRaw(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 { try expectBack(randomText(&random)) }
    }

    @Test func everyCharacterOfOneOrTwoBytesComesBack() throws {
        for value in UInt32(0)..<0x800 { try expectBack(scalar(value)) }
    }

    @Test(arguments: [0, 7, 10, 1 << 53 - 1, .max] as [UInt64])
    func aNumberIsWrittenWithItsFigures(number: UInt64) throws {
        var bytes: [UInt8] = []
        try JSONWriter.append(to: &bytes) { $0.member("n", number) }
        #expect(String(decoding: bytes.dropFirst(4), as: UTF8.self) == "{\"n\":\(number)}")
    }

    private func expectBack(_ text: String) throws {
        let text = "a\(text)z"
        var bytes: [UInt8] = []
        try JSONWriter.append(to: &bytes) { $0.member("t", text) }
        let payload = Data(bytes.dropFirst(FrameLimits.headerBytes))
        let object = try JSONSerialization.jsonObject(with: payload) as? [String: String]
        #expect(object?["t"]?.unicodeScalars.elementsEqual(text.unicodeScalars) == true)
        let raw = String(decoding: payload, as: UTF8.self).unicodeScalars
        #expect(!raw.contains { $0.properties.generalCategory == .control })
        let again = try JSONObject(message: Array(payload))
        guard case .text(let read) = again["t"] else {
            Issue.record("no text")
            return
        }
        #expect(again.string(read).unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    private func scalar(_ value: UInt32) -> String {
        Unicode.Scalar(value).map { String(Character($0)) } ?? ""
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<40, using: &generator) {
            let limit: UInt32 = Bool.random(using: &generator) ? 0x100 : 0x11_0000
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
                text.append(scalar)
            }
        }
        return String(text)
    }

    @Test func whatDoesNotFitAFrameLeavesTheBytesAsTheyWere() {
        var bytes: [UInt8] = [1, 2, 3]
        #expect(throws: FramingError.payloadTooLong(bytes: 8193)) {
            try JSONWriter.append(to: &bytes) { $0.member("t", String(repeating: "x", count: 8193 - 8)) }
        }
        #expect(bytes == [1, 2, 3])
    }

    @Test func whatFillsAFrameIsWritten() throws {
        var bytes: [UInt8] = []
        try JSONWriter.append(to: &bytes) { $0.member("t", String(repeating: "x", count: 8192 - 8)) }
        #expect(bytes.count == FrameLimits.headerBytes + FrameLimits.maximumPayloadBytes)
    }
}
