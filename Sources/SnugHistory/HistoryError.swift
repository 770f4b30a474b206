// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Why a history file cannot be used.
public struct HistoryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file's path, as it was given.
    public let path: String

    /// What is wrong with it.
    public let fault: HistoryFault

    /// Says what is wrong with the file at `path`.
    public init(path: String, fault: HistoryFault) {
        self.path = path
        self.fault = fault
    }

    /// One lower-case sentence.
    public var description: String { "the history file \(path) \(fault)" }

    /// What to do about it.
    public var hint: String { fault.hint(forFileAt: path) }
}

/// What is wrong with a history file.
public enum HistoryFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Its content contradicts itself; what SQLite says about it.
    case corrupt(String)

    /// The disk, or what this process may take of it, is full.
    case full

    /// Another process has it open for writing; its id, if that can be told.
    case inUse(processID: Int32?)

    /// Its log is there, and it is not.
    case leftoverLog

    /// It is not where it was: somebody has moved or removed it.
    case moved

    /// A later version of this program has made it.
    case newerSchema(Int)

    /// It is not what this program made of it: tables differ.
    case foreignSchema

    /// It has something else than a database in it.
    case notADatabase

    /// It is a folder, a pipe, a socket or a device.
    case notRegularFile

    /// It, or what belongs to it, is open to others.
    case openToOthers(path: String, mode: UInt32)

    /// Everybody on this machine may put another file in its place.
    case openFolder(String)

    /// Its numbers are of another chat than that which several servers share.
    case otherOrder

    /// It is a database, and another program's.
    case otherProgram

    /// It, or what belongs to it, belongs to another user.
    case otherOwner(path: String, userID: UInt32)

    /// It, or what belongs to it, is a symbolic link.
    case symbolicLink(path: String)

    /// A system call failed.
    case system(call: String, code: Int32)

    /// More is said than its disk takes.
    case tooSlow

    /// SQLite cannot do what it was asked to; its words for it.
    case failing(String)

    /// One lower-case phrase without a full stop, to be put behind the file's path.
    public var description: String {
        switch self {
        case .corrupt(let detail): "is corrupt (\(detail))"
        case .failing(let detail): "cannot be used (\(detail))"
        case .foreignSchema: "has other tables than this version makes"
        case .full: "cannot grow: the disk is full"
        case .inUse(let processID):
            "is in use by another process" + (processID.map { " (pid \($0))" } ?? "")
        case .leftoverLog: "does not exist, but its log does"
        case .moved: "was moved or removed"
        case .newerSchema(let version): "is of a later version (\(version))"
        case .notADatabase: "is not a database"
        case .notRegularFile: "is not a regular file"
        case .openFolder(let folder): "is in a folder that everybody may change (\(folder))"
        case .openToOthers(let path, let mode):
            "is open to other users (\(path) has mode 0\(String(mode, radix: 8)))"
        case .otherOwner(let path, let userID): "belongs to another user (\(path) to uid \(userID))"
        case .otherOrder: "is of another chat than these servers share"
        case .otherProgram: "is a database of another program"
        case .symbolicLink(let path): "is a symbolic link (\(path))"
        case .tooSlow: "cannot be written as fast as people talk"
        case .system(let call, let code): "cannot be used: \(call) failed: \(ErrorNumber.words(code))"
        }
    }

    /// What to do about it, for the file at `path`.
    public func hint(forFileAt path: String) -> String {
        switch self {
        case .corrupt, .foreignSchema:
            return
                "nothing was changed; put a backup in its place, or move it and its -wal away to begin a new one"
        case .full: return "make room on its disk"
        case .inUse: return "give each server a file of its own, or stop the other one first"
        case .leftoverLog: return "put the file back that \(path)-wal belongs to, or move that away as well"
        case .moved: return "put it back, or start the server again to begin a new one"
        case .newerSchema: return "use the version of snug-server that made it, or a later one"
        case .notADatabase, .notRegularFile, .otherProgram:
            return "nothing was changed; check that \(path) is the file you mean"
        case .openFolder(let folder): return "chmod o-w \(ShellWord.quoted(folder)), or choose another folder"
        case .openToOthers(let open, _): return "chmod 600 \(ShellWord.quoted(open))"
        case .otherOrder:
            return "nothing was changed; move it away: a new one is filled with what the servers share"
        case .otherOwner(let foreign, _):
            return
                "run this as the user who owns it, or as root: chown \(ErrorNumber.userID) \(ShellWord.quoted(foreign))"
        case .symbolicLink: return "give the path that the link leads to"
        case .tooSlow: return "put it on a faster disk"
        case .system(_, let code): return ErrorNumber.hint(code, path: path)
        case .failing: return "check the disk that it is on, and that no other program holds it"
        }
    }

    /// Trying again by itself may help.
    var mayPass: Bool {
        switch self {
        case .corrupt, .foreignSchema, .notADatabase, .otherOrder: false
        default: true
        }
    }
}

/// What history tells the server while it runs, on the thread that stores.
public enum HistoryEvent: Equatable, Sendable {
    /// Whatever was appended with this number or a smaller one is safe, but what is missing: a process that is killed,
    /// and a machine that loses its power, have it when they start again.
    ///
    /// - Parameter missing: numbers of lines that found no room while they waited, and are lost.
    case stored(upTo: UInt64, missing: [ClosedRange<UInt64>])

    /// From now on nothing is stored; what is appended waits in memory as far as there is room. Told once.
    case stopped(HistoryFault)

    /// The store has ended while nothing could be stored, and what waited is lost, so many lines of it. The last event.
    case lost(HistoryFault, lines: Int)

    /// Storing works again, and what waited is stored.
    ///
    /// - Parameter lostRecords: how many changes of rooms, bans and keys found no room meanwhile.
    case resumed(lostRecords: Int)
}
