// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Testing

/// The files of the Unicode Character Database, as Debian's package unicode-data brings them.
public enum UnicodeData {
    private static let folder = "/usr/share/unicode/"

    public static let isInstalled = FileManager.default.fileExists(atPath: folder + "UnicodeData.txt")
    public static let whyNot: Comment =
        "NOT TRIED: needs Debian's package unicode-data, which scripts/test installs"

    /// The fields of each line, without comments.
    public static func rows(_ file: String) throws -> [[String]] {
        try String(contentsOfFile: folder + file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let content = line.prefix { $0 != "#" }
            guard content.contains(";") else { return nil }
            return content.split(separator: ";", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// Those that `file` says `property` of.
    public static func scalars(_ file: String, _ property: String) throws -> [Unicode.Scalar] {
        try rows(file).filter { $0[1] == property }.flatMap { fields -> [Unicode.Scalar] in
            let ends = fields[0].split(separator: ".").compactMap { UInt32($0, radix: 16) }
            guard let first = ends.first, let last = ends.last else { return [] }
            return (first...last).compactMap(Unicode.Scalar.init)
        }
    }

    /// `0041 030A` as text.
    public static func text(_ codes: some StringProtocol) -> String {
        let scalars = codes.split(separator: " ").compactMap {
            UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
