// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

@testable import SnugProtocol

/// What one end says is what the other reads, and anything else is an error that says where.
@Suite(.timeLimit(.minutes(30))) struct MessageTests {
    @Test func everyMessageComesBack() throws {
        for message in Samples.client { #expect(try ClientMessage(payload: message.payload) == message) }
        for message in Samples.server { #expect(try ServerMessage(payload: message.payload) == message) }
    }

    @Test func thereIsASampleOfEveryType() throws {
        let client = try Set(Samples.client.map { try type(of: $0.payload) })
        let server = try Set(Samples.server.map { try type(of: $0.payload) })
        #expect(client.isSuperset(of: ClientMessageType.allCases.map(\.rawValue)))
        #expect(server.isSuperset(of: ServerMessageType.allCases.map(\.rawValue)))
    }

    private func type(of payload: [UInt8]) throws -> String {
        let object = try JSONObject(message: payload)
        guard case .text(let text) = object["type"] else { return "" }
        return object.string(text)
    }

    @Test func anEmptyFrameSaysStillHereInBothDirections() throws {
        #expect(try ClientMessage(payload: []) == ClientMessage(.stillHere))
        #expect(try ServerMessage(payload: []) == ServerMessage(.stillHere))
        var bytes: [UInt8] = []
        try ClientMessage(.stillHere).encode(appendingTo: &bytes)
        try ServerMessage(.stillHere).encode(appendingTo: &bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 2 * FrameLimits.headerBytes))
    }

    @Test func aRefThatIsAddedIsWrittenAsIfItHadBeenThereFromTheStart() throws {
        for message in Samples.server where !message.kind.isListOrNothing {
            for ref in ["18", #"a "quoted\" one"#, String(repeating: "x", count: 32)] {
                var plain = message
                plain.ref = nil
                var answered = message
                answered.ref = ref
                #expect(LevelOne.frame(LevelOne.frames(plain), adding: ref) == LevelOne.frames(answered))
            }
        }
    }

    @Test func anErrorCarriesTheRefOfItsMessageIntoTheAnswer() throws {
        let error = try #require(throws: MessageError.self) {
            try ClientMessage(payload: Array(#"{"type":"say","room":"main","ref":"18"}"#.utf8))
        }
        #expect(error == MessageError(.missing, member: "text", ref: "18"))
        #expect(error.answer.ref == "18")
        guard case .refused(let refused) = error.answer.kind else {
            Issue.record("no refusal")
            return
        }
        #expect(refused.code.known == .malformed)
        #expect(refused.text == "the member \"text\" is missing")
        #expect(refused.hint?.isEmpty == false)
    }

    @Test func aRefThatIsNoneIsNotEchoed() throws {
        for ref in [
            "7", "null", "\"\"", "\"\\u0007\"", "\"é\"", "\"\(String(repeating: "x", count: 33))\"", "[]",
        ] {
            let error = try #require(throws: MessageError.self) {
                try ClientMessage(payload: Array("{\"type\":\"quit\",\"ref\":\(ref)}".utf8))
            }
            #expect(error.ref == nil && error.member == "ref")
        }
    }

    @Test func aMessageWithoutATypeIsNone() throws {
        for payload in ["{}", #"{"type":7}"#, #"{"type":""}"#, #"{"type":"é"}"#, #"{"Type":"quit"}"#] {
            #expect(throws: MessageError.self) { try ClientMessage(payload: Array(payload.utf8)) }
            #expect(throws: MessageError.self) { try ServerMessage(payload: Array(payload.utf8)) }
        }
    }

    /// A person's key in `seen` may be anything; the answer that quotes it has to be a frame all the same.
    @Test func theLongestErrorFitsAFrame() throws {
        let room = String(repeating: "\\u0001", count: LevelOne.maximumNameBytes)
        let payload =
            #"{"type":"enter","name":"a","rooms":[],"resume":{"token":"t","epoch":"e","seen":{"\#(room)":"x"}}}"#
        let error = try #require(throws: MessageError.self) {
            try ClientMessage(payload: Array(payload.utf8))
        }
        #expect(error.fault == .wrongType(expected: .number))
        #expect(!error.answer.payload.isEmpty)
    }

    // MARK: Random input

    private static let payloads = Samples.client.map(\.payload) + Samples.server.map(\.payload)

    /// Bytes that were a message once: what is still one comes back from what we write of it.
    @Test(arguments: 0..<20)
    func mutatedMessagesAreMessagesOrErrorsAndNothingElse(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var messages = 0
        for _ in 0..<400 {
            var bytes = Self.payloads.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0x20...0x7E, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[index], at: index)
                }
            }
            if let message = try? ClientMessage(payload: bytes) {
                messages += 1
                #expect(try ClientMessage(payload: message.payload) == message)
            }
            if let message = try? ServerMessage(payload: bytes) {
                messages += 1
                #expect(try ServerMessage(payload: message.payload) == message)
            }
        }
        #expect(messages > 40)
    }

    // MARK: Codes

    @Test func aCodeOfALaterVersionIsKept() throws {
        let payload = Array(#"{"type":"refused","code":"too-sunny","text":"wait"}"#.utf8)
        guard case .refused(let refused) = try ServerMessage(payload: payload).kind else {
            Issue.record("no refusal")
            return
        }
        #expect(refused.code.word == "too-sunny" && refused.code.known == nil)
    }
}

extension ServerMessage.Kind {
    fileprivate var isListOrNothing: Bool {
        switch self {
        case .bans, .control(.sessions), .room, .rooms, .stillHere: true
        default: false
        }
    }
}
