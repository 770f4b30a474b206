// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What is wrong with a file that was to be read at start-up.
public enum FileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has no bytes.
    case empty

    /// A secret belongs to someone who is neither this process's user nor root, and who can therefore change it.
    case foreignOwner(userID: UInt32)

    /// Nothing has that path.
    case missing

    /// It is a folder, a pipe, a socket or a device.
    case notRegularFile

    /// A secret's permission bits give others than its owner access.
    case openToOthers(mode: UInt32)

    /// It has more bytes than anything of its kind needs.
    case tooLarge(limitBytes: Int)

    /// The system did not let us open or read it.
    case unreadable(SystemError)

    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .foreignOwner(let userID): "belongs to another user (uid \(userID))"
        case .missing: "does not exist"
        case .notRegularFile: "is not a regular file"
        case .openToOthers(let mode): "is open to other users (mode 0\(String(mode, radix: 8)))"
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        case .unreadable(let error): "cannot be read: \(error)"
        }
    }

    /// What to do about it, for the file at `path`.
    public func hint(forFileAt path: String) -> String {
        switch self {
        case .empty, .notRegularFile, .tooLarge: "check that \(path) is the file you mean"
        case .foreignOwner: "chown \(geteuid()) \(path)"
        case .missing: "check the path for typing errors, and the folder it starts from"
        case .openToOthers: "chmod 600 \(path)"
        case .unreadable: "give the user that runs this (uid \(geteuid())) the right to read \(path)"
        }
    }
}
