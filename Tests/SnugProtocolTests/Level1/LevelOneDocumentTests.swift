// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugFraming
import TestSupport
import Testing

@testable import SnugProtocol

/// docs/protocol-1.md is what other people's clients are written from, so its tables and vectors are played here.
@Suite(.timeLimit(.minutes(30))) struct LevelOneDocumentTests {
    private static let document = "docs/protocol-1.md"

    // MARK: Vectors

    @Test func everyVectorMeansWhatIsWrittenBelowIt() throws {
        let client = try vectors("client")
        for (payload, meaning) in client {
            #expect(
                meaning == (try meaningForAServer(payload)),
                "\(String(decoding: payload, as: UTF8.self))"
            )
        }
        let server = try vectors("server")
        for (payload, meaning) in server {
            #expect(meaning == meaningForAClient(payload), "\(String(decoding: payload, as: UTF8.self))")
        }
        #expect(client.count > 30 && server.count > 10)
    }

    private func meaningForAServer(_ payload: [UInt8]) throws -> String {
        do throws(MessageError) {
            let message = try ClientMessage(payload: payload)
            if case .unknown = message.kind { return RefusalCode.unknownType.rawValue }
            return String(decoding: message.payload, as: UTF8.self)
        } catch {
            guard case .refused(let refused) = error.answer.kind else { return "" }
            return "\(refused.code.word): \(refused.text)"
        }
    }

    private func meaningForAClient(_ payload: [UInt8]) -> String {
        do throws(MessageError) {
            let message = try ServerMessage(payload: payload)
            if case .unknown = message.kind { return "ignored" }
            return String(decoding: message.payload, as: UTF8.self)
        } catch {
            return "malformed: \(error)"
        }
    }

    private func vectors(_ name: String) throws -> [([UInt8], String)] {
        let block = try #require(try Document.blocks("vectors \(name)", of: Self.document).first)
        let lines = block.split(separator: "\n")
        try #require(lines.count.isMultiple(of: 2))
        return try stride(from: 0, to: lines.count, by: 2).map { index in
            let payload =
                lines[index].hasPrefix("hex ")
                ? try bytes(lines[index].dropFirst(4)) : Array(lines[index].utf8)
            return (payload, String(lines[index + 1].dropFirst(4)))
        }
    }

    @Test func theSessionIsFramesOfTheTextBelowThemInTheOrderOfTheLogin() throws {
        let block = try #require(try Document.blocks("vectors session", of: Self.document).first)
        let lines = block.split(separator: "\n")
        var sent: [[UInt8]] = []
        var kinds: [String] = []
        for index in stride(from: 0, to: lines.count, by: 2) {
            let frame = try bytes(lines[index].dropFirst(2))
            let text = lines[index + 1].dropFirst(4)
            if lines[index].hasPrefix("> "), sent.isEmpty {
                #expect(frame == LevelChoice.preface && LevelChoice(firstBytes: frame) == .levelOne)
                sent.append(frame)
                continue
            }
            let payload = Array((text == "(empty)" ? "" : text).utf8)
            #expect(frame == (try FrameEncoder.frame(String(decoding: payload, as: UTF8.self))))
            if lines[index].hasPrefix("< ") {
                let message = try ServerMessage(payload: payload)
                #expect(message.payload == payload)
                kinds.append("\(message.kind)".prefix { $0 != "(" }.description)
            } else {
                // The first frame is the passphrase.
                if sent.count > 1 { #expect(try ClientMessage(payload: payload).payload == payload) }
                sent.append(payload)
            }
        }
        #expect(kinds.starts(with: ["hello", "accepted", "entered", "room", "history", "event"]))
        #expect(kinds.last == "bye")
        #expect(sent[1] == Array("open sesame".utf8))
    }

    // MARK: Tables

    /// Every type with every member, and without each that may be missing: what the document has is what the code has.
    @Test func everyMemberIsTakenAsTheTablesSay() throws {
        for (type, members) in try Tables().client {
            try expect(type, members) { try ClientMessage(payload: $0).payload }
        }
        for (type, members) in try Tables().server {
            try expect(type, members) { try ServerMessage(payload: $0).payload }
        }
    }

    @Test func everyTypeAndEveryCodeIsInTheTables() throws {
        let tables = try Tables()
        #expect(Set(tables.client.keys) == Set(ClientMessageType.allCases.map(\.rawValue)))
        #expect(Set(tables.server.keys) == Set(ServerMessageType.allCases.map(\.rawValue)))
        #expect(try codes("code of `refused`") == RefusalCode.allCases.map(\.rawValue))
        #expect(try codes("reason of `left`") == LeaveReason.allCases.map(\.rawValue))
        #expect(try codes("reason of `bye`") == ByeReason.allCases.map(\.rawValue))
        #expect(try codes("code of `notice`") == NoticeCode.allCases.map(\.rawValue))
    }

    @Test func theLimitsAreTheOnesInTheCode() throws {
        let text = try Document.text(of: Self.document).replacing("\n", with: " ")
        for sentence in [
            "at most \(JSONLimits.bytes). Its payload", "more than \(JSONLimits.nesting) levels",
            "more than \(JSONLimits.members) members", "numbers beyond \(JSONLimits.number) (2^53 - 1)",
            "name | a string of at most \(LevelOne.maximumNameBytes) bytes",
            "1 to \(LevelOne.maximumWordBytes) characters", "of 1 to \(LevelOne.maximumReferenceBytes)",
            "lines | 1 to \(LevelOne.maximumHistoryLines)", "offer `\(LevelOne.applicationProtocol)` by ALPN",
            "names | a list of at most \(LevelOne.maximumRooms) such", "`protocol` is \(LevelOne.number)",
        ] {
            #expect(text.contains(sentence), "\(sentence)")
        }
    }

    private func codes(_ head: String) throws -> [String] {
        try Tables.rows(below: "| \(head) | meaning |").map { $0[0].filter { $0 != "`" } }
    }

    private func expect(
        _ type: String,
        _ members: [Tables.Member],
        _ again: ([UInt8]) throws -> [UInt8]
    ) throws {
        let tables = try Tables()
        var whole: [String: Any] = ["type": type, "ref": "r 1"]
        for member in members { whole[member.name] = tables.value(member.kind) }
        let written = try again(try payload(whole))
        let read = try JSONSerialization.jsonObject(with: Data(written)) as? NSDictionary
        #expect(read == whole as NSDictionary, "\(type)")
        for member in members {
            var part = whole
            part[member.name] = nil
            let bytes = try payload(part)
            if member.mayBeMissing || member.kind == "flag" || tables.isList(member.kind) {
                #expect(throws: Never.self, "\(type) without \(member.name)") { _ = try again(bytes) }
            } else {
                #expect(throws: MessageError(.missing, member: member.name, ref: "r 1")) {
                    _ = try again(bytes)
                }
            }
            for wrong in [NSNull(), 7, "x", true, [7], [["y": 1]], ["z": "z"]] as [Any]
            where !tables.isFit(wrong, for: member.kind) {
                part[member.name] = wrong
                let bytes = try payload(part)
                #expect(throws: MessageError.self, "\(type) with \(wrong) as \(member.name)") {
                    _ = try again(bytes)
                }
            }
        }
    }

    private func payload(_ object: [String: Any]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: object))
    }
}

