// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms
import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// What a server keeps, in memory and in a file.
@Suite(.timeLimit(.minutes(30))) struct HistoryDeskTests {
    private let folder: TemporaryFolder
    private let events = Lock<[ServerEvent]>([])

    init() throws { folder = try TemporaryFolder() }

    enum Place: CaseIterable { case memory, file }

    private func desk(_ place: Place, _ retention: Retention = .standard) throws -> HistoryDesk {
        var settings = HistorySettings()
        settings.retention = retention
        settings.file = place == .file ? folder.path("history") : nil
        return try HistoryDesk(settings) { [events] event in events.withLock { $0.append(event) } }
    }

    private func page(_ desk: HistoryDesk, _ room: RoomID = .main) throws -> HistoryPage {
        let answer = Mailed<Result<HistoryPage, HistoryError>>()
        #expect(desk.read(room, .before(.max), limit: 200) { answer.put($0) })
        return try #require(answer.wait()).get()
    }

    @Test(arguments: Place.allCases) func whatWasSaidIsReadAgainInItsOrder(place: Place) throws {
        let desk = try desk(place)
        defer { desk.close() }
        var talk = try Talk()
        let said = talk.say(["one", "two", "three"])
        for outcome in said { desk.append(outcome) }
        let page = try page(desk)
        #expect(page.lines.map(\.text) == ["one", "two", "three"])
        #expect(page.lines.map(\.sequence) == said.compactMap { $0.line?.sequence })
        #expect(try self.page(desk, RoomID(rawValue: 77)).lines == [])
        #expect(desk.isOnDisk == (place == .file))
    }

    @Test(arguments: Place.allCases) func whoWantsNothingKeptHasNothingKept(place: Place) throws {
        let desk = try desk(place, Retention(lines: 0, hours: 24))
        defer { desk.close() }
        var talk = try Talk()
        for outcome in talk.say(["one"]) { desk.append(outcome) }
        #expect(try page(desk).lines == [])
    }

    @Test func aFileGivesTheNextServerEverythingBack() throws {
        let first = try desk(.file)
        var talk = try Talk()
        for outcome in talk.enterings + talk.say(["one", "two"], ref: "r") + talk.openRoom("dev", topic: "t")
        {
            first.append(outcome)
        }
        first.close()
        let second = try desk(.file)
        defer { second.close() }
        let state = try second.durableState(at: talk.now, ChatLimits())
        #expect(state.lastSequence == talk.chat.lastSequence)
        #expect(state.lines.map(\.text) == ["one", "two"] && state.lines.allSatisfy { $0.ref != nil })
        #expect(state.lastLines == [try #require(state.lines.last)])
        #expect(state.rooms.map(\.name.text) == ["dev"] && state.rooms.first?.topic?.text == "t")
        #expect(state.keyNames.map(\.name.text) == ["aisha"])
        let restored = Chat(restoring: state, at: talk.now)
        #expect(restored.lastSequence == talk.chat.lastSequence)
    }

    /// With a file, only behind the commit: then the line is in it, whatever becomes of the process.
    @Test func aLineInAFileIsConfirmedOnceItIsStoredAndNotBefore() throws {
        let desk = try desk(.file)
        defer { desk.close() }
        var talk = try Talk()
        for number in 1...50 {
            let outcome = try #require(talk.say(["line \(number)"]).first)
            desk.append(outcome)
            let told = Mailed<Int>()
            let archive = folder.path("history")
            desk.whenStored(try #require(outcome.line?.sequence)) {
                var count = 0
                try? HistoryArchive(path: archive).eachLine { _ in
                    count += 1
                    return true
                }
                told.put(count)
            }
            #expect(told.wait() == number)
        }
    }

    @Test func inMemoryALineIsConfirmedAtOnce() throws {
        let desk = try desk(.memory)
        defer { desk.close() }
        let told = Lock(false)
        desk.whenStored(.max) { told.withLock { $0 = true } }
        #expect(told.withLock { $0 })
    }

    @Test func whileNothingCanBeStoredNobodyWaitsForItAndTheLogSaysSo() throws {
        let desk = try desk(.file)
        defer { desk.close() }
        var talk = try Talk()
        for outcome in talk.say(["one"]) { desk.append(outcome) }
        try waitForCommit(desk, talk)
        #expect(rename(folder.path("history"), folder.path("elsewhere")) == 0)
        for outcome in talk.say(["two"]) { desk.append(outcome) }
        // The promise is not kept, but whoever waits for it is not left waiting.
        try waitForCommit(desk, talk)
        // Whoever waits is told first, and the log then.
        try expectLog(
            "was moved or removed: nothing more is stored, and the chat goes on: "
                + "put it back, or start the server again to begin a new one"
        )
        #expect(rename(folder.path("elsewhere"), folder.path("history")) == 0)
        try expectLog("history is stored again")
        for outcome in talk.say(["three"]) { desk.append(outcome) }
        try waitForCommit(desk, talk)
        #expect(try page(desk).lines.map(\.text) == ["one", "two", "three"])
        #expect(log.count == 3, "the start, the stop and the end of it: \(log)")
    }

    /// Whoever asks is told each time; the log is not for members to fill.
    @Test func whatCannotBeReadIsLoggedOnceHoweverManyAskForIt() throws {
        let desk = try desk(.file)
        defer { desk.close() }
        var talk = try Talk()
        for outcome in talk.say(["one"]) { desk.append(outcome) }
        try waitForCommit(desk, talk)
        func alter(_ from: String, _ to: String) throws {
            let alter = try ChildProcess(
                "/usr/bin/python3",
                [
                    "-c",
                    "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)"
                        + ".execute(f'ALTER TABLE {sys.argv[2]} RENAME TO {sys.argv[3]}')",
                    folder.path("history"), from, to,
                ]
            )
            #expect(try alter.waitForExit() == 0, "\(alter.lines(of: .errors))")
        }
        try alter("lines", "elsewhere")
        for _ in 0..<20 { #expect(throws: HistoryError.self) { try page(desk) } }
        try alter("elsewhere", "lines")
        #expect(try page(desk).lines.map(\.text) == ["one"])
        try alter("lines", "elsewhere")
        #expect(throws: HistoryError.self) { try page(desk) }
        try alter("elsewhere", "lines")
        let told = log.filter { $0.contains("what was said before cannot be read") }
        #expect(told.count == 1 && told[0].contains("the history file \(folder.path("history")) "), "\(log)")
    }

    @Test(arguments: Place.allCases) func whoIsGoneGetsNothingReadAndBehindTheEndNobodyDoes(place: Place)
        throws
    {
        let desk = try desk(place)
        let asked = Mailed<Bool>()
        desk.read(
            .main,
            .before(.max),
            limit: 9,
            ifWanted: {
                asked.put(true)
                return false
            },
            then: { _ in Issue.record("read for nobody") }
        )
        _ = asked.wait()
        #expect(desk.close(until: .now + .seconds(60)) == .stored)
        #expect(!desk.read(.main, .before(.max), limit: 9) { _ in Issue.record("read behind the end") })
    }

    @Test func noMorePagesWaitThanAreBoundedFor() throws {
        let desk = try desk(.memory)
        defer { desk.close() }
        let gate = Mailed<Bool>()
        let arrived = Mailed<Bool>()
        desk.read(.main, .after(0), limit: 1) { _ in
            arrived.put(true)
            _ = gate.wait()
        }
        _ = arrived.wait()
        var taken = 0
        while taken <= HistoryReads.maximumCount, desk.read(.main, .after(0), limit: 1, then: { _ in }) {
            taken += 1
        }
        #expect(taken == HistoryReads.maximumCount)
        gate.put(true)
    }

    @Test func aDiskThatIsStuckHoldsUpTheEndOnlyForSoLong() throws {
        let desk = try desk(.file)
        let gate = Mailed<Bool>()
        let arrived = Mailed<Bool>()
        desk.read(.main, .after(0), limit: 1) { _ in
            arrived.put(true)
            _ = gate.wait()
        }
        _ = arrived.wait()
        #expect(desk.close(until: .now + .milliseconds(50)) == .stuck)
        gate.put(true)
        #expect(desk.close(until: .now + .seconds(60)) == .stored)
    }

    @Test func whatTheDiskDidNotTakeUntilTheEndIsToldWithItsReason() throws {
        let desk = try desk(.file)
        var talk = try Talk()
        let path = folder.path("history")
        try #require(rename(path, folder.path("elsewhere")) == 0)
        for outcome in talk.say(["one", "two"]) { desk.append(outcome) }
        let error = HistoryError(path: path, fault: .moved)
        #expect(desk.close() == .lost(error))
        #expect(events.withLock { $0.map(\.description) }.last == "\(error): it lacks the last 2 lines")
    }

    @Test func aFileThatCannotBeUsedIsAReasonNotToStart() throws {
        var settings = HistorySettings()
        settings.file = folder.path
        do throws(ServerStartError) {
            _ = try HistoryDesk(settings, report: { _ in })
            Issue.record("it started")
        } catch {
            #expect(error == .history(HistoryError(path: folder.path, fault: .notRegularFile)))
        }
    }

    // MARK: What is waited for

    private var log: [String] { events.withLock { $0.map(\.description) } }

    private func expectLog(_ text: String) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        while !log.contains(where: { $0.contains(text) }) {
            try #require(MonotonicTime.now < deadline, "\(log)")
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: .now + .milliseconds(5))
        }
    }

    private func waitForCommit(_ desk: HistoryDesk, _ talk: Talk) throws {
        let told = Mailed<Bool>()
        desk.whenStored(talk.chat.lastSequence) { told.put(true) }
        #expect(told.wait() == true)
    }
}

