// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugHistory

struct DatabaseTests {
    private let folder: TemporaryFolder
    private let database: Database

    init() throws {
        folder = try TemporaryFolder()
        database = try Schema.open(HistoryFile(folder.path("history"), for: .keep))
    }

    @Test func aCommitIsOnTheDiskAndWhatIsDeletedIsOverwritten() throws {
        #expect(try database.integer("PRAGMA synchronous") == 2)
        #expect(try database.integer("PRAGMA secure_delete") == 1)
        #expect(try database.integer("PRAGMA trusted_schema") == 0)
        try database.run("INSERT INTO facts VALUES ('x', 1)")
        #expect(try folder.entries().contains("history-wal"))
    }

    @Test(arguments: [
        "SELECT load_extension('/lib/x86_64-linux-gnu/libm.so.6')", "ATTACH ':memory:' AS other",
        "UPDATE sqlite_schema SET sql = ''",
    ]) func whatAFileMadeByHandCouldUseIsTakenAway(sql: StaticString) {
        #expect(throws: HistoryFault.self) { try database.run(sql) }
    }

    @Test func aRowThatIsLargerThanAnyOfOursIsAnErrorAndNotRead() throws {
        #expect(throws: HistoryFault.self) {
            try database.run("INSERT INTO facts VALUES (?, 1)", .text(String(repeating: "x", count: 70_000)))
        }
    }

    @Test func aWriterIsSeenByReadersOnlyWhenItIsDone() throws {
        let other = try Database(HistoryFile(folder.path("history"), for: .read))
        let otherCount = { try other.integer("SELECT count(*) FROM facts WHERE name = 'x'") }
        var seen: Int64?
        try database.transaction { () throws(HistoryFault) in
            try database.run("INSERT INTO facts VALUES ('x', 1)")
            seen = (try? otherCount()) ?? nil
        }
        #expect(seen == 0)
        #expect(try otherCount() == 1)
    }

    @Test func bytesThatAreNoTextAreReadAsOne() throws {
        try database.run("INSERT INTO facts VALUES (CAST(x'41FF42' AS TEXT), -1)")
        var text = ""
        try database.prepare("SELECT name FROM facts WHERE value = -1").eachRow([]) { row in
            text = row.text(0)
            return true
        }
        #expect(text == "A\u{FFFD}B")
    }
}