/// The tables of the document.
private struct Tables {
    struct Member {
        let name: String
        let kind: String
        let mayBeMissing: Bool
    }

    private(set) var client: [String: [Member]] = [:]
    private(set) var server: [String: [Member]] = [:]
    private var objects: [String: [Member]] = [:]

    init() throws {
        for row in try Self.rows(below: "| `type` | members | what the server does | answer |") {
            client[Self.word(row[0])] = Self.members(row[1])
        }
        for row in try Self.rows(below: "| event | members | meaning |") {
            server[Self.word(row[0])] =
                Self.members(row[1])
                + Self.members("`seq` number, `time` number, `room` name, `replay`? flag")
        }
        for row in try Self.rows(below: "| `type` | members | meaning |") {
            server[Self.word(row[0])] = Self.members(row[1])
        }
        for row in try Self.rows(below: "| object | members |") { objects[row[0]] = Self.members(row[1]) }
    }

    /// The cells of each row of the table that begins with `head`.
    static func rows(below head: String) throws -> [[String]] {
        let text = try Document.text(of: "docs/protocol-1.md")
        let start = try #require(text.range(of: "\n\(head)\n"), "\(head)")
        let rows = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
            .dropFirst().prefix { $0.hasPrefix("|") }
        try #require(!rows.isEmpty)
        return rows.map { row in
            row.dropFirst().dropLast().components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    private static func word(_ cell: String) -> String { cell.filter { $0 != "`" } }

    private static func members(_ cell: String) -> [Member] {
        cell.matches(of: /`(\w+)`(\?)? (\w+)/).map {
            Member(name: String($0.1), kind: String($0.3), mayBeMissing: $0.2 != nil)
        }
    }

    func isList(_ kind: String) -> Bool {
        ["names", "persons", "summaries", "bans", "connections"].contains(kind)
    }

    /// Something that such a member may hold.
    func value(_ kind: String) -> Any {
        switch kind {
        case "name", "text": "é \"\\ 👋"
        case "word", "code", "reference": "a b"
        case "names": ["é", "b"]
        case "number": 9_007_199_254_740_991
        case "count", "lines": 200
        case "flag": true
        case "sequences": ["é": 5, "main": 4711]
        case "persons": [object("person"), object("person")]
        case "summaries": [object("summary")]
        case "bans": [object("ban")]
        case "connections": [object("connection"), object("connection")]
        default: object(kind)
        }
    }

    private func object(_ kind: String) -> [String: Any] {
        var object: [String: Any] = [:]
        for member in objects[kind] ?? [] { object[member.name] = value(member.kind) }
        return object
    }

    /// Whether a member of that kind may hold one of the wrong values of the test.
    func isFit(_ value: Any, for kind: String) -> Bool {
        switch kind {
        case "name", "text", "word", "code", "reference": value is String
        case "number", "count", "lines": value as? Int == 7 && !(value is Bool)
        case "flag": value is Bool
        default: false
        }
    }
}

private func bytes(_ hexadecimal: Substring) throws -> [UInt8] {
    let digits = try hexadecimal.filter { $0 != " " }.map { try #require($0.hexDigitValue) }
    try #require(digits.count.isMultiple(of: 2))
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
