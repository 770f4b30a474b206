// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugService
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct FrameServiceTests {
    @Test func framesAreAnsweredInTheirOrder() throws {
        let service = try RunningService()
        let client = try service.client()
        for number in 0..<500 { try client.send("say \(number)") }
        for number in 0..<500 { try client.expect("\(number)") }
    }

    @Test func whatWasSentBeforeAGoodbyeIsAnsweredBeforeOurs() throws {
        let service = try RunningService()
        let client = try service.client()
        for number in 0..<1_000 { try client.send("say \(number)") }
        try client.finish()
        #expect(try client.collectUntilEnd() == (0..<1_000).map { "\($0)" })
        #expect(try service.nextEvent() == "left: quit")
    }

    @Test func aPeerHearsWhatAnotherMakesTheRulesSay() throws {
        let service = try RunningService()
        let (one, other) = (try service.client(), try service.client())
        try other.send("say here")
        try other.expect("here")
        try one.send("all hello")
        try one.expect("hello")
        try other.expect("hello")
    }

    @Test func aFrameThatIsTooLongEndsItsPeerOnly() throws {
        let service = try RunningService()
        let (one, other) = (try service.client(), try service.client())
        try one.send(raw: [0, 0, 0x20, 1])
        try one.expectEnd()
        let error = FramingError.oversizedFrame(announcedBytes: 8_193)
        #expect(try service.nextEvent() == "left: sentNoFrame \(error)")
        try other.send("say still here")
        try other.expect("still here")
    }

    @Test func aPeerThatDoesNotReadIsDroppedAndTheOthersAreNot() throws {
        var limits = ServiceLimits()
        limits.backlogBytes = 65_536
        let service = try RunningService(limits)
        let (deaf, other) = (try service.client(), try service.client())
        try deaf.send("say here")
        try deaf.expect("here")
        for _ in 0..<400 {
            try other.send("all \(long)")
            try other.expect(long)
        }
        #expect(try service.nextEvent() == "left: tooSlow reading")
    }

    @Test func whoDoesNotReadItsAnswersIsAskedNoMoreInsteadOfDropped() throws {
        var limits = ServiceLimits()
        limits.backlogBytes = 32_768
        let service = try RunningService(limits)
        let connection = try service.client().connection
        let question = try FrameEncoder.frame("say \(long)")
        let questions = (0..<50).flatMap { _ in question }
        let buffers = IOBuffers()
        var decoder = FrameDecoder()
        var asked = 0
        // More than it may have to wait for is asked before anything is read.
        while decoder.completedFrames < 50 {
            try connection.flush(buffers)
            while asked < questions.count, !connection.wantsWrite {
                asked += try connection.write(questions.span.bytes.extracting(asked...), buffers)
            }
            let interest: Readiness = connection.wantsWrite ? [.readable, .writable] : .readable
            var entries = [Polling.Entry(connection.descriptor, for: interest)]
            Polling.wait(for: &entries, until: .now + .seconds(60))
            let answer = try #require(try connection.received(with: buffers))
            try decoder.append(answer.span.bytes)
        }
        while let frame = decoder.next() { #expect(frame.count == long.utf8.count) }
    }

    private let long = String(repeating: "x", count: 8_000)

    @Test func theRulesCanSayGoodbyeBehindTheirLastWords() throws {
        let service = try RunningService()
        let client = try service.client()
        try client.send("bye")
        try client.send("say too late")
        #expect(try client.collectUntilEnd() == ["goodbye"])
        #expect(try service.nextEvent() == "left: finished")
    }

    @Test func whoComesWhenAllPlacesAreTakenIsTurnedAway() throws {
        var limits = ServiceLimits()
        limits.peers = 1
        let service = try RunningService(limits)
        let first = try service.client()
        try first.send("say here")
        try first.expect("here")
        let second = try service.client()
        try second.expectEnd()
        #expect(try service.nextEvent() == "turned away: noRoom")
        try first.send("say still here")
        try first.expect("still here")
    }

    @Test func strangersGiveWayToThoseWhoComeAfterThem() throws {
        var limits = ServiceLimits()
        limits.strangers = 2
        let service = try RunningService(limits)
        let silent = try (0..<3).map { _ in try SilentPeer(port: service.port) }
        #expect(try service.nextEvent() == "turned away: noRoom")
        let client = try service.client()
        try client.send("say welcome")
        try client.expect("welcome")
        withExtendedLifetime(silent) {}
    }

    @Test(arguments: [
        (PeerDeparture.Deadline.handshake, [UInt8]?.none), (.idle, []), (.frame, [0, 0]),
    ])
    func whoKeepsTheServiceWaitingIsLetGo(
        for deadline: PeerDeparture.Deadline,
        sending bytes: [UInt8]?
    ) throws {
        var limits = ServiceLimits()
        switch deadline {
        case .handshake: limits.handshakeTimeout = .milliseconds(50)
        case .frame: limits.frameTimeout = .milliseconds(50)
        case .idle, .reading: limits.idleTimeout = .milliseconds(50)
        }
        let service = try RunningService(limits)
        guard let bytes else {
            let silent = try SilentPeer(port: service.port)
            #expect(try service.nextEvent() == "turned away: tooSlow handshake")
            return withExtendedLifetime(silent) {}
        }
        let client = try service.client()
        try client.send(raw: bytes)
        try client.expectEnd()
        #expect(try service.nextEvent() == "left: tooSlow \(deadline)")
    }

    @Test func stoppingDeliversWhatWasSentAndSaysGoodbye() throws {
        let service = try RunningService()
        let client = try service.client()
        try client.send("say last")
        try client.expect("last")
        service.stop()
        #expect(try client.expectEnd() == nil)
        #expect(try service.nextEvent() == "left: stopped")
    }

    @Test func whoIsBeingSaidGoodbyeToGetsAllOfItAlthoughTheServiceStops() throws {
        var limits = ServiceLimits()
        limits.backlogBytes = 4 << 20
        let service = try RunningService(limits)
        let client = try service.client()
        try client.send("much")
        // Told as soon as the goodbye has begun, which nobody has read by then.
        #expect(try service.nextEvent() == "left: finished")
        service.beginToStop()
        #expect(try client.collectUntilEnd().count == 300)
    }

    @Test func garbageInsteadOfTLSIsTurnedAwayWithItsReason() throws {
        let service = try RunningService()
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: service.port)
        let channel = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
        let plain = try TestClient(over: SocketConnection.plain(channel))
        try plain.send("hello")
        _ = try? plain.collectUntilEnd()
        #expect(try service.nextEvent().hasPrefix("turned away: failed"))
    }
}
