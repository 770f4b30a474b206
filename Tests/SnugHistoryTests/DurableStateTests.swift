// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugHistory

/// A file that somebody has edited by hand, within what its tables let anyone write.
struct DurableStateTests {
    private let folder: TemporaryFolder
    private let database: Database

    init() throws {
        folder = try TemporaryFolder()
        database = try Schema.open(HistoryFile(folder.path("history"), for: .keep))
    }

    private func state() throws -> DurableState { try DurableState(database, HistoryReader(database)) }

    @Test func aNewFileHasNothingToGiveBack() throws {
        #expect(try state() == DurableState())
    }

    @Test(arguments: [
        "INSERT INTO room_records VALUES ('', '', NULL, 0, x'')",
        "INSERT INTO room_records VALUES ('a', '', x'0102', 0, x'')",
        "INSERT INTO room_records VALUES ('a', '', NULL, 0, x'0102')",
        "INSERT INTO room_records VALUES ('a', printf('%.5000c', 'x'), NULL, 0, x'')",
        "INSERT INTO bans VALUES (1, 2, zeroblob(32), NULL, NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (-1, 0, zeroblob(32), NULL, NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (1, 0, NULL, NULL, NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (1, 0, zeroblob(31), NULL, NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (1, 0, zeroblob(32), x'01', NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (1, 0, NULL, zeroblob(65), NULL, '', '', '', NULL)",
        "INSERT INTO bans VALUES (1, 0, NULL, x'01', NULL, printf('%.5000c', 'x'), '', '', NULL)",
        "INSERT INTO keys VALUES (x'01', 'a', 0)", "INSERT INTO keys VALUES (zeroblob(32), '', 0)",
        "INSERT INTO keys VALUES (zeroblob(32), printf('%.5000c', 'x'), 0)",
    ]) func aRecordThatMakesNoSenseIsCountedAndTheOthersAreRead(sql: StaticString) throws {
        try database.run("INSERT INTO room_records VALUES ('good', 't', NULL, 1, zeroblob(64))")
        try database.run("INSERT INTO keys VALUES (x'02', 'bad', 9)")
        try database.run(sql)
        let state = try state()
        #expect(state.rooms.map(\.name) == ["good"])
        #expect(state.rooms.first?.invited.count == 2)
        #expect(state.bans == [] && state.keys == [])
        #expect(state.unusableRecords == 2)
    }

    @Test func extremeNumbersAreReadAsNumbers() throws {
        try database.run("INSERT INTO facts VALUES ('lastSequence', -5), ('forgottenRooms', -5)")
        try database.run("INSERT INTO rooms VALUES (-9223372036854775808, 'main', -3)")
        try database.run(
            """
            INSERT INTO lines VALUES (-9223372036854775808, -7, -9223372036854775808, 'a', x'01', x'02', NULL,
            CAST(x'FF00FE' AS TEXT), 77), (-9223372036854775808, 9223372036854775807, 9223372036854775807, 'a',
            NULL, NULL, NULL, '', 0)
            """
        )
        try database.run("INSERT INTO gaps VALUES (9, 3), (-1, 9223372036854775807), (-9, -9)")
        try database.run("INSERT INTO keys VALUES (zeroblob(32), 'a', -9223372036854775808)")
        #expect(try state().lastSequence == UInt64(Int64.max))
        #expect(try state().keys.first?.lastUsed == .min)
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

    @Test func aFileWithMoreKeysThanAnyChatHasGivesThoseThatWereUsedLast() throws {
        try database.run(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10100)
            INSERT INTO keys SELECT CAST(printf('%032d', i) AS BLOB), 'name-' || i, i FROM n
            """
        )
        let keys = try state().keys
        #expect(keys.count == 10_000)
        #expect(keys.first?.name == "name-10100" && keys.last?.name == "name-101")
    }
}
