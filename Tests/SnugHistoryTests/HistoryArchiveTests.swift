// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugRooms
import TestSupport
import Testing

struct HistoryArchiveTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("history")
    }

    private func make(_ changes: [HistoryChange]) throws {
        let history = try SQLiteHistory(path: path, clock: { noon }, report: { _ in })
        for change in changes { history.append(change) }
        history.close()
    }

    private func lines() throws -> [StoredLine] {
        var lines: [StoredLine] = []
        try HistoryArchive(path: path).eachLine { line in
            lines.append(line)
            return true
        }
        return lines
    }

    @Test func everyLineIsReadRoomByRoomHoweverManyThereAre() throws {
        let all = (UInt64(1)...900).map { StoredLine.sample($0, room: ["main", "dev", "Zoo"][Int($0 % 3)]) }
        try make(all.map { .line($0) })
        let expected = ["Zoo", "dev", "main"].map { RoomID($0) }.sorted().flatMap { room in
            all.filter { $0.room == room }
        }
        #expect(try lines() == expected)
        var count = 0
        try HistoryArchive(path: path).eachLine { _ in
            count += 1
            return count < 7
        }
        #expect(count == 7)
    }

    @Test func aServerThatRunsIsReadBesideAndGoesOnStoring() throws {
        let probe = try ChildProcess(try BuiltPrograms.path(of: "history-probe"), ["talk", path, "1000"])
        try probe.expect("stored")
        for _ in 0..<20 {
            let read = try lines().map(\.sequence)
            #expect(read == Array(1...UInt64(read.count)))
            // The server has stored more than this export, which held it up in nothing.
            try probe.wait(for: "more") {
                probe.lines(of: .output).contains { line in
                    line.hasPrefix("stored ")
                        && line.split(separator: " ").compactMap { Int($0) }[0] > read.count
                }
            }
        }
        #expect(try probe.finish() == 0)
        #expect(!probe.lines(of: .output).contains { $0.hasPrefix("stopped") })
        #expect(try lines().count > 0)
    }

    @Test func forgettingAPersonTakesEveryLineOfTheKeyThatHasTheName() throws {
        let key = try #require(PersonKey.sample(1))
        let asOther = StoredLine.sample(2, author: "aisha-phone", key: key, text: "secret-two")
        try make([
            .record(.keyName(.sample("aisha", key, lastUsed: 1))), .line(.sample(1, text: "secret-one")),
            .line(asOther), .line(.sample(3, author: "Aisha", text: "another person")),
        ])
        #expect(try HistoryArchive.forget(.person(name: "aisha", key: nil), path: path) == 2)
        #expect(try lines().map(\.text) == ["another person"])
        #expect(!String(decoding: try folder.content(of: "history"), as: UTF8.self).contains("secret"))
        #expect(!String(decoding: try folder.content(of: "history"), as: UTF8.self).contains("aisha"))
        #expect(try folder.entries() == ["history"])
        #expect(try HistoryArchive.forget(.person(name: "aisha", key: nil), path: path) == 0)
    }

    @Test func forgettingARoomTakesItsLinesAndWhatIsKnownOfItAndNoOther() throws {
        try make([
            .record(.room(.sample("dev", topic: "secret-topic"))),
            .line(.sample(1, room: "dev", text: "secret")),
            .line(.sample(2, room: "dev2", text: "stays")), .record(.room(.sample("dev2"))),
        ])
        #expect(try HistoryArchive.forget(.room(name: "dev"), path: path) == 1)
        #expect(try lines().map(\.text) == ["stays"])
        #expect(!String(decoding: try folder.content(of: "history"), as: UTF8.self).contains("secret"))
        let history = try SQLiteHistory(path: path, clock: { noon }, report: { _ in })
        defer { history.close() }
        #expect(try history.durableState().rooms.map(\.name.text) == ["dev2"])
        #expect(history.lastSequence == 2)
    }

    @Test func whatAnEarlierKillLeftInTheLogIsForgottenAsWell() throws {
        let probe = try ChildProcess(try BuiltPrograms.path(of: "history-probe"), ["talk", path, "1000"])
        try probe.expect("stored")
        probe.signal(9)
        _ = try probe.waitForExit()
        #expect(try folder.entries().contains("history-wal"))
        #expect(try HistoryArchive.forget(.person(name: "aisha", key: nil), path: path) > 0)
        for entry in try folder.entries() {
            #expect(
                !String(decoding: try folder.content(of: entry), as: UTF8.self).contains("what people say")
            )
        }
    }

    @Test func aFileThatAServerUsesIsNotChanged() throws {
        let probe = try ChildProcess(try BuiltPrograms.path(of: "history-probe"), ["hold", path])
        try probe.expect("open")
        do throws(HistoryError) {
            _ = try HistoryArchive.forget(.room(name: "main"), path: path)
            Issue.record("it was changed")
        } catch {
            #expect(error.fault == .inUse(processID: probe.pid))
            #expect(error.description.contains("(pid \(probe.pid))") && error.hint.contains("stop"))
        }
        #expect(try probe.finish() == 0)
    }

    @Test func aFileThatIsNotThereIsNotMade() throws {
        #expect(throws: HistoryError.self) { try HistoryArchive(path: path) }
        #expect(throws: HistoryError.self) { try HistoryArchive.forget(.room(name: "main"), path: path) }
        #expect(try folder.entries() == [])
    }
}
