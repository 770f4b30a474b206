// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

@testable import SnugProtocol

/// Lists of any length reach a client whole, in frames that fit.
@Suite(.timeLimit(.minutes(30))) struct MessageListTests {
    @Test(arguments: 0..<12)
    func everyoneInARoomIsToldInFramesThatFit(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let people = (0..<Int.random(in: 0...1000, using: &random)).map { number in
            ServerMessage.Person(
                id: "\(number)",
                name: text(atMost: 80, &random),
                key: Bool.random(using: &random) ? "sha256:" + String(repeating: "k", count: 44) : nil
            )
        }
        let topic = Bool.random(using: &random) ? text(atMost: 800, &random) : nil
        let state = ServerMessage.RoomState(
            room: "main",
            topic: topic,
            isPrivate: true,
            people: people,
            last: 4720
        )
        let frames = try frames(of: ServerMessage(.room(state), ref: "r"))

        var told: [ServerMessage.Person] = []
        for (index, message) in frames.enumerated() {
            guard case .room(let part) = message.kind else {
                Issue.record("no room")
                return
            }
            #expect(message.ref == "r" && part.topic == topic && part.last == 4720 && part.isPrivate)
            #expect(part.hasMore == (index < frames.count - 1))
            #expect(!part.people.isEmpty || people.isEmpty)
            told += part.people
        }
        #expect(told == people)
    }

    @Test func listsOfRoomsAndBansAreSplitAsWell() throws {
        let all = (0..<900).map {
            ServerMessage.RoomSummary(room: "room \($0)", people: 3, topic: "topic \($0)")
        }
        let roomFrames = try frames(of: ServerMessage(.rooms(.init(all))))
        #expect(roomFrames.count > 3)
        #expect(roomFrames.flatMap(rooms(in:)) == all)
        let kept = (0..<10_000 as Range<UInt64>).map {
            ServerMessage.Ban(number: $0, name: "ben", what: "192.0.2.\($0)", by: "aisha")
        }
        let banFrames = try frames(of: ServerMessage(.bans(.init(kept))))
        #expect(banFrames.flatMap(bans(in:)) == kept)
    }

    @Test func aListThatSaysMoreFollowsSaysSoInItsLastFrameToo() throws {
        let frames = try frames(
            of: ServerMessage(.rooms(.init([.init(room: "main", people: 1)], hasMore: true)))
        )
        #expect(frames == [ServerMessage(.rooms(.init([.init(room: "main", people: 1)], hasMore: true)))])
    }

    @Test(arguments: [8000, 8100, 8120, 8121, 8122, 8123, 8124, 8125, 8130, 8192, 20_000])
    func anEntryThatFitsNoFrameIsAnErrorAndLeavesTheBytes(length: Int) throws {
        let long = ServerMessage.Person(id: "2", name: String(repeating: "x", count: length))
        let people = [ServerMessage.Person(id: "1", name: "a"), long]
        let message = ServerMessage(.room(.init(room: "main", people: people, last: 1)))
        var bytes: [UInt8] = [9]
        do {
            try message.encode(appendingTo: &bytes)
            try expectFrames(in: Array(bytes.dropFirst()))
            #expect(length < 8130)
        } catch is FramingError {
            #expect(bytes == [9] && length > 8100)
        }
    }

    private func rooms(in message: ServerMessage) -> [ServerMessage.RoomSummary] {
        guard case .rooms(let part) = message.kind else { return [] }
        return part.rooms
    }

    private func bans(in message: ServerMessage) -> [ServerMessage.Ban] {
        guard case .bans(let part) = message.kind else { return [] }
        return part.bans
    }

    private func expectFrames(in bytes: [UInt8]) throws {
        var decoder = FrameDecoder()
        try decoder.append(bytes.span.bytes)
        #expect(!decoder.isMidFrame)
    }

    private func frames(of message: ServerMessage) throws -> [ServerMessage] {
        var bytes: [UInt8] = []
        try message.encode(appendingTo: &bytes)
        var decoder = FrameDecoder()
        try decoder.append(bytes.span.bytes)
        #expect(!decoder.isMidFrame)
        var messages: [ServerMessage] = []
        while let payload = decoder.next() { messages.append(try ServerMessage(payload: payload)) }
        return messages
    }

    private func text(atMost bytes: Int, _ random: inout SeededGenerator) -> String {
        let characters = ["a", "\"", "\\", "é", "\u{7F}", "👋", "\n", "\u{9B}"]
        var text = ""
        for _ in 0..<Int.random(in: 1...bytes / 4, using: &random) {
            text += characters.randomElement(using: &random) ?? ""
        }
        return text
    }
}
