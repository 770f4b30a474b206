// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What is wrong with a file that was to be read at start-up.
public enum FileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has no bytes.
    case empty

    /// It belongs to someone who is neither this process's user nor root, and who can therefore change it.
    case foreignOwner(userID: UInt32)

    /// Nothing has that path.
    case missing

    /// Something else than a folder.
    case notFolder

    /// It is a folder, a socket or a device.
    case notRegularFile

    /// Everybody on this machine has a right that nobody else may have.
    case openToEverybody(mode: UInt32, Right = .any)

    /// The members of this group have a right that nobody else may have, and who they are cannot be told any more.
    case openToUnknownGroup(groupID: UInt32, Right = .any)

    /// These users have a right that nobody else may have, besides this process's and root.
    case openToUsers([String], Right = .any)

    /// A pipe that somebody holds open, and writes nothing to.
    case silent(Duration)

    /// It has more bytes than anything of its kind needs.
    case tooLarge(limitBytes: Int)

    /// The system did not let us open or read it.
    case unreadable(SystemError)

    /// What others may not have.
    public enum Right: Equatable, Sendable {
        /// Any right: it is a secret.
        case any

        /// To change it: what it says is done.
        case change
    }

    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .foreignOwner(let userID): "belongs to another user (uid \(userID))"
        case .missing: "does not exist"
        case .notFolder: "is not a folder"
        case .notRegularFile: "is not a regular file"
        case .openToEverybody(let mode, let right): "\(right) (mode 0\(String(mode, radix: 8)))"
        case .openToUnknownGroup(let groupID, let right):
            "\(right), if any are in its group (gid \(groupID)), of which nothing was known at the start"
        case .openToUsers(let names, let right): "\(right) (\(names.joined(separator: ", ")))"
        case .silent(let time): "is a pipe out of which nothing came for \(time.components.seconds) s"
        case .tooLarge(let limit): "is larger than \(limit) bytes"
        case .unreadable(let error):
            "cannot be read: \(error)"
                + (error.isNotPermitted && Confinement.holdsForFiles
                    ? "; a confined server reads only in the folders of its start: start it again" : "")
        }
    }

    /// What to do about it, for the file at `path`.
    public func hint(forFileAt path: String) -> String {
        let file = ShellWord.quoted(path)
        switch self {
        case .empty, .notFolder, .notRegularFile, .tooLarge: return "check that \(path) is the file you mean"
        case .openToEverybody(_, .change) where Self.isOwn(path),
            .openToUsers(_, .change) where Self.isOwn(path):
            return "chmod go-w \(file)"
        case .foreignOwner(let userID) where geteuid() == 0:
            return "run this as the user who owns it, as the service does that reads it: "
                + "setpriv --reuid \(userID) --clear-groups COMMAND"
        case .openToUsers where geteuid() == 0 && Self.isOwn(path):
            // A group's right may be what lets a service in.
            return
                "run this as the service's user, for whom that may be right; if nobody but root is to read it: "
                + "chmod 600 \(file)"
        case .foreignOwner, .openToEverybody, .openToUsers:
            // To others it may have been given on purpose, and they keep it.
            return Self.isOwn(path)
                ? "chmod 600 \(file)"
                : "give a copy for this user alone; as root: "
                    + "install -o \(geteuid()) -m 600 \(file) \(ShellWord.quoted(path + "-" + String(geteuid())))"
        case .missing: return "check the path for typing errors, and the folder it starts from"
        case .openToUnknownGroup(_, let right):
            return
                "take the group's right away: chmod \(right == .any ? "g-rwx" : "g-w") \(file); or start the server "
                + "again, which then looks who is in the group"
        case .silent: return "check the command that writes into it"
        case .unreadable(let error):
            return error.isNotPermitted
                ? "give the user that runs this (uid \(geteuid())) the right to read \(path)"
                : "check the path, and the disk that it is on"
        }
    }

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_uid == geteuid()
    }
}

extension FileFault.Right: CustomStringConvertible {
    /// What is said of a file to which others have it.
    public var description: String {
        switch self {
        case .any: "is open to other users"
        case .change: "can be changed by other users"
        }
    }
}
