// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SnugProtocol

/// Python's `json`, which shares no code with ours, judges the same documents.
@Suite(.timeLimit(.minutes(30))) struct JSONAgainstPythonTests {
    /// Judges each line, which is a document in hexadecimal, and behind it perhaps what we read in it.
    ///
    /// What the protocol refuses beyond RFC 8259 is refused through the hooks that `json` has for it, or counted.
    private static let judge = #"""
        import json, sys

        def refuse(_):
            raise ValueError

        def whole(digits):
            number = int(digits)
            return number if abs(number) < 2 ** 53 else refuse(digits)

        def members(pairs):
            return dict(pairs) if len({key for key, _ in pairs}) == len(pairs) <= 32 else refuse(pairs)

        def depth(value):
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
            return 0 if inner is None else 1 + max(map(depth, inner), default=0)

        def judged(document):
            try:
                text = document.decode("utf-8")
                value = json.loads(text, parse_float=refuse, parse_constant=refuse, parse_int=whole,
                                   object_pairs_hook=members)
                json.dumps(value, ensure_ascii=False).encode("utf-8")
            except (ValueError, RecursionError):
                return None
            return value if isinstance(value, dict) and depth(value) <= 4 else None

        for line in sys.stdin:
            document, _, again = line.strip().partition(" ")
            value = judged(bytes.fromhex(document))
            same = bool(again) and judged(bytes.fromhex(again)) == value
            print("refused" if value is None else "same" if same else "taken", flush=True)
        """#

    private static let seeds: [[UInt8]] =
        Samples.client.map(\.payload) + Samples.server.map(\.payload)
        + [
            #"{"a":[{"b":[1,-2,3]},{"c":null}],"d":{"e":{"f":{}}},"g":[[],[[]]]}"#,
            #"{"a":"\ud83d\udc4b\u00e9\u0000\"\\\/\b\f\n\r\t","\u0062":true,"c":false}"#,
            #" { "a" : 9007199254740991 , "b" : -9007199254740991 , "c" : -0 } "#,
        ].map { Array($0.utf8) }

    @Test(arguments: 0..<4)
    func bothTakeTheSameDocumentsForTheSameValues(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let documents = (0..<1500).map { _ in Self.document(&random) }
        let python = try ChildProcess("/usr/bin/python3", ["-c", Self.judge])
        var taken = 0
        for batch in stride(from: 0, to: documents.count, by: 100) {
            let asked = documents[batch..<min(batch + 100, documents.count)]
            let ours = asked.map { try? JSONObject(message: $0) }
            for (document, object) in zip(asked, ours) {
                let again = try object.map { try Self.written($0) }.map(hexadecimal) ?? ""
                try python.type("\(hexadecimal(document)) \(again)")
            }
            try python.wait(for: "\(asked.count) judgements") {
                python.lines(of: .output).count >= batch + asked.count
            }
            for (index, object) in ours.enumerated() {
                let verdict = python.lines(of: .output)[batch + index]
                let document = String(decoding: documents[batch + index], as: UTF8.self)
                #expect(verdict == (object == nil ? "refused" : "same"), "\(document)")
                taken += object == nil ? 0 : 1
            }
        }
        // Both judgements have to be there, or nothing is compared.
        #expect(taken > documents.count / 10 && taken < documents.count * 9 / 10)
        #expect(try python.finish() == 0)
    }

    // MARK: Documents

    private static let pieces: [String] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", "-0", "1.5", "1e2", "01", "9007199254740991",
        "9007199254740992", "null", "true", "false", "NaN", "Infinity", " ", "\n", "\t", "\u{C}", "\u{A0}",
        "\u{FEFF}",
        "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\udc4b", "\\u00e9", "\\x", "\u{0}", "\u{1F}", "\u{7F}", "é",
        "👋",
        "\"a\":1", ",\"a\":1", ",\"a\":[[]]", "{\"a\":{}}", "[[[", "//", "/* */", "'", "\"type\":",
    ]

    private static func document(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seeds.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...4, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(at..<end)
            case 1: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 3: bytes = Array(bytes[..<at])
            default: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: at)
            }
        }
        return bytes
    }

    /// What we read, as Foundation writes it.
    private static func written(_ object: JSONObject) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: try plain(object)))
    }

    private static func plain(_ object: JSONObject) throws -> [String: Any] {
        var members: [String: Any] = [:]
        for member in object.members {
            members[object.string(member.key)] = try plain(member.value, in: object)
        }
        return members
    }

    private static func plain(_ value: JSONValue, in object: JSONObject) throws -> Any {
        switch value {
        case .null: NSNull()
        case .flag(let flag): flag
        case .number(let number): number
        case .text(let text): object.string(text)
        case .list(let place):
            try (try object.values(at: place, atMost: .max) ?? []).map { try plain($0, in: object) }
        case .object(let place): try plain(try object.object(at: place))
        }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
