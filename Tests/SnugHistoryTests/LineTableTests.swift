// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

@testable import SnugHistory

struct LineTableTests {
    private let folder: TemporaryFolder
    private let database: Database

    init() throws {
        folder = try TemporaryFolder()
        database = try Schema.open(HistoryFile(folder.path("history"), for: .keep))
    }

    private func count() throws -> Int64? { try database.integer("SELECT count(*) FROM lines") }

    @Test func aTransactionThatFailsLeavesNothingInTheFileNorInWhatIsKnownOfIt() throws {
        var lines = try LineTable(database)
        try database.transaction { () throws(HistoryFault) in try lines.insert(.sample(1)) }
        lines.settle()
        #expect(throws: HistoryFault.full) {
            try database.transaction { () throws(HistoryFault) in
                try lines.insert(.sample(2))
                try lines.insert(.sample(3, room: "dev"))
                throw HistoryFault.full
            }
        }
        lines.undo()
        #expect(try count() == 1)
        // A room that was made and is not there any more would give its lines a number that no room has.
        try database.transaction { () throws(HistoryFault) in try lines.insert(.sample(4, room: "dev")) }
        lines.settle()
        #expect(try HistoryReader(database).rooms(cutoff: .min) == ["main", "dev"])
        // It knows of two lines in main and not of three.
        var isDone = false
        try database.transaction { () throws(HistoryFault) in
            isDone = try lines.trim("main", to: 1, atMost: 100)
        }
        #expect(isDone)
        #expect(try count() == 2)
    }

    @Test func manyOldLinesLeaveInPiecesThatNobodyWaitsLongFor() throws {
        var lines = try LineTable(database)
        try database.transaction { () throws(HistoryFault) in
            for number in UInt64(1)...1_700 { try lines.insert(.sample(number, time: Int64(number))) }
        }
        lines.settle()
        var counts: [Int64] = []
        var isDone = false
        while !isDone {
            try database.transaction { () throws(HistoryFault) in
                isDone = try lines.tidy(before: 1_601, to: 50)
            }
            lines.settle()
            counts.append(try count() ?? -1)
        }
        #expect(counts.prefix(4) == [1_200, 700, 200, 50])
        #expect(try HistoryReader(database).lastLine() == 1_700)
    }

    @Test func aRoomWhoseLinesAreAllTooOldIsForgottenButNotThatItHadSome() throws {
        var lines = try LineTable(database)
        try database.transaction { () throws(HistoryFault) in try lines.insert(.sample(5, time: 1)) }
        var isDone = false
        while !isDone {
            try database.transaction { () throws(HistoryFault) in isDone = try lines.tidy(before: 2, to: 9) }
        }
        #expect(try database.integer("SELECT count(*) FROM rooms") == 0)
        let page = try HistoryReader(database).page(
            in: "main",
            .after(3),
            limit: 9,
            cutoff: 2,
            waiting: ([], [])
        )
        #expect(page.missing == [4...5])
    }

    @Test func aTextIsNeverAPartOfAStatement() throws {
        var lines = try LineTable(database)
        let evil = "x'); DELETE FROM lines; --"
        try database.transaction { () throws(HistoryFault) in
            try lines.insert(.sample(1))
            try lines.insert(.sample(2, room: evil, author: evil, text: evil))
        }
        #expect(try lines.forget(.person(name: "' OR 1 = 1 --", key: nil)) == 0)
        #expect(try lines.forget(.room(name: "main' OR '1'='1")) == 0)
        #expect(try count() == 2)
    }
}
