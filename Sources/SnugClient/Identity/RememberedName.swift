// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
public import SnugSystem

/// The file with the name that somebody has said they want to be called by, where no other is given.
public struct RememberedName: Equatable, Sendable {
    /// A name has 80 bytes at most.
    private static let limitBytes = 256

    /// Where it is.
    public let path: String

    /// The file at `path`.
    public init(path: String) {
        self.path = path
    }

    /// `$XDG_STATE_HOME/snug/name` (XDG Base Directory Specification); without that variable
    /// `$HOME/.local/state/snug/name`; nil without either.
    public static var standard: RememberedName? {
        UserFolder.state.path.map { RememberedName(path: $0 + "/name") }
    }

    /// The name; nil if there is none, or something else in its place: then it is asked for again.
    public func read() -> String? {
        guard let file = try? InputFile(path: path, limitBytes: Self.limitBytes, protection: .fromChange),
            let bytes = try? file.readAll(),
            let text = String(validating: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        else { return nil }
        return MemberName(cleaning: text)?.text == text ? text : nil
    }

    /// Has the file hold `name` from now on; it is for this user alone.
    public func write(_ name: String) throws(SystemError) {
        try FilePath.makeFolders(above: path)
        try StagedFiles.replace(path, Array("\(name)\n".utf8).span.bytes)
    }
}
