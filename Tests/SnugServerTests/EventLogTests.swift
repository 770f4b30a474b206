// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugRooms
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct EventLogTests {
    private let peer: SocketAddress

    init() throws {
        peer = try SocketAddress.resolve(host: "192.0.2.7", port: 4_711)[0]
    }

    @Test func aPeerCannotForgeALineOfTheLog() throws {
        let forgeries = [
            "x\n2026-01-01T00:00:00Z info: 192.0.2.7:1 joined as aisha", "\u{1B}[2J\u{9B}31m",
            "\u{2028}\u{85}",
            "\u{202E}txt.exe", String(repeating: "é", count: 10_000), "%n%s\0",
        ]
        let lines = try written { log in
            for name in forgeries { log.note(.joined(peer: .address(peer), name: name, .plain)) }
        }
        #expect(lines.count == forgeries.count)
        for line in lines {
            #expect(line.hasPrefix("192.0.2.7:4711 joined as "))
            #expect(line.utf8.count <= LogLine.maximumBytes)
            #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
            #expect(!line.unicodeScalars.contains { ["\u{2028}", "\u{202E}"].contains($0) })
        }
    }

    @Test func operatorsCompareTheChatsOfSeveralServersByALineOfTheLog() throws {
        let digest = try #require(Bytes32((0..<32).map { UInt8($0 * 8) }))
        let lines = try written { $0.note(.orderReached(471, digest)) }
        #expect(
            lines == [
                "the chat at message 471 of its order has the digest "
                    + "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8"
            ]
        )
        #expect(ServerEvent.orderReached(471, digest).level == .info)
    }

    @Test func aFloodOfFailuresGetsAFewLinesAndACount() throws {
        let flood = 10_000
        let lines = Lock<[String]>([])
        let log = try EventLog { line in lines.withLock { $0.append(line.text) } }
        for number in 1...flood { log.note(.authenticationFailed(peer: peer, failures: number)) }
        // The count comes by itself.
        try expectSoon { lines.withLock { failures(in: $0) } == flood }
        log.close()
        #expect(lines.withLock { $0.count { $0.contains("wrong passphrase (") } } == 10)
        #expect(lines.withLock { $0.count } == 11)
    }

    @Test func whoWasLetInIsNeverLeftOutHoweverManyComeAtOnce() throws {
        let lines = try written { log in
            for number in 1...500 {
                log.note(.joined(peer: .address(peer), name: "member-\(number)", .plain))
                log.note(.left(peer: .address(peer), name: "member-\(number)", .quit))
            }
        }
        #expect(lines.count == 1_000)
        for number in 1...500 {
            #expect(lines.contains("192.0.2.7:4711 joined as member-\(number) (\(PeerFacts.plain))"))
            #expect(lines.contains("192.0.2.7:4711 left as member-\(number): quit"))
        }
    }

    @Test func whatWasLeftOutIsToldAtTheEndBeforeTheLastLine() throws {
        let lines = try written { log in
            for _ in 1...30 { log.note(.handshakeFailed(peer: peer, .truncated)) }
            log.note(.stopped)
        }
        #expect(lines.last == "stopped")
        #expect(
            lines.contains(
                "20 more log lines of the kind \"handshake failed\" were left out, all from 192.0.2.7"
            )
        )
    }

    /// Those that got a line, and those that were only counted.
    private func failures(in lines: [String]) -> Int {
        let counted = lines.filter { $0.contains("were left out") }.compactMap { line in
            Int(line.prefix { $0 != " " })
        }
        return lines.count { $0.contains("wrong passphrase (") } + counted.reduce(0, +)
    }

    @Test func whatIsQuieterThanAskedForIsNotWritten() throws {
        let address = peer
        let lines = try written(atLeast: .warning) { log in
            log.note(.accepting(address, .tls))
            for _ in 0..<100 { log.note(.joined(peer: .address(address), name: "aisha", .plain)) }
            log.note(.authenticationFailed(peer: address, failures: 1))
        }
        #expect(
            lines == [
                "encrypted chat on 192.0.2.7:4711 (TLS)",
                "192.0.2.7:4711 sent a wrong passphrase (1 from that address so far)",
            ]
        )
    }

    @Test func aLogThatNobodyReadsHoldsUpNobodyAndCountsWhatWasLost() throws {
        let isRead = Lock(false)
        let lines = Lock<[String]>([])
        let log = try stuckLog(until: isRead) { line in lines.withLock { $0.append(line.text) } }
        // Nothing reads yet: if this waited for the writer, it would never come to an end.
        for _ in 0..<10_000 { log.note(.reloaded(passphrase: nil)) }
        #expect(!log.close(until: .now + .milliseconds(20)))
        isRead.withLock { $0 = true }
        #expect(log.close())
        let written = lines.withLock { $0 }
        let reloads = written.count { $0.hasPrefix("certificate and key reloaded") }
        // One count, or two if the writer took what was queued while more came.
        let dropped = written.compactMap { line in
            line.hasSuffix(" log lines were dropped, the log was not read fast enough")
                ? Int(line.prefix { $0 != " " }) : nil
        }
        #expect(!dropped.isEmpty && reloads + dropped.reduce(0, +) == 10_000, "\(reloads) and \(dropped)")
    }

    @Test func strangersCannotTakeMembersPlacesInALogThatNobodyReads() throws {
        let isRead = Lock(false)
        let lines = Lock<[String]>([])
        let log = try stuckLog(until: isRead) { line in lines.withLock { $0.append(line.text) } }
        let limits: [ServerEvent.Limit] = [
            .authenticationTime(.seconds(1)), .backlog(bytes: 1), .connectionsPerAddress(1),
            .frameTime(.seconds(1)),
            .idleTime(.seconds(1)), .members(1), .openDescriptors, .strangers(1),
        ]
        for number in 0..<2_000 {
            let peer = try SocketAddress.resolve(host: "198.51.100.\(number % 256)", port: 1)[0]
            for limit in limits { log.note(.limitReached(peer: peer, limit)) }
            log.note(.authenticationFailed(peer: peer, failures: 1))
            log.note(.handshakeFailed(peer: peer, .truncated))
        }
        for number in 1...100 { log.note(.joined(peer: .address(peer), name: "member-\(number)", .plain)) }
        isRead.withLock { $0 = true }
        log.close()
        #expect(lines.withLock { $0.count { $0.contains(" joined as member-") } } == 100)
    }

    @Test func linesThatADiskHadNoRoomForAreCountedAndToldOnceThereIsRoom() throws {
        let file = try Descriptor(opening: "/dev/full")
        let writer = HandedOver(LineWriter(to: file.number))
        let failures = Lock(0)
        let areNoted = Lock(false)
        let log = try EventLog { (line) throws(SystemError) in
            // All three fail, however late one of them is noted.
            var none: [Polling.Entry] = []
            while !areNoted.withLock({ $0 }) { Polling.wait(for: &none, until: .now + .milliseconds(1)) }
            do throws(SystemError) { try writer.value.write(line.text) } catch {
                failures.withLock { $0 += 1 }
                throw error
            }
        }
        for number in 1...3 { log.note(.joined(peer: .address(peer), name: "member-\(number)", .plain)) }
        areNoted.withLock { $0 = true }
        try expectSoon { failures.withLock { $0 } >= 3 }
        let reader = try file.becomePipe()
        // Nothing else happens: the log tries by itself.
        let told = "3 log lines were lost: write failed: No space left on device"
        #expect(try reader.line() == told)
        log.note(.joined(peer: .address(peer), name: "member-4", .plain))
        #expect(try reader.line() == "192.0.2.7:4711 joined as member-4 (\(PeerFacts.plain))")
        log.close()
    }

    /// A log whose reader takes nothing until it is told to.
    private func stuckLog(
        until isRead: Lock<Bool>,
        _ write: @escaping @Sendable (LogLine) -> Void
    ) throws -> EventLog {
        try EventLog { line in
            var none: [Polling.Entry] = []
            while !isRead.withLock({ $0 }) { Polling.wait(for: &none, until: .now + .milliseconds(1)) }
            write(line)
        }
    }

    private func expectSoon(_ condition: () -> Bool) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        var none: [Polling.Entry] = []
        while !condition(), MonotonicTime.now < deadline {
            Polling.wait(for: &none, until: .now + .milliseconds(5))
        }
        #expect(condition())
    }

    /// What the log wrote of the events that `body` noted.
    private func written(
        atLeast level: EventLevel = .info,
        _ body: (EventLog) -> Void
    ) throws -> [String] {
        let lines = Lock<[String]>([])
        let log = try EventLog(atLeast: level) { line in lines.withLock { $0.append(line.text) } }
        body(log)
        log.close()
        return lines.withLock { $0 }
    }
}

/// A descriptor that fails first and works later under the same number, as a file on a full disk does.
private final class Descriptor {
    let number: Int32

    init(opening path: String) throws {
        number = open(path, O_WRONLY | O_CLOEXEC)
        try #require(number >= 0)
    }

    deinit { close(number) }

    /// From now on what is written can be read.
    func becomePipe() throws -> PipeReader {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        try #require(dup2(ends[1], number) == number)
        close(ends[1])
        return PipeReader(ends[0])
    }
}

private final class PipeReader {
    private let end: Int32
    private var bytes: [UInt8] = []

    init(_ end: Int32) { self.end = end }

    deinit { close(end) }

    /// The next line; fails after a minute.
    func line() throws -> String {
        let deadline = MonotonicTime.now + .seconds(60)
        while true {
            if let index = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                defer { bytes.removeSubrange(...index) }
                return String(decoding: bytes[..<index], as: UTF8.self)
            }
            var entries = [Polling.Entry(end, for: .readable)]
            Polling.wait(for: &entries, until: deadline)
            try #require(!entries[0].readiness.isEmpty)
            bytes += try Polling.read(end, atMost: 4_096)
        }
    }
}
