// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugProtocol
import SnugServer
import TestSupport
import Testing

@testable import SnugRooms
@testable import SnugServer

/// docs/protocol.md is what other people's clients are written from, so what it says is played here.
@Suite(.timeLimit(.minutes(30))) struct ProtocolDocumentTests {
    private static let document = "docs/protocol.md"

    @Test func theLengthsAreAcceptedAndRefusedAsWritten() throws {
        let blocks = try Document.blocks("vectors lengths", of: Self.document)
        let vectors = try #require(blocks.first).split(separator: "\n").map { $0.split(separator: " ") }
        for vector in vectors {
            let header = try bytes(String(vector[0]))
            let isAccepted = vector[1] == "accepted"
            #expect(isAccepted || vector[1] == "refused")
            var decoder = FrameDecoder()
            if isAccepted {
                let length = header.reduce(0) { $0 << 8 | Int($1) }
                let payload = [UInt8](repeating: 0x61, count: length)
                try decoder.append((header + payload).span.bytes)
                #expect(decoder.next() == payload)
            } else {
                #expect(throws: FramingError.self) { try decoder.append(header.span.bytes) }
            }
        }
        #expect(vectors.count >= 10)
    }

    @Test func everyFrameOfTheSessionsHoldsTheTextBelowIt() throws {
        for step in try sessions().joined() {
            guard case .frame(let frame, let text) = step.kind else { continue }
            var decoder = FrameDecoder()
            try decoder.append(frame.span.bytes)
            let next = decoder.next()
            let payload = String(decoding: try #require(next), as: UTF8.self)
            #expect(!decoder.isMidFrame && !decoder.hasFrame)
            #expect(try FrameEncoder.frame(payload) == frame)
            #expect(shown(payload) == text)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func theSessionsHappenWithARealServerByteForByte(kind: TransportKind) throws {
        for session in try sessions() {
            try withServer(passphrase: "open sesame") { running in try play(session, on: running, kind) }
        }
    }

    @Test func everyNoticeIsWrittenDown() throws {
        let text = try Document.text(of: Self.document)
        let name = try #require(NameRequest("NAME").name)
        let given = try #require(NameRequest("GIVEN").name)
        let notices: [Notice] = [
            .idle(seconds: 300), .keylogActive, .lineChanged(.invisiblesDropped),
            .lineChanged(.marksDropped), .lineChanged(.shortened), .nameCleaned(given: "GIVEN", name: name),
            .historyIsOnItsWay, .historyKept(KeptHistory(lines: 1_000, hours: 24, isOnDisk: false)),
            .historyKept(KeptHistory(lines: 1_000, hours: 24, isOnDisk: true)),
            .historyKept(KeptHistory(lines: 0, hours: 24, isOnDisk: true)), .historyUnreadable,
            .historyNotStored, .historyStoredAgain,
            .orderIsBack, .orderIsGone, .orderIsSlow,
            .nameGiven(name), .nameOfKey(name), .nameTaken(given: given, name: name), .nobodyToReplyTo,
            .readsAsNotice,
            .usage("/nick NAME"), .online([name, name]), .plainTransport, .roomIsFull(maximumMembers: 10_000),
            .unknownCommand("COMMAND"),
        ]
        let refusals = [
            Refusal(.nameUnchanged, .name(name)), Refusal(.nameNotFit, .given("GIVEN")),
            Refusal(.nameTaken, .name(given)), Refusal(.outOfTouch),
        ]
        let texts = notices.map(LevelZero.text(for:)) + refusals.map { LevelZero.text(for: $0, at: .now) }
        // Of those that are not made here the words at least.
        for wording in Wording.allCases {
            let parts = wording.rawValue.split(separator: /{#?}/).filter { $0.count > 3 }
            for part in parts {
                #expect(
                    text.contains(part.trimmingPrefix(" ")) || texts.contains { $0.contains(part) },
                    "\(wording)"
                )
            }
        }
        for notice in texts + [LevelZero.help(isOperator: false)] {
            #expect(text.contains("\n| `\(notice)` |"), "\(notice)")
        }
        // Two of those that fit stand for all of them.
        let crowd = LevelZero.text(for: .online(Array(repeating: name, count: 2_000)))
        let row = crowd.replacing(/(, NAME){2,}/, with: ", NAME").replacing(/[0-9]+ more/, with: "7 more")
        #expect(crowd.contains("more") && text.contains("\n| `\(row)` |"))
    }
}

/// One line of a session in the document: whose it is, and what happens.
private struct Step {
    enum Kind {
        case ends
        case frame([UInt8], text: String)
    }

    let person: String
    let isSent: Bool
    let kind: Kind
}

private func sessions() throws -> [[Step]] {
    let blocks = try Document.blocks("vectors session", of: "docs/protocol.md")
    try #require(blocks.count == 2)
    return try blocks.map { block in
        var steps: [Step] = []
        var lines = block.split(separator: "\n").makeIterator()
        while let line = lines.next() {
            let words = line.split(separator: " ", maxSplits: 2)
            if words.count == 2 {
                try #require(words[1] == "ends")
                steps.append(Step(person: String(words[0]), isSent: false, kind: .ends))
                continue
            }
            try #require(words.count == 3 && (words[1] == ">" || words[1] == "<"))
            let text = lines.next()?.dropFirst(4)
            let frame = Step.Kind.frame(try bytes(String(words[2])), text: String(try #require(text)))
            steps.append(Step(person: String(words[0]), isSent: words[1] == ">", kind: frame))
        }
        return steps
    }
}

private func play(_ session: [Step], on running: RunningServer, _ kind: TransportKind) throws {
    var clients: [String: TestClient] = [:]
    var joined: Set<String> = []
    for step in session {
        let client = try clients[step.person] ?? TestClient(kind, port: running.port(kind))
        clients[step.person] = client
        guard case .frame(let frame, _) = step.kind else {
            #expect(try client.expectEnd() == nil)
            continue
        }
        if step.isSent {
            try client.send(raw: frame)
            continue
        }
        let text = try client.next()
        #expect(try FrameEncoder.frame(text) == frame, "\(step.person) got \"\(text)\"")
        if text.hasSuffix(" joined the chat *"), joined.insert(step.person).inserted, kind == .plain {
            try client.expectNotice(containing: "NOT encrypted")
        }
    }
}

private func bytes(_ hexadecimal: String) throws -> [UInt8] {
    let digits = try hexadecimal.filter { $0 != " " }.map { try #require($0.hexDigitValue) }
    try #require(digits.count.isMultiple(of: 2))
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A payload as the document shows it.
private func shown(_ payload: String) -> String {
    guard !payload.isEmpty else { return "(empty)" }
    var shown = String.UnicodeScalarView()
    for scalar in payload.unicodeScalars {
        shown.append(scalar.value < 0x20 ? Unicode.Scalar(0x2400 + scalar.value) ?? scalar : scalar)
    }
    return String(shown)
}
