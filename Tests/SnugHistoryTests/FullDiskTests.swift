// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms
import TestSupport
import Testing

/// A small disk of a test's own, which can be full; only root may make one.
private final class SmallDisk {
    let path: String
    private let folder: TemporaryFolder
    private var ballast: [String] = []

    struct NotMounted: Error {}

    static var isPossible: Bool {
        geteuid() == 0 && (try? SmallDisk(kilobytes: 64)) != nil
    }

    init(kilobytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.path
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=0700") == 0 else {
            throw NotMounted()
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// Takes all of the room that is left.
    func fill() throws {
        let name = "\(path)/ballast-\(ballast.count)"
        let descriptor = open(name, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 4_096)
        while write(descriptor, block, block.count) > 0 {}
        ballast.append(name)
    }

    func empty() {
        for name in ballast { unlink(name) }
        ballast = []
    }
}

struct FullDiskTests {
    private func open(_ path: String, waiting: Int = 8_388_608, _ events: HistoryEvents) throws
        -> SQLiteHistory
    {
        try SQLiteHistory(
            path: path,
            retention: Retention(lines: 1_000_000, hours: 24),
            maximumWaitingBytes: waiting,
            clock: { noon },
            report: events.take
        )
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a disk needs root"))
    func aDiskThatIsFullStopsTheStoringOnceAndNothingIsLostWhenItHasRoomAgain() throws {
        let disk = try SmallDisk(kilobytes: 4_096)
        let events = try HistoryEvents()
        let history = try open("\(disk.path)/history", events)
        history.append(.line(.sample(1)))
        try events.waitForStored(1)
        try disk.fill()
        var number: UInt64 = 1
        while events.stops.isEmpty {
            number += 1
            history.append(.line(.sample(number)))
            // The chat goes on: what was just said is read, whatever the disk does.
            #expect(try history.lines(in: "main", .before(.max), limit: 3).lines.last?.sequence == number)
        }
        #expect(events.stops == [.full])
        let reported = events.stored
        history.append(.line(.sample(number + 1)))
        history.append(.record(.room(.sample("dev"))))
        #expect(
            try history.lines(in: "main", .after(reported), limit: 200).lines.last?.sequence == number + 1
        )
        disk.empty()
        try events.wait(for: "storing again") { events.resumptions == 1 }
        try events.waitForStored(number + 1)
        #expect(events.stops.count == 1)
        history.close()
        let again = try open("\(disk.path)/history", HistoryEvents())
        defer { again.close() }
        var read: [UInt64] = []
        while case let page = try again.lines(in: "main", .after(read.last ?? 0), limit: 200),
            !page.lines.isEmpty
        {
            read += page.lines.map(\.sequence)
        }
        #expect(read == Array(1...number + 1))
        #expect(try again.durableState().rooms == [.sample("dev")])
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting a disk needs root"))
    func whatDoesNotFindRoomMeanwhileIsToldToReadersAndAfterARestart() throws {
        let disk = try SmallDisk(kilobytes: 4_096)
        let events = try HistoryEvents()
        let history = try open("\(disk.path)/history", waiting: 100_000, events)
        history.append(.line(.sample(1)))
        try events.waitForStored(1)
        try disk.fill()
        var number: UInt64 = 1
        while events.stops.isEmpty {
            for _ in 0..<20 {
                number += 1
                history.append(.line(.sample(number)))
            }
            try events.wait(for: "an end") { events.stored == number || !events.stops.isEmpty }
        }
        #expect(events.stops == [.full])
        for _ in 0..<2_000 {
            number += 1
            history.append(.line(.sample(number)))
        }
        #expect(try !history.lines(in: "main", .after(0), limit: 200).missing.isEmpty)
        disk.empty()
        try events.waitForStored(number)
        history.close()
        let told = events.all.flatMap { event -> [ClosedRange<UInt64>] in
            if case .stored(_, let missing) = event { missing } else { [] }
        }
        #expect(!told.isEmpty)
        let again = try open("\(disk.path)/history", HistoryEvents())
        defer { again.close() }
        var read: Set<UInt64> = []
        var missing: [ClosedRange<UInt64>] = []
        var last: UInt64 = 0
        while case let page = try again.lines(in: "main", .after(last), limit: 200), let end = page.lines.last
        {
            read.formUnion(page.lines.map(\.sequence))
            missing += page.missing
            last = end.sequence
        }
        // Each line is there, or was told to be missing to the server and to readers, and none is both.
        for number in 1...number {
            let isMissing = missing.contains { $0.contains(number) }
            #expect(read.contains(number) != isMissing)
            #expect(told.contains { $0.contains(number) } == isMissing)
        }
        #expect(again.lastSequence == number)
    }

    @Test func aFileThatMayNotGrowStopsTheStoringAndNotTheProcess() throws {
        let folder = try TemporaryFolder()
        let program = try BuiltPrograms.path(of: "history-probe")
        let words = ["--fsize=400000", program, "talk", folder.path("history"), "1000"]
        let probe = try ChildProcess("/usr/bin/prlimit", words)
        try probe.expect("stopped")
        #expect(try probe.finish() == 0)
        // It ended by itself, and what it had said was stored is there.
        let stored = probe.lines(of: .output).compactMap { line in
            line.hasPrefix("stored ")
                ? line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } : nil
        }
        let history = try open(folder.path("history"), HistoryEvents())
        defer { history.close() }
        #expect(try history.lastSequence(in: "main") ?? 0 >= stored.max() ?? .max)
    }

