// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugHistory
import SnugRooms
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct HistoryCommandTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("history")
    }

    private func make(_ lines: [StoredLine]) throws {
        let history = try SQLiteHistory(path: path, clock: { 1_790_000_000_000 }, report: { _ in })
        for line in lines { history.append(.line(line)) }
        history.close()
    }

    private func line(
        _ sequence: UInt64,
        _ room: String,
        _ author: String,
        _ text: String,
        isAction: Bool = false
    ) throws -> StoredLine {
        StoredLine(
            sequence: sequence,
            time: ChatTime(milliseconds: 1_790_000_000_000),
            room: room == "main" ? .main : RoomID(rawValue: UInt64(room.utf8.count)),
            roomName: try #require(RoomName(room)),
            author: Who(id: PersonID(rawValue: 1), name: try #require(NameRequest(author).name), key: nil),
            token: nil,
            ref: nil,
            text: text,
            isAction: isAction
        )
    }

    private func history(_ words: [String]) throws -> ChildProcess {
        try ChildProcess(BuiltPrograms.path(of: "snug-server"), ["history"] + words)
    }

    @Test func anExportIsOneJSONObjectForEachLine() throws {
        try make([line(1, "main", "aisha", "a \"quoted\" \\ line"), line(2, "dev", "ben", "two")])
        let process = try history(["export", path, "--json"])
        #expect(try process.waitForExit() == 0)
        let objects = try process.lines(of: .output).map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["text"] as? String } == ["a \"quoted\" \\ line", "two"])
        #expect(objects.map { $0["seq"] as? Int } == [1, 2])
    }

    @Test func anExportForPeopleIsSafeForATerminal() throws {
        let action = try line(2, "main", "ben", "waves", isAction: true)
        try make([line(1, "main", "aisha", "red \u{1B}[31m\nline"), action])
        let process = try history(["export", path])
        #expect(try process.waitForExit() == 0)
        #expect(
            process.lines(of: .output) == [
                "2026-09-21T14:13:20Z #main aisha: red ␛[31m line",
                "2026-09-21T14:13:20Z #main * ben waves *",
            ]
        )
    }

    @Test func aLargeExportEndsWhenNobodyReadsIt() throws {
        try make((1...900).map { try line($0, "main", "aisha", String(repeating: "x", count: 1_900)) })
        let process = try history(["export", path])
        process.stopReading(.output)
        #expect(try process.waitForExit() == 0)
    }

    @Test func whatIsForgottenIsGoneFromTheNextExport() throws {
        try make([
            line(1, "main", "aisha", "one"), line(2, "dev", "ben", "two"), line(3, "main", "ben", "three"),
        ])
        let person = try history(["forget", "--name", "aisha", path])
        try person.expect("1 line is gone from \(path)", on: .errors)
        #expect(try person.waitForExit() == 0)
        let room = try history(["forget", "--room", "dev", path])
        try room.expect("1 line is gone", on: .errors)
        let export = try history(["export", path])
        #expect(try export.waitForExit() == 0)
        #expect(export.lines(of: .output).map { $0.suffix(10) } == ["ben: three"])
    }

    @Test func aFileThatIsNoHistoryIsRefusedWithAHint() throws {
        try folder.write(Array("no database at all".utf8), to: "history", mode: 0o600)
        for words in [["export", path], ["forget", "--name", "a", path]] {
            let process = try history(words)
            #expect(try process.waitForExit() == 78)
            #expect(
                process.lines(of: .errors) == [
                    "error: the history file \(path) is not a database",
                    "hint: nothing was changed; check that \(path) is the file you mean",
                ]
            )
        }
        for words in [["forget", path], ["forget", "--name", "a", "--room", "b", path], ["export"]] {
            #expect(try history(words).waitForExit() == 64)
        }
        #expect(try folder.content(of: "history") == Array("no database at all".utf8))
    }
}
