// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugHistory

/// A file that somebody has edited by hand, within what its tables let anyone write.
struct RecordReaderTests {
    private let folder: TemporaryFolder
    private let database: Database

    init() throws {
        folder = try TemporaryFolder()
        database = try Schema.open(HistoryFile(folder.path("history"), for: .keep))
    }

    private func records() throws -> RecordReader { try RecordReader(database, HistoryReader(database)) }

    @Test func aNewFileHasNothingToGiveBack() throws {
        #expect(try records().state == DurableState() && records().unusable == 0)
    }

    @Test(arguments: [
        "INSERT INTO room_records VALUES (1, '', '', NULL, 0, x'')",
        "INSERT INTO room_records VALUES (1, printf('%.5000c', 'x'), '', NULL, 0, x'')",
        "INSERT INTO room_records VALUES (-1, 'a', '', NULL, 0, x'')",
        "INSERT INTO room_records VALUES (1, 'a', '', x'0102', 0, x'')",
        "INSERT INTO room_records VALUES (1, 'a', '', NULL, 0, x'0102')",
        "INSERT INTO room_records VALUES (1, 'a', printf('%.5000c', 'x'), NULL, 0, x'')",
        "INSERT INTO sanctions VALUES (1, 2, zeroblob(32), NULL, 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (-1, 0, zeroblob(32), NULL, 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, NULL, NULL, 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, zeroblob(31), NULL, 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, zeroblob(32), x'01020304', 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, NULL, x'0102030405', 'a', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, zeroblob(32), NULL, '', NULL, NULL, NULL)",
        "INSERT INTO sanctions VALUES (1, 0, zeroblob(32), NULL, 'a', NULL, printf('%.5000c', 'x'), NULL)",
        "INSERT INTO key_names VALUES ('a', x'01', 0)", "INSERT INTO key_names VALUES ('', zeroblob(32), 0)",
        "INSERT INTO key_names VALUES (printf('%.5000c', 'x'), zeroblob(32), 0)",
    ]) func aRecordThatMakesNoSenseIsCountedAndTheOthersAreRead(sql: StaticString) throws {
        try database.run("INSERT INTO room_records VALUES (9, 'good', 't', NULL, 1, zeroblob(64))")
        try database.run("INSERT INTO key_names VALUES ('bad', x'02', 9)")
        try database.run(sql)
        let records = try records()
        #expect(records.state.rooms.map(\.name.text) == ["good"])
        #expect(records.state.rooms.first?.invitedKeys.count == 2)
        #expect(records.state.sanctions == [] && records.state.keyNames == [])
        #expect(records.unusable == 2)
    }

    @Test func namesAndTextsThatSomebodyPutIntoTheFileAreMadeSafeAgain() throws {
        try database.run(
            "INSERT INTO room_records VALUES (9, 'de' || char(27) || 'v', 'a' || char(10) || 'b', NULL, 0, x'')"
        )
        try database.run("INSERT INTO rooms VALUES (9, 'dev', 0)")
        try database.run(
            """
            INSERT INTO lines VALUES
            (9, 1, 5, 7, '* op left *', NULL, NULL, char(1), char(27) || '[31m' || char(8238), 0)
            """
        )
        let room = try #require(try records().state.rooms.first)
        #expect(!room.name.text.contains("\u{1B}") && room.topic?.text.contains("\n") == false)
        let page = try HistoryReader(database).page(
            in: RoomID(rawValue: 9),
            .after(0),
            limit: 9,
            cutoff: .min,
            waiting: ([], [])
        )
        let line = try #require(page.lines.first)
        #expect(!line.author.name.text.contains("*") && line.ref == nil)
        #expect(!line.text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    }

    @Test func extremeNumbersAreReadAsNumbers() throws {
        try database.run("INSERT INTO facts VALUES ('lastSequence', -5), ('forgottenRooms', -5)")
        try database.run("INSERT INTO rooms VALUES (0, 'main', -3), (-9223372036854775808, 'main', -3)")
        try database.run(
            """
            INSERT INTO lines VALUES (0, -7, -9223372036854775808, -1, 'a', x'01', x'02', NULL,
            CAST(x'FF00FE' AS TEXT), 77), (0, 9223372036854775807, 9223372036854775807, 9223372036854775807, 'a',
            NULL, NULL, NULL, '', 0)
            """
        )
        try database.run("INSERT INTO gaps VALUES (9, 3), (-1, 9223372036854775807), (-9, -9)")
        try database.run("INSERT INTO key_names VALUES ('a', zeroblob(32), -9223372036854775808)")
        #expect(try records().state.lastSequence == UInt64(Int64.max))
        #expect(try records().state.keyNames.first?.lastUsed.milliseconds == .min)
        let reader = try HistoryReader(database)
        for selection in [
            LineSelection.after(0), .after(.max), .before(0), .before(.max), .after(UInt64(Int64.max)),
        ] {
            let page = try reader.page(in: "main", selection, limit: 200, cutoff: .min, waiting: ([], []))
            #expect(page.lines.count <= 2)
        }
        var lines = try LineTable(database)
        var isDone = false
        while !isDone {
            try database.transaction { () throws(HistoryFault) in isDone = try lines.tidy(before: 0, to: 1) }
            lines.settle()
        }
    }

    @Test func aFileWithMoreNamesThanAnyChatHasGivesThoseThatWereUsedLast() throws {
        try database.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
            INSERT INTO key_names SELECT 'name-' || i, CAST(printf('%032d', i) AS BLOB), i FROM n
            """
        )
        let names = try records().state.keyNames
        #expect(names.count == 10_000)
        #expect(names.first?.name == "name-10100" && names.last?.name == "name-101")
    }
}