    @Test func aFileThatSomebodyTakesAwayIsNotWrittenToAnyMore() throws {
        let folder = try TemporaryFolder()
        let events = try HistoryEvents()
        let history = try open(folder.path("history"), events)
        defer { history.close() }
        history.append(.line(.sample(1)))
        try events.waitForStored(1)
        #expect(rename(folder.path("history"), folder.path("elsewhere")) == 0)
        history.append(.line(.sample(2)))
        try events.wait(for: "a stop") { !events.stops.isEmpty }
        #expect(events.stops == [.moved])
        #expect(events.stored == 1)
        #expect(rename(folder.path("elsewhere"), folder.path("history")) == 0)
        try events.waitForStored(2)
    }

    @Test func howManyLinesAreLostIsToldAtTheEnd() throws {
        let folder = try TemporaryFolder()
        let events = try HistoryEvents()
        let history = try open(folder.path("history"), events)
        history.append(.line(.sample(1)))
        try events.waitForStored(1)
        #expect(rename(folder.path("history"), folder.path("elsewhere")) == 0)
        for number in UInt64(2)...4 { history.append(.line(.sample(number))) }
        try events.wait(for: "a stop") { !events.stops.isEmpty }
        history.close()
        #expect(events.all.last == .lost(.moved, lines: 3))
    }

    @Test func anotherProgramThatHoldsTheFileStopsTheStoringOnlyForSoLong() throws {
        let folder = try TemporaryFolder()
        let events = try HistoryEvents()
        let history = try open(folder.path("history"), events)
        defer { history.close() }
        let shell = try ChildProcess(
            "/usr/bin/python3",
            [
                "-uc",
                """
                import sqlite3, sys
                c = sqlite3.connect(sys.argv[1], isolation_level=None)
                c.execute("BEGIN IMMEDIATE")
                print("held")
                sys.stdin.readline()
                c.execute("COMMIT")
                """, folder.path("history"),
            ]
        )
        try shell.expect("held")
        history.append(.line(.sample(1)))
        // It has returned, and the file has nothing of it yet.
        #expect(events.stored == 0)
        try events.wait(for: "a stop") { !events.stops.isEmpty }
        #expect(events.stops == [.inUse(processID: nil)])
        #expect(try history.lines(in: "main", .after(0), limit: 9).texts == ["line 1"])
        try shell.type("")
        try events.wait(for: "storing again") { events.resumptions == 1 }
        #expect(events.stored == 1)
        #expect(try shell.finish() == 0)
    }
}
