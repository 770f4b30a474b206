// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugSystem
import TestSupport
import Testing

struct SQLiteHistoryTests {
    private let folder: TemporaryFolder
    private let events: HistoryEvents
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        events = try HistoryEvents()
        path = folder.path("history")
    }

    private func open(
        _ retention: Retention = .standard,
        waiting: Int = 8_388_608,
        now: Int64 = noon
    ) throws -> SQLiteHistory {
        try SQLiteHistory(
            path: path,
            retention: retention,
            maximumWaitingBytes: waiting,
            clock: { now },
            report: events.take
        )
    }

    @Test func everythingAboutALineIsThereAfterARestart() throws {
        var lines: [StoredLine] = []
        for (index, text) in ["", "plain", "nul\u{0}inside", "👩‍👩‍👧", "'); DROP TABLE lines; --", "é"]
            .enumerated()
        {
            var line = StoredLine.sample(UInt64(index) + 1, author: text, text: text)
            line.ref = index.isMultiple(of: 2) ? text : nil
            line.authorKey = index.isMultiple(of: 3) ? StoredDigest.sample(UInt8(index)) : nil
            line.authorToken = index.isMultiple(of: 2) ? StoredDigest.sample(0xFF) : nil
            line.isAction = index == 3
            lines.append(line)
        }
        let first = try open()
        for line in lines { first.append(.line(line)) }
        first.close()
        let second = try open()
        defer { second.close() }
        #expect(try second.lines(in: "main", .after(0), limit: 200).lines == lines)
        #expect(second.lastSequence == 6)
        #expect(try second.lastSequence(in: "main") == 6)
        #expect(try second.linesWithRef(since: noon, limit: 2).map(\.sequence) == [3, 5])
    }

    @Test func roomsBansAndKeysComeBackAsTheyWereLast() throws {
        let key = try #require(StoredDigest.sample(1))
        let other = try #require(StoredDigest.sample(2))
        let room = RoomRecord(name: "dev", topic: "t", owner: key, isPrivate: true, invited: [other, key])
        let ban = BanRecord(
            number: 7,
            kind: .ban,
            target: .address([10, 0, 0, 1]),
            name: "mal",
            author: "op",
            reason: "spam"
        )
        let mute = BanRecord(
            number: 8,
            kind: .mute,
            target: .key(other),
            room: "dev",
            name: "b",
            author: "op",
            until: noon
        )
        let first = try open()
        let changes: [HistoryChange] = [
            .room(RoomRecord(name: "dev")), .room(room), .room(RoomRecord(name: "gone")),
            .roomGone(name: "gone"),
            .ban(ban), .ban(mute),
            .ban(BanRecord(number: 9, kind: .ban, target: .key(key), name: "", author: "")),
            .key(KeyRecord(key: key, name: "aisha", lastUsed: 1)),
            .key(KeyRecord(key: other, name: "ben", lastUsed: 2)), .sequence(99),
        ]
        for change in changes { first.append(change) }
        try events.waitForStored(99)
        first.append(.banGone(number: 9))
        first.append(.key(KeyRecord(key: key, name: "aisha", lastUsed: 3)))
        first.close()
        let second = try open()
        defer { second.close() }
        var expected = DurableState()
        expected.rooms = [room]
        expected.bans = [ban, mute]
        expected.keys = [
            KeyRecord(key: key, name: "aisha", lastUsed: 3), KeyRecord(key: other, name: "ben", lastUsed: 2),
        ]
        expected.lastSequence = 99
        #expect(try second.durableState() == expected)
        #expect(second.lastSequence == 99)
    }

    @Test func theFileAndWhatBelongsToItCanBeReadByItsUserOnly() throws {
        let before = umask(0)
        defer { umask(before) }
        let history = try open()
        defer { history.close() }
        history.append(.line(.sample(1)))
        try events.waitForStored(1)
        #expect(try folder.entries() == ["history", "history-shm", "history-wal"])
        for entry in try folder.entries() { #expect(try folder.mode(of: entry) == 0o600) }
    }

    @Test func storedIsReportedForWhatWasAppendedAndNeverBackwards() throws {
        let history = try open()
        for number in UInt64(1)...2_000 { history.append(.line(.sample(number))) }
        history.close()
        let numbers = events.all.map { event in
            if case .stored(let number, missing: []) = event { number } else { UInt64.max }
        }
        #expect(numbers == numbers.sorted())
        #expect(numbers.last == 2_000)
        #expect(events.stops == [])
    }

    @Test func aLineCanBeReadAsSoonAsItIsAppended() throws {
        let history = try open(Retention(lines: 100_000, hours: 24))
        defer { history.close() }
        for number in UInt64(1)...3_000 {
            history.append(.line(.sample(number)))
            guard number.isMultiple(of: 10) else { continue }
            let after = number - min(number, 150)
            let page = try history.lines(in: "main", .after(after), limit: 200)
            #expect(page.lines.map(\.sequence) == Array(after + 1...number))
            let newest = try history.lines(in: "main", .before(.max), limit: 5)
            #expect(newest.lines.map(\.sequence) == Array(number - 4...number))
            #expect(try history.lastSequence(in: "main") == number)
        }
    }

    @Test func readersSeeNoHoleWhileAnotherThreadSaysLines() throws {
        let history = try open(Retention(lines: 1_000_000, hours: 24))
        let talker = try RunningThread(name: "talker") {
            for number in UInt64(1)...20_000 { history.append(.line(.sample(number))) }
        }
        var last: UInt64 = 0
        while last < 20_000 {
            let page = try history.lines(in: "main", .after(last), limit: 200)
            for line in page.lines {
                guard line.sequence == last + 1 else {
                    throw HistoryEvents.Missing(description: "after \(last)")
                }
                last = line.sequence
            }
        }
        talker.join()
        history.close()
    }

    @Test func moreLinesThanAreKeptLeaveTheFileAndReadersAreToldThatThereWereMore() throws {
        let history = try open(Retention(lines: 100, hours: 24))
        for number in UInt64(1)...5_000 {
            history.append(.line(.sample(number, text: "secret-\(number)-end")))
        }
        history.close()
        let content = String(decoding: try folder.content(of: "history"), as: UTF8.self)
        #expect(content.contains("secret-5000-end") && content.contains("secret-4901-end"))
        #expect(!content.contains("secret-4900-end") && !content.contains("secret-1-end"))
        let again = try open(Retention(lines: 100, hours: 24))
        defer { again.close() }
        let page = try again.lines(in: "main", .after(4_000), limit: 200)
        #expect(page.lines.map(\.sequence) == Array(4_901...5_000))
        #expect(page.missing == [4_001...4_900])
    }

    @Test func aRestartThatKeepsLessTakesAwayWhatIsTooMuch() throws {
        let first = try open(Retention(lines: 5_000, hours: 24))
        for number in UInt64(1)...3_000 { first.append(.line(.sample(number))) }
        first.close()
        let second = try open(Retention(lines: 10, hours: 24))
        second.append(.line(.sample(3_001)))
        try events.wait(for: "old lines gone") {
            second.append(.sequence(second.lastSequence + 1))
            return (try? second.lines(in: "main", .after(0), limit: 200).lines.count) == 10
        }
        second.close()
    }

    @Test func aDayLaterNothingIsReadAndBehindTheEndNothingIsInTheFile() throws {
        let first = try open()
        first.append(.line(.sample(5, room: "main", text: "secret-main")))
        first.append(.line(.sample(6, room: "dev", text: "secret-dev")))
        first.close()
        let second = try open(now: noon + 86_400_001)
        #expect(try second.lines(in: "main", .after(0), limit: 9).texts == [])
        #expect(try second.lines(in: "main", .after(0), limit: 9).missing == [1...5])
        #expect(try second.roomsWithLines() == [])
        second.close()
        let content = String(decoding: try folder.content(of: "history"), as: UTF8.self)
        #expect(!content.contains("secret"))
    }

    @Test(arguments: [Retention(lines: 0, hours: 24), Retention(lines: 10, hours: 0)])
    func whoWantsNothingKeptHasNoTextOnTheDiskButNumbersGoOn(retention: Retention) throws {
        let history = try open(retention)
        history.append(.line(.sample(7, text: "secret-text")))
        try events.waitForStored(7)
        #expect(try history.lines(in: "main", .before(.max), limit: 9).texts == [])
        for entry in ["history", "history-wal"] {
            #expect(!String(decoding: try folder.content(of: entry), as: UTF8.self).contains("secret"))
        }
        history.close()
        let again = try open(retention)
        defer { again.close() }
        #expect(again.lastSequence == 7)
        #expect(try again.lines(in: "main", .after(3), limit: 9).missing == [4...7])
    }

    @Test func whoIsForgottenIsGoneFromTheFileAndItsLogWhileTheServerRuns() throws {
        let key = try #require(StoredDigest.sample(1))
        let history = try open()
        defer { history.close() }
        var line = StoredLine.sample(1, author: "aisha", text: "secret-one")
        history.append(.line(line))
        line = .sample(2, author: "aisha-2", text: "secret-two")
        line.authorKey = key
        history.append(.line(line))
        history.append(.line(.sample(3, author: "ben", text: "stays-here")))
        history.append(.line(.sample(4, room: "dev", author: "ben", text: "secret-room")))
        history.append(.key(KeyRecord(key: key, name: "aisha", lastUsed: 1)))
        try events.waitForStored(4)
        history.append(.forget(.person(name: "aisha", key: key)))
        history.append(.forget(.room(name: "dev")))
        history.append(.line(.sample(5, author: "aisha", text: "said-later")))
        try events.waitForStored(5)
        history.append(.sequence(6))
        // The log is emptied behind the commit that was reported.
        try events.waitForStored(6)
        let content = try ["history", "history-wal"].map {
            String(decoding: try folder.content(of: $0), as: UTF8.self)
        }
        #expect(!content.joined().contains("secret"))
        #expect(content.joined().contains("stays-here") && content.joined().contains("said-later"))
        #expect(try history.lines(in: "main", .after(0), limit: 9).texts == ["stays-here", "said-later"])
        #expect(try history.lines(in: "main", .after(0), limit: 9).missing == [])
        #expect(try history.roomsWithLines() == ["main"])
    }

    @Test func behindItsEndAStoreAnswersWithNothing() throws {
        let history = try open()
        history.append(.line(.sample(1)))
        history.close()
        history.close()
        history.append(.line(.sample(2)))
        #expect(try history.lines(in: "main", .after(0), limit: 9).lines == [])
        #expect(try folder.entries() == ["history"])
    }
}
