// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

@Suite struct UnicodeTablesTests {
    @Test func aBuildIsToldByTheVersionOfItsTablesAndByWhateverIsInThem() throws {
        let identity = UnicodeTables.identity
        #expect(identity.wholeMatch(of: /unicode [1-9][0-9]\.[0-9] [0-9a-f]{1,16}/) != nil, "\(identity)")
        let tables = [lookalikeTable, markScriptTable, readingTable]
        #expect(UnicodeTables.identity(of: tables) == identity)
        for index in tables.indices {
            var others = tables
            others[index].append("0")
            #expect(UnicodeTables.identity(of: others) != identity)
        }
        // What moves from one table to the next is something else.
        #expect(UnicodeTables.identity(of: ["ab", "c"]) != UnicodeTables.identity(of: ["a", "bc"]))
    }

    @Test func theVersionIsNoOlderThanTheLatestCharacterThatSwiftKnows() throws {
        // U+1FAE9 came with Unicode 16.0, and U+1FAE8 with 15.0.
        let ages = ["\u{1FAE8}", "\u{1FAE9}"].compactMap { $0.unicodeScalars.first?.properties.age }
        let latest = try #require(ages.last)
        let version = try #require(UnicodeTables.identity.firstMatch(of: /([0-9]+)\.([0-9]+)/))
        let own = (major: try #require(Int(version.1)), minor: try #require(Int(version.2)))
        #expect(own >= latest)
    }
}
