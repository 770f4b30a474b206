// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugRooms
internal import SnugSystem

/// The user's settings for `snug`: a line `key = value` for each, where the key is an option without its dashes.
///
/// Empty lines and those that begin with `#` say nothing.
public struct ConfigurationFile: Equatable, Sendable {
    /// One line that sets something.
    struct Entry: Equatable, Sendable {
        let line: Int
        let key: String
        let value: String
    }

    static let limitBytes = 65_536

    /// Where it is.
    public let path: String

    /// The file at `path`.
    init(path: String) {
        self.path = path
    }

    /// `$XDG_CONFIG_HOME/snug/config` (XDG Base Directory Specification); without that variable
    /// `$HOME/.config/snug/config`; nil without either.
    public static var standard: ConfigurationFile? {
        UserFolder.configuration.path.map { ConfigurationFile(path: $0 + "/config") }
    }

    /// Whether there is such a file.
    public var exists: Bool { FilePath.mayExist(path) }

    /// A path that is written in the file: it begins from the file's folder, or from the home with `~/`.
    func resolved(_ written: String) -> String {
        if written.hasPrefix("/") { return written }
        if written.hasPrefix("~/"), let home = getenv("HOME").map({ String(cString: $0) }),
            home.hasPrefix("/")
        {
            return home + written.dropFirst()
        }
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        return "\(folder)/\(written)"
    }

    /// Reads all settings; none if there is no file, or it is out of this user's reach, as in another user's home.
    ///
    /// Nobody else may have a right to change it: it says whom to trust.
    func read(knowing keys: [String]) throws(Failure) -> [Entry] {
        guard exists else { return [] }
        guard FilePath.isTaken(path) else {
            standardError("warning: \(path) is out of this user's reach, and is left aside")
            return []
        }
        let bytes: [UInt8]
        do throws(FileFault) {
            let file = try InputFile(path: path, limitBytes: Self.limitBytes, protection: .fromChange)
            bytes = try file.readAll()
        } catch .empty {
            return []
        } catch {
            throw Failure("\(path) \(error)", hint: error.hint(forFileAt: path), code: .badConfiguration)
        }
        return try entries(in: bytes, knowing: keys)
    }

    func entries(in bytes: [UInt8], knowing keys: [String]) throws(Failure) -> [Entry] {
        // Editors of Windows begin a file with a byte order mark.
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        var entries: [Entry] = []
        for (index, text) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let entry = try entry(text, line: index + 1, knowing: keys) else { continue }
            if let first = entries.first(where: { $0.key == entry.key }) {
                throw failure(
                    index + 1,
                    "\(entry.key) is set already, in line \(first.line)",
                    "take one of the two out"
                )
            }
            entries.append(entry)
        }
        return entries
    }

    private func entry(
        _ bytes: ArraySlice<UInt8>,
        line: Int,
        knowing keys: [String]
    ) throws(Failure) -> Entry? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure(line, "this is not UTF-8", "save the file as UTF-8")
        }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { return nil }
        guard SafeText.clean(trimmed) == trimmed.replacing("\t", with: " ") else {
            throw failure(line, "there are characters in it that nobody can see", "write the line again")
        }
        let parts = trimmed.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = String(parts[0]).trimmed
        guard keys.contains(key) else { throw unknown(key, line, among: keys) }
        guard parts.count == 2, case let value = String(parts[1]).trimmed, !value.isEmpty else {
            throw failure(line, "\(key) has no value", "write \(key) = VALUE, or take the line out")
        }
        if let quote = value.first, "\"'".contains(quote), value.count > 1, value.last == quote {
            throw failure(line, "the value of \(key) is in quotes", "write it without them")
        }
        return Entry(line: line, key: key, value: value)
    }

    private func unknown(_ key: String, _ line: Int, among keys: [String]) -> Failure {
        failure(
            line,
            "there is no setting \"\(key)\"",
            "the nearest one is \(NearestWord.to(key, among: keys) ?? "none"); settings are the options that snug --help lists"
        )
    }

    func failure(_ line: Int, _ sentence: String, _ hint: String) -> Failure {
        Failure("\(path):\(line): \(sentence)", hint: hint, code: .badConfiguration)
    }
}

extension String {
    fileprivate var trimmed: String {
        guard let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[...last].drop(while: \.isWhitespace))
    }
}
