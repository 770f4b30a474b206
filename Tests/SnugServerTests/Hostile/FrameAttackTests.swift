// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

/// Frames that are too many, too short for what follows, no text, or another protocol's words.
@Suite(.timeLimit(.minutes(30))) struct FrameAttackTests {
    // MARK: Many

    @Test(arguments: TransportKind.allCases)
    func fourThousandFramesInOneRecordAreAllReadAndHoldUpNobody(kind: TransportKind) throws {
        try withQuickServer { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            try witnesses.expect("* talker joined the chat *")
            // 16,384 bytes: one record.
            try talker.send(raw: [UInt8](repeating: 0, count: 4 * 4_096))
            try talker.send("behind empty ones")
            try witnesses.expect("talker: behind empty ones")
            try talker.send(raw: (0..<4_000).flatMap { _ in [0, 0, 0, 1, UInt8(ascii: "x")] })
            for _ in 0..<4_000 { try witnesses.expect("talker: x") }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aStormOfNewNamesIsHeldToTheRate(kind: TransportKind) throws {
        try withServer({ $0.limits.lineRate = LineRate(burst: 5, perSecond: 10) }) { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let renamer = try TestClient(kind, port: running.port(kind), name: "name0")
            try witnesses.expect("* name0 joined the chat *")
            let start = MonotonicTime.now
            try renamer.send(raw: (1...200).flatMap { try FrameEncoder.frame("/nick name\($0)") })
            for number in 1...15 { try witnesses.expect("* name\(number - 1) is now name\(number) *") }
            // Five at once, and ten at ten a second.
            #expect(start.duration(to: .now) >= .milliseconds(950))
            renamer.close()
        }
    }

    // MARK: Lying

    @Test(arguments: TransportKind.allCases)
    func whatFollowsALengthThatIsTooShortIsALengthAndNeverText(kind: TransportKind) throws {
        try withServer { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let liar = try TestClient(kind, port: running.port(kind), name: "liar")
            try witnesses.expect("* liar joined the chat *")
            try liar.send(
                raw: [0, 0, 0, 5] + Array("hello and forty-five bytes more than I had announced".utf8)
            )
            try witnesses.expect("liar: hello")
            try witnesses.expect("* liar left *")
            try running.expectLog("announced a frame of")
            try witnesses.expectToSeeNothingElse()
        }
    }

    @Test(
        arguments: TransportKind.allCases,
        [
            [[0xC0, 0x80]], [[0xED, 0xA0, 0x80]], [[0xF5, 0x80, 0x80, 0x80]], [[0x80]], [[0xFF]],
            [[0xF4, 0x90, 0x80, 0x80]], [[0x68, 0x69, 0xE2, 0x82]],
            // One character in two frames is none in either.
            [[0xE2], [0x82, 0xAC]],
        ] as [[[UInt8]]]
    )
    func bytesThatAreNoTextAreShownToNobodyInNamesOrLines(kind: TransportKind, frames: [[UInt8]]) throws {
        let bytes = frames.flatMap { CraftedHello.counted($0, lengthBytes: 4) }
        try withServer { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let nameless = try TestClient(kind, port: running.port(kind))
            try nameless.send(raw: bytes)
            try nameless.expectEnd()
            let garbler = try TestClient(kind, port: running.port(kind), name: "garbler")
            try witnesses.expect("* garbler joined the chat *")
            try garbler.send(raw: bytes)
            try witnesses.expect("* garbler left *")
            try running.expectLog("left as garbler: sent bytes that are not UTF-8")
            try witnesses.expectToSeeNothingElse()
        }
    }

    // MARK: Other protocols

    @Test(
        arguments: TransportKind.allCases,
        [
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n\0\0\0\u{7}mallory\0\0\0\u{2}hi",
            "SSH-2.0-OpenSSH_9.2\r\n", "EHLO example.org\r\nDATA\r\n", "*1\r\n$4\r\nPING\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "USER mallory 0 * :m\r\nNICK mallory\r\n",
            "<?xml version='1.0'?><stream:stream>", "\u{16}\u{3}\u{1}\u{2}\0",
        ]
    )
    func noOtherProtocolsWordsBecomeAMemberOrALine(kind: TransportKind, words: String) throws {
        try withServer { running in
            let witnesses = try Witnesses(port: running.port(.tls))
            let peer = try SilentPeer(port: running.port(kind))
            try peer.send(Array(words.utf8))
            peer.finish()
            try peer.expectEnd()
            try witnesses.expectToSeeNothingElse()
        }
    }
}