/// Something that another thread hands over.
final class Mailed<Value: Sendable>: Sendable {
    private let value = Lock<Value?>(nil)
    private let waker: LoopWaker?

    init() { waker = try? LoopWaker() }

    func put(_ new: Value) {
        value.withLock { $0 = new }
        waker?.wake()
    }

    /// Nil if nothing comes for a minute.
    func wait() -> Value? {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            if let value = value.withLock({ $0 }) { return value }
            waker?.wait(until: deadline)
        }
        return nil
    }
}

/// What a chat makes of somebody with a key who talks.
private struct Talk {
    var chat = Chat()
    var enterings: [Outcome] = []
    let now = ChatTime.now
    private let session = SessionID(rawValue: 1)

    init() throws {
        var entry = Entry(NameRequest("aisha"), fallbackName: "anon", level: .typed)
        entry.key = Bytes32([UInt8](repeating: 7, count: 32)).map { PersonKey($0) }
        entry.newToken = Bytes32([UInt8](repeating: 8, count: 32)).map { TokenDigest($0) }
        enterings = [apply(.enter(entry))]
    }

    mutating func say(_ texts: [String], ref: String? = nil) -> [Outcome] {
        texts.compactMap { text in
            ChatLine(text).map { apply(.say(Speech($0), to: nil, ref: ref.flatMap { Ref("\($0) \(text)") })) }
        }
    }

    mutating func openRoom(_ name: String, topic: String) -> [Outcome] {
        guard let room = RoomName(name) else { return [] }
        return [apply(.join(room)), apply(.topic(ShortText(topic), of: room))]
    }

    private mutating func apply(_ kind: Request.Kind) -> Outcome {
        chat.apply(Request(kind, by: session), at: 0, time: now)
    }
}
