// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

@Suite(.timeLimit(.minutes(30))) struct LogThrottleTests {
    /// Two token buckets for each event, kept as tokens rather than as a time, without any bound on memory.
    private struct Model {
        struct Bucket {
            var tokens: Int64
            let capacity: Int64
            let share: Int64
            var last: MonotonicTime

            init(_ burst: Int64, _ share: Duration, at now: MonotonicTime) {
                self.share = (MonotonicTime.start + share).nanoseconds
                capacity = burst * self.share
                tokens = capacity
                last = now
            }

            mutating func hasLine(now: MonotonicTime) -> Bool {
                tokens = min(capacity, tokens + now.nanoseconds - last.nanoseconds)
                last = now
                return tokens >= share
            }
        }

        private var kinds: [String: Bucket] = [:]
        private var sources: [String: Bucket] = [:]

        mutating func allows(_ kind: String, _ subscriber: String, now: MonotonicTime) -> Bool {
            var source = sources[kind + subscriber] ?? Bucket(10, .seconds(60), at: now)
            var all = kinds[kind] ?? Bucket(100, .milliseconds(200), at: now)
            let isAllowed = source.hasLine(now: now) && all.hasLine(now: now)
            if isAllowed {
                source.tokens -= source.share
                all.tokens -= all.share
            }
            sources[kind + subscriber] = source
            kinds[kind] = all
            return isAllowed
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func everyAddressGetsWhatAPlainModelGivesItAndTheRestIsCounted(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let peers = try (0..<Int.random(in: 1...200, using: &random)).map { try Self.peer($0) }
        var throttle = LogThrottle()
        var model = Model()
        var now = MonotonicTime.now
        var leftOut: [String: Int] = [:]
        var counted: [String: Int] = [:]
        for _ in 0..<5_000 {
            now =
                now
                + .milliseconds(
                    Int.random(in: 0...1 << Int.random(in: 0...11, using: &random), using: &random)
                )
            // A few addresses cause most events.
            let peer = peers[
                Int.random(in: 0...Int.random(in: 0..<peers.count, using: &random), using: &random)
            ]
            let event = try #require(Self.events(of: peer).randomElement(using: &random))
            let kind = try #require(event.cause).kind
            let isAllowed = model.allows(kind, "\(peer.subscriber)", now: now)
            #expect((throttle.judge(event, now: now) == .allowed) == isAllowed)
            if !isAllowed { leftOut[kind, default: 0] += 1 }
            if Int.random(in: 0..<50, using: &random) == 0 {
                Self.count(throttle.takeSummaries(now: now), &counted)
            }
        }
        Self.count(throttle.takeSummaries(now: nil), &counted)
        #expect(counted == leftOut)
        #expect(throttle.nextSummary == nil)
    }

    @Test func aFloodFromEverNewAddressesTakesUpNoMoreMemoryThanOneFromAFewAndIsCounted() throws {
        var throttle = LogThrottle()
        let start = MonotonicTime.now
        var now = start
        var written = 0
        var counted: [String: Int] = [:]
        let flood = 100_000
        for number in 0..<flood {
            now = now + .milliseconds(1)
            let event = ServerEvent.authenticationFailed(peer: try Self.peer(number), failures: 1)
            if throttle.judge(event, now: now) == .allowed { written += 1 }
            if let time = throttle.nextSummary, time <= now {
                Self.count(throttle.takeSummaries(now: now), &counted)
            }
            #expect(throttle.rememberedAddresses <= LogThrottle.trackedAddresses)
        }
        Self.count(throttle.takeSummaries(now: nil), &counted)
        #expect(written + counted.values.reduce(0, +) == flood)
        // A burst, and then five a second.
        #expect(written <= 100 + Int(start.duration(to: now).components.seconds) * 5 + 5)
        #expect(written > 100)
    }

    @Test func aFloodFromOneAddressHidesNoOtherAddressAndNoOtherKind() throws {
        var throttle = LogThrottle()
        let (flooder, other) = (try Self.peer(1), try Self.peer(2))
        let now = MonotonicTime.now
        var written = 0
        for number in 1...10_000 {
            let event = ServerEvent.authenticationFailed(peer: flooder, failures: number)
            if throttle.judge(event, now: now) == .allowed { written += 1 }
        }
        #expect(written == 10)
        #expect(throttle.judge(.authenticationFailed(peer: other, failures: 1), now: now) == .allowed)
        #expect(throttle.judge(.limitReached(peer: flooder, .members(1)), now: now) == .allowed)
        #expect(
            throttle.takeSummaries(now: nil).map(\.text)
                == ["9990 more log lines of the kind \"wrong passphrase\" were left out, all from 10.0.0.1"]
        )
    }

    @Test func aFaultThatLastsIsTwoLinesAMinute() throws {
        var throttle = LogThrottle()
        let peer = try Self.peer(1)
        let start = MonotonicTime.now
        var lines = 0
        // A health check that nobody told of TLS, for an hour.
        for number in 0..<1_800 {
            let now = start + .seconds(2 * number)
            if throttle.judge(.handshakeFailed(peer: peer, .truncated), now: now) == .allowed { lines += 1 }
            lines += throttle.takeSummaries(now: now).count
        }
        #expect((100...132).contains(lines), "\(lines)")
    }

    @Test func anIPv6SubscriberIsOneAddressHoweverManyItUses() throws {
        var throttle = LogThrottle()
        let now = MonotonicTime.now
        var written = 0
        for number in 1...100 {
            let peer = try SocketAddress.resolve(host: "2001:db8:1:2::\(number)", port: 1)[0]
            if throttle.judge(.visited(peer: peer), now: now) == .allowed { written += 1 }
        }
        #expect(written == 10)
        #expect(throttle.takeSummaries(now: nil)[0].text.hasSuffix("all from 2001:db8:1:2::/64"))
    }

    @Test func aSummaryNamesTheWorstAddressAndHowManyOthersThereWere() throws {
        var throttle = LogThrottle()
        let now = MonotonicTime.now
        for (peer, count) in [(3, 13), (4, 40), (5, 11)] {
            for _ in 0..<count { _ = throttle.judge(.visited(peer: try Self.peer(peer)), now: now) }
        }
        #expect(throttle.nextSummary == now + LogThrottle.summaryPause)
        #expect(throttle.takeSummaries(now: now).isEmpty)
        let lines = throttle.takeSummaries(now: now + LogThrottle.summaryPause)
        #expect(
            lines.map(\.text) == [
                "34 more log lines of the kind \"visited\" were left out, 30 from 10.0.0.4 and 4 from other "
                    + "addresses (2)"
            ]
        )
        #expect(lines[0].level == .debug)
    }

    // MARK: Events

    private static func peer(_ number: Int) throws -> SocketAddress {
        let host = "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        return try SocketAddress.resolve(host: host, port: UInt16.random(in: 1...UInt16.max))[0]
    }

    private static func events(of peer: SocketAddress) -> [ServerEvent] {
        [
            .authenticationFailed(peer: peer, failures: 1), .handshakeFailed(peer: peer, .truncated),
            .protocolViolated(peer: peer, .oversizedFrame(announcedBytes: .random(in: 9_000...UInt32.max))),
            .limitReached(peer: peer, .members(9)), .limitReached(peer: peer, .strangers(9)),
            .visited(peer: peer),
        ]
    }

    /// Adds up what summaries say was left out of each kind.
    private static func count(_ lines: [LogLine], _ counts: inout [String: Int]) {
        for line in lines {
            let words = line.text.split(separator: "\"")
            let number = line.text.prefix { $0.isNumber }
            if words.count == 3 { counts[String(words[1]), default: 0] += Int(number) ?? 0 }
        }
    }
}
