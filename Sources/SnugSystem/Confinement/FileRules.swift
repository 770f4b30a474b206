// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What may be done with which files; everything else is refused, and new connections and signals to others with it
/// (landlock(7)).
struct FileRules: ~Copyable {
    private let ruleset: OwnedDescriptor
    private let known: FileRights

    /// Landlock's version in the kernel that runs.
    let version: Int32

    /// Rules that allow nothing yet.
    init() throws(SystemError) {
        let version = try Syscalls.run("landlock_create_ruleset") { landlock_version() }
        let known = FileRights.known(to: version)
        var handled = landlock_rights(files: known.rawValue, network: 0, scopes: 0)
        var size = MemoryLayout<UInt64>.size
        if version >= 4 { (handled.network, size) = (Network.all, 2 * MemoryLayout<UInt64>.size) }
        if version >= 6 { (handled.scopes, size) = (Scope.signals, 3 * MemoryLayout<UInt64>.size) }
        let number = try Syscalls.run("landlock_create_ruleset") { create_landlock_ruleset(&handled, size) }
        ruleset = OwnedDescriptor(owning: number)
        self.known = known
        self.version = version
    }

    /// Allows `rights` to a file, or to a folder and all that is or comes to be in it.
    ///
    /// What is not there now cannot be told, and stays refused.
    borrowing func allow(_ rights: FileRights, at path: String) {
        let number = open_as_path(path)
        guard number >= 0 else { return }
        let file = OwnedDescriptor(owning: number)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { return }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let possible = isFolder ? known : known.intersection(.ofOneFile)
        // Fails for what has no path of its own, such as a pipe: what was opened of it stays open.
        _ = add_landlock_path(ruleset.number, rights.intersection(possible).rawValue, file.number)
    }

    /// Allows TCP connections to that port of any machine, where the kernel looks at them at all.
    borrowing func allowConnecting(to port: UInt16) {
        if version >= 4 { _ = add_landlock_port(ruleset.number, Network.connect, port) }
    }

    /// Puts them in force for this thread and those that it starts, for good.
    consuming func apply() throws(SystemError) {
        let number = ruleset.number
        try Syscalls.run("landlock_restrict_self") { restrict_by_landlock(number) }
    }

    private enum Network {
        static let connect: UInt64 = 0b10
        /// LANDLOCK_ACCESS_NET_BIND_TCP and _CONNECT_TCP.
        static let all: UInt64 = 0b11
    }

    private enum Scope {
        /// LANDLOCK_SCOPE_SIGNAL.
        ///
        /// Its sister would take the way to a service manager whose socket has no path.
        static let signals: UInt64 = 0b10
    }
}

/// LANDLOCK_ACCESS_FS_… of linux/landlock.h.
struct FileRights: OptionSet {
    let rawValue: UInt64

    static let execute = FileRights(rawValue: 1 << 0)
    static let write = FileRights(rawValue: 1 << 1)
    static let read = FileRights(rawValue: 1 << 2)
    static let list = FileRights(rawValue: 1 << 3)
    static let remove = FileRights(rawValue: 1 << 5)
    static let make = FileRights(rawValue: 1 << 8)
    static let truncate = FileRights(rawValue: 1 << 14)
    static let controlDevice = FileRights(rawValue: 1 << 15)

    /// Those that make sense for something that is no folder.
    static let ofOneFile: FileRights = [.execute, .write, .read, .truncate, .controlDevice]

    static let reading: FileRights = [.read, .list]

    /// Files that are made, written and taken away again.
    static let keeping: FileRights = [.read, .list, .write, .truncate, .make, .remove]

    /// Those that a version can refuse.
    static func known(to version: Int32) -> FileRights {
        let count: UInt64 =
            switch version {
            case ...1: 13
            case 2: 14
            case 3, 4: 15
            default: 16
            }
        return FileRights(rawValue: (1 << count) - 1)
    }
}
