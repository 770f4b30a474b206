// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms
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
            lines.append(
                .sample(
                    UInt64(index) + 1,
                    author: text,
                    key: index.isMultiple(of: 3) ? .sample(UInt8(index)) : nil,
                    token: index.isMultiple(of: 2) ? .sample(0xFF) : nil,
                    ref: index.isMultiple(of: 2) ? "ref \(index)" : nil,
                    text: ChatLine(text)?.text ?? "",
                    isAction: index == 3
                )
            )
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

    @Test func whoReadsOverLinesThatNeverCameIsToldAfterARestartTooAndNothingHasFailed() throws {
        let first = try open()
        first.append(.line(.sample(1)))
        first.append(.gap(2...6))
        for number: UInt64 in [5, 7] { first.append(.line(.sample(number))) }
        func check(_ history: SQLiteHistory) throws {
            let page = try history.lines(in: "main", .before(.max), limit: 9)
            #expect(page.texts == ["line 1", "line 7"] && page.missing == [2...6])
            #expect(try history.lines(in: "main", .after(3), limit: 9).missing == [4...6])
            #expect(try history.lines(in: "dev", .before(.max), limit: 9).missing == [2...6])
            #expect(history.lastSequence == 7)
        }
        try check(first)
        first.close()
        let second = try open()
        try check(second)
        // Nobody says anything behind it: the next one begins behind it all the same.
        second.append(.gap(8...20))
        second.close()
        let third = try open()
        defer { third.close() }
        #expect(third.lastSequence == 20)
        #expect(try third.lines(in: "main", .after(7), limit: 9).missing == [8...20])
        #expect(events.stops == [] && events.resumptions == 0)
    }

    @Test func roomsBansAndNamesOfKeysComeBackAsTheyWereLast() throws {
        let key = try #require(PersonKey.sample(1))
        let other = try #require(PersonKey.sample(2))
        let room = RoomRecord.sample("dev", topic: "t", owner: key, isPrivate: true, invited: [key, other])
        let address = try #require(AddressKey(bytes: [10, 0, 0, 1]))
        let ban = ban(7, .ban, .address(address), until: nil, reason: "spam", by: "op")
        let mute = self.ban(8, .mute, .key(other), until: noon, reason: nil, by: nil)
        let first = try open()
        let changes: [DurableChange] = [
            .room(.sample("dev")), .room(room), .room(.sample("gone")), .roomForgotten("gone"),
            .sanction(ban), .sanction(mute),
            .sanction(self.ban(9, .ban, .key(key), until: nil, reason: nil, by: nil)),
            .keyName(.sample("aisha", key, lastUsed: 1)), .keyName(.sample("ben", other, lastUsed: 2)),
            .keyName(.sample("cem", other, lastUsed: 2)),
        ]
        for change in changes { first.append(.record(change)) }
        first.append(.sequence(99))
        try events.waitForStored(99)
        first.append(.record(.sanctionEnded(number: 9)))
        first.append(.record(.keyNameFreed("cem")))
        first.append(.record(.keyName(.sample("aisha", key, lastUsed: 3))))
        first.close()
        let second = try open()
        defer { second.close() }
        var expected = DurableState()
        expected.rooms = [room]
        expected.sanctions = [ban, mute]
        expected.keyNames = [.sample("aisha", key, lastUsed: 3), .sample("ben", other, lastUsed: 2)]
        expected.lastSequence = 99
        expected.lastSanction = 9
        #expect(try second.durableState() == expected)
        #expect(second.unusableRecords == 0)
        #expect(second.lastSequence == 99)
    }

    private func ban(
        _ number: UInt64,
        _ kind: Sanction.Kind,
        _ target: Sanction.Target,
        until: Int64?,
        reason: String?,
        by: MemberName?
    ) -> Sanction {
        Sanction(
            number: number,
            kind: kind,
            target: target,
            name: "mal",
            until: until.map { ChatTime(milliseconds: $0) },
            reason: reason.flatMap { ShortText($0) },
            by: by
        )
    }

    /// Two rooms of one name, of which one is private: each has lines of its own.
    @Test func aRoomIsKnownByItsNumberAndNotByItsName() throws {
        let first = try open()
        let lines = [1, 2].map { number in
            StoredLine(
                sequence: number,
                time: ChatTime(milliseconds: noon),
                room: RoomID(rawValue: number * 100),
                roomName: RoomName("dev") ?? .nameless,
                author: Who(id: PersonID(rawValue: 1), name: "aisha", key: nil),
                token: nil,
                ref: nil,
                text: "line \(number)",
                isAction: false
            )
        }
        for line in lines { first.append(.line(line)) }
        first.close()
        let second = try open()
        defer { second.close() }
        #expect(try second.roomsWithLines() == [RoomID(rawValue: 100), RoomID(rawValue: 200)])
        for line in lines {
            #expect(try second.lines(in: line.room, .before(.max), limit: 9).lines == [line])
        }
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
        first.append(.line(.sample(5, room: "dev", text: "secret-dev")))
        first.append(.line(.sample(6, room: "main", text: "secret-main")))
        first.close()
        let second = try open(now: noon + 86_400_001)
        #expect(try second.lines(in: "main", .after(0), limit: 9).texts == [])
        // The room that had the last line: once rooms are forgotten, and that may be soon, what the other one had counts too.
        #expect(try second.lines(in: "main", .after(0), limit: 9).missing == [1...6])
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
        let key = try #require(PersonKey.sample(1))
        let history = try open()
        defer { history.close() }
        history.append(.line(.sample(1, author: "aisha", text: "secret-one")))
        history.append(.line(.sample(2, author: "aisha-2", key: key, text: "secret-two")))
        history.append(.line(.sample(3, author: "ben", text: "stays-here")))
        history.append(.line(.sample(4, room: "dev", author: "ben", text: "secret-room")))
        history.append(.record(.keyName(.sample("aisha", key, lastUsed: 1))))
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
