// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A document of this repository, so that tests can hold it to what it says.
public enum Document {
    /// The whole text of the file at `path`, seen from the repository's root.
    public static func text(of path: String) throws -> String {
        try String(contentsOfFile: file(at: path), encoding: .utf8)
    }

    /// Where the file at `path`, seen from the repository's root, is on this machine.
    public static func file(at path: String) -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        return root.appendingPathComponent(path).standardized.path
    }

    /// The fenced blocks of a document whose opening line is exactly three backquotes and `tag`.
    public static func blocks(_ tag: String, of path: String) throws -> [String] {
        try text(of: path).components(separatedBy: "\n```\(tag)\n").dropFirst().map { rest in
            String(rest.prefix(upTo: rest.range(of: "\n```")?.lowerBound ?? rest.endIndex))
        }
    }

    /// What stands under a heading of the second level, up to the next one.
    public static func section(_ heading: String, of path: String) throws -> String {
        let text = try text(of: path)
        guard let start = text.range(of: "\n## \(heading)\n") else { return "" }
        let rest = text[start.upperBound...]
        return String(rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)])
    }
}
