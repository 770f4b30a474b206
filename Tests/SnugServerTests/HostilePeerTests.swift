// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

/// Whatever one peer does, the others chat on and notice nothing but that it left.
@Suite(.timeLimit(.minutes(30))) struct HostilePeerTests {
    @Test(arguments: TransportKind.allCases)
    func aPeerThatSaysNothingIsGoneByTheDeadline(kind: TransportKind) throws {
        try withServer({ $0.limits.authenticationTimeout = .milliseconds(300) }) { running in
            let silent = try SilentPeer(port: running.port(kind))
            let start = MonotonicTime.now
            try silent.expectEnd()
            #expect(start.duration(to: .now) < .seconds(20))
            try running.expectLog("no accepted name within")
        }
    }

    @Test func aPeerThatStopsInMidHandshakeIsGoneByTheDeadlineAndHoldsUpNobody() throws {
        try withServer({ $0.limits.authenticationTimeout = .seconds(1) }) { running in
            let stuck = try SilentPeer(port: running.port(.tls))
            // The first half of a ClientHello's record.
            try stuck.send([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
            let aisha = try TestClient(.tls, port: running.port(.tls), name: "aisha")
            let ben = try TestClient(.tls, port: running.port(.tls), name: "ben")
            try ben.send("nobody waits")
            try aisha.skip(to: "ben: nobody waits")
            try stuck.expectEnd()
            try running.expectLog("no accepted name within 1 s")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFrameThatIsNeverFinishedEndsItsConnectionOnly(kind: TransportKind) throws {
        try withServer({ $0.limits.frameTimeout = .milliseconds(300) }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let dripper = try TestClient(kind, port: running.port(kind), name: "dripper")
            try witness.expect("* dripper joined the chat *")
            try dripper.send(raw: [0, 0, 0, 5, 65])
            try witness.expect("* dripper left *")
            try running.expectLog("an incomplete frame for")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func theIdleAreToldAndLeave(kind: TransportKind) throws {
        try withServer({ $0.limits.idleTimeout = .milliseconds(400) }) { running in
            let idle = try TestClient(kind, port: running.port(kind), name: "idle")
            try idle.expectNotice(containing: "nothing came in")
            #expect(try idle.expectEnd() == nil)
            try running.expectLog("left as idle: idle for")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func linesThatWaitForTheRateLimitAreNotLostToIdleness(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.idleTimeout = .milliseconds(300)
            $0.limits.lineRate = LineRate(burst: 1, perSecond: 2)
        }
        try withServer(configure) { running in
            let witness = try TestClient(kind, port: running.port(kind))
            // For half a minute lines of its own wait as well: it is not idle.
            try witness.send(
                raw: (["witness"] + (1...60).map { "\($0)" }).flatMap { try FrameEncoder.frame($0) }
            )
            try witness.skip(to: "* witness joined the chat *")
            let talker = try TestClient(kind, port: running.port(kind))
            try talker.send(raw: ["talker", "1", "2", "3", "4"].flatMap { try FrameEncoder.frame($0) })
            for number in 1...4 { try witness.skip(to: "talker: \(number)") }
            try witness.skip(to: "* talker left *")
            try running.expectLog("left as talker: idle for")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func linesBeforeAFrameThatIsNeverFinishedAreNotLost(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.frameTimeout = .milliseconds(300)
            $0.limits.lineRate = LineRate(burst: 1, perSecond: 2)
        }
        try withServer(configure) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let dripper = try TestClient(kind, port: running.port(kind), name: "dripper")
            try witness.expect("* dripper joined the chat *")
            try dripper.send(raw: ["1", "2", "3"].flatMap { try FrameEncoder.frame($0) } + [0, 0, 0, 5, 65])
            for number in 1...3 { try witness.expect("dripper: \(number)") }
            try witness.expect("* dripper left *")
            try running.expectLog("an incomplete frame for")
        }
    }

    @Test(arguments: TransportKind.allCases, [[0x20, 1], [0x80, 0], [0xff, 0xff]] as [[UInt8]])
    func aLyingLengthEndsItsConnectionAtTheFourthByteAndLosesNothingBefore(kind: TransportKind, top: [UInt8])
        throws
    {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let liar = try TestClient(kind, port: running.port(kind), name: "liar")
            try witness.expect("* liar joined the chat *")
            let header: [UInt8] = top == [0x20, 1] ? [0, 0] + top : top + [0, 0]
            try liar.send(raw: FrameEncoder.frame("true words") + header)
            try witness.expect("liar: true words")
            try witness.expect("* liar left *")
            try running.expectLog("announced a frame of")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func bytesThatAreNotUTF8AreShownToNobody(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let garbler = try TestClient(kind, port: running.port(kind), name: "garbler")
            try witness.expect("* garbler joined the chat *")
            try garbler.send(raw: [0, 0, 0, 2, 0xc0, 0x80])
            try witness.expect("* garbler left *")
            try running.expectLog("not UTF-8")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func escapeSequencesAndForgedNoticesReachNobodyRaw(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let forger = try TestClient(kind, port: running.port(kind))
            try forger.send("a: b\u{1b}[2J\u{202e}")
            try witness.expect("* a b[2J joined the chat *")
            try forger.send("x\r\n* witness left *\u{1b}]0;owned\u{7}\u{9b}1m")
            let shown = try witness.next()
            #expect(shown.hasPrefix("a b[2J: x "))
            #expect(!shown.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) })
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFloodThatTakesUpWholeTurnsHoldsUpNobody(kind: TransportKind) throws {
        try withServer({ $0.loops = 1 }) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let aisha = try TestClient(kind, port: running.port(kind), name: "aisha")
            let fullFrame = try FrameEncoder.frame(String(repeating: "x", count: 8_192))
            let flooders = try (0..<10).map { _ in try TestClient(kind, port: running.port(kind)) }
            for flooder in flooders {
                // With the name in front, they arrive while the lobby reads, and reach the room all at once.
                let frames = repeatElement(fullFrame, count: 15).joined()
                try flooder.send(raw: FrameEncoder.frame("flooder") + frames)
            }
            try aisha.send("still here")
            try witness.skip(to: "aisha: still here")
            for flooder in flooders { flooder.close() }
        }
    }

    @Test func httpOnTheTLSPortIsNamedInTheLog() throws {
        try withServer { running in
            let browser = try SilentPeer(port: running.port(.tls))
            try browser.send(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            try browser.expectEnd()
            try running.expectLog("an HTTP request on the TLS port")
        }
    }

    @Test func tlsOnThePlainPortIsNamedInTheLog() throws {
        try withServer { running in
            #expect(throws: (any Error).self) { try TestClient(.tls, port: running.port(.plain)) }
            try running.expectLog("speaks TLS on the plain port")
        }
    }

    @Test func aPlainClientOnTheTLSPortIsNamedInTheLog() throws {
        try withServer { running in
            let lost = try TestClient(.plain, port: running.port(.tls))
            try lost.send("aisha")
            try running.expectLog("a chat client without TLS on the TLS port")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aReaderThatStopsWhileTheRoomIsBusyIsDroppedAtItsCapAndHoldsUpNobody(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = .unlimited
            $0.limits.backlogBytes = 65_536
        }
        try withServer(configure) { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
            try witness.expect("* stalled joined the chat *")
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            try witness.expect("* talker joined the chat *")
            let line = String(repeating: "x", count: 499)
            var sent = 0
            var left = false
            while !left {
                for number in sent..<sent + 50 {
                    try talker.send("\(number) \(line)".prefix(500).description)
                }
                for number in sent..<sent + 50 {
                    var seen = try witness.next()
                    if seen == "* stalled left *" {
                        left = true
                        seen = try witness.next()
                    }
                    #expect(seen.hasPrefix("talker: \(number) "))
                }
                sent += 50
            }
            try running.expectLog("slow reader, more than 65536 bytes waited for it")
            stalled.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aReaderThatTakesNothingInAQuietRoomIsDroppedAfterAWhile(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = .unlimited
            $0.limits.writeTimeout = .milliseconds(500)
            $0.limits.backlogBytes = 16_777_216
        }
        try withServer(configure) { running in
            let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            let line = String(repeating: "x", count: 500)
            // More than the kernel buffers for both ends together.
            for _ in 0..<20_000 { try talker.send(line) }
            try talker.skip(to: "* stalled left *")
            try running.expectLog("left as stalled: slow reader, took nothing for")
            stalled.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func thatAReaderWasDroppedIsToldEvenIfNothingElseHappensAfterwards(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = .unlimited
            $0.limits.backlogBytes = 16_384
            $0.limits.writeTimeout = .seconds(600)
            $0.loops = 1
        }
        try withServer(configure) { running in
            let stalled = try TestClient(kind, port: running.port(kind), name: "stalled")
            let talker = try TestClient(kind, port: running.port(kind), name: "talker")
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            try talker.expect("* witness joined the chat *")
            let line = String(repeating: "x", count: 500)
            // One at a time: when the limit is reached, the server has nothing else to do.
            while !running.log.contains(where: { $0.contains("left as stalled: slow reader") }) {
                try talker.send(line)
                let shown = try witness.next()
                if shown == "* stalled left *" { return stalled.close() }
                #expect(shown == "talker: \(line)")
            }
            try witness.expect("* stalled left *")
            stalled.close()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aFloodOfConnectionsThatAreResetLeavesTheRoomAsItWas(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            for _ in 0..<200 {
                let flood = try SilentPeer(port: running.port(kind))
                try flood.send([22, 3])
                flood.reset()
            }
            try witness.send("/who")
            try witness.expect("* online: witness *")
        }
    }
}
