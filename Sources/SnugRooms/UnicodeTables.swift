// SPDX-License-Identifier: Apache-2.0

/// What a build knows of Unicode: names, rooms and lines are judged by it, so servers that decide alike need the same.
package enum UnicodeTables {
    /// The version of Swift's tables, and a digest of those beside them.
    package static let identity: String = identity(of: [lookalikeTable, markScriptTable, readingTable])

    static func identity(of tables: [String]) -> String {
        "unicode \(version.major).\(version.minor) \(String(digest(of: tables), radix: 16))"
    }

    /// Every version of Unicode has a character that is new in it.
    private static let version: Unicode.Version = {
        var latest: Unicode.Version = (0, 0)
        // In the other planes nothing is assigned, or nobody says as what.
        for plane: UInt32 in [0, 1, 2, 3, 14] {
            for value in plane << 16..<(plane + 1) << 16 {
                if let age = Unicode.Scalar(value)?.properties.age, age > latest { latest = age }
            }
        }
        return latest
    }()

    /// By FNV-1a: nobody is kept out who tries to get in.
    private static func digest(of tables: [String]) -> UInt64 {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for table in tables {
            for byte in Array(table.utf8) + [0] {
                digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        return digest
    }
}
