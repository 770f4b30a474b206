// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct ClusterMessageTests {
    private let messages: [ClusterMessage] = {
        let node = NodeNumber(7) ?? .alone
        let session = SessionID(node, counter: 3) ?? SessionID(rawValue: 0)
        let line = ChatLine("hello").map { Speech($0) }
        let say = line.map { Request(.say($0, to: nil, ref: Ref("1")), by: session) }
        let log = Checkpoint.beginning.followed(by: [1, 2], at: 9)
        let contents: [ClusterMessage.Content] =
            [
                .checkpoint(replaced: 12), .goodbye, .gone(node), .heartbeat(log: .beginning, state: nil),
                .heartbeat(log: log, state: .beginning),
                .requests([say, Request(.tick, by: SessionID(rawValue: 0))].compactMap(\.self)),
            ] + [NodeProfile(version: "0.7.0", address: "a:1")].compactMap { $0.map { .hello($0) } }
        return contents.enumerated().map {
            ClusterMessage(
                sender: 0xFEDC_BA98,
                counter: UInt64($0),
                time: Int64($0) * 300_000_000_000,
                content: $1
            )
        }
    }()

    @Test func everyMessageIsReadAsItWasWritten() throws {
        for message in messages { #expect(try ClusterMessage(coded: message.coded) == message) }
    }

    @Test func aMessageOfAnotherFormatIsNotOurs() {
        for message in messages {
            var bytes = message.coded
            bytes[4] = ClusterMessage.format + 1
            #expect(throws: CodingFault.self) { try ClusterMessage(coded: bytes) }
        }
    }

    @Test func noBytesEndTheProgramOrStandForAMessageThatWouldBeWrittenOtherwise() {
        var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for _ in 0..<20_000 {
            guard var bytes = messages.randomElement(using: &random)?.coded else { continue }
            for _ in 0...1 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 0...255,
                    using: &random
                )
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...3, using: &random)) }
            guard let message = try? ClusterMessage(coded: bytes) else { continue }
            #expect(message.coded == bytes)
        }
    }

    @Test func whatANodeTellsOfItselfIsShownAsItIs() {
        #expect(NodeProfile(version: "1", address: "chat.example:9443") != nil)
        for text in ["", "a b", "a\u{1B}[2J", "ü:1", String(repeating: "a", count: 301)] {
            #expect(NodeProfile(version: "1", address: text) == nil)
            #expect(NodeProfile(version: text, address: nil) == nil)
        }
    }
}
#endif
