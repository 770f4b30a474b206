// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A history file that was found fit to be used, and held so that no second process writes to it.
///
/// The lock is flock(2)'s, which SQLite does not use. While SQLite has the file open, nobody else in this process may
/// open and close it: closing would let go of SQLite's own locks (fcntl(2)). So this lives longer than the connections,
/// and a process opens a file once.
final class HistoryFile: Sendable {
    /// At most so many invitations of each room are kept.
    static let maximumInvitations = 1_000

    /// Where it is, absolute and without symbolic links.
    let path: String

    /// It has nothing in it yet.
    let isNew: Bool

    private let descriptor: Int32
    private let device: dev_t
    private let inode: ino_t

    /// What the caller means to do with it.
    enum Purpose {
        /// Read a file that a server may be writing to.
        case read
        /// Write to a file that exists.
        case change
        /// Write to it, and make it if it is not there.
        case keep
    }

    init(_ given: String, for purpose: Purpose) throws(HistoryFault) {
        path = try Self.resolved(given)
        let creation = purpose == .keep ? O_CREAT : 0
        descriptor = try Self.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | creation)
        do throws(HistoryFault) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", code: errno) }
            guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile }
            (device, inode, isNew) = (status.st_dev, status.st_ino, status.st_size == 0)
            if isNew {
                // SQLite would throw away a log whose file is empty, and the log may be all there is.
                guard access(path + "-wal", F_OK) != 0 else { throw .leftoverLog }
            } else {
                try Self.judgeHeader(descriptor, path)
            }
            // Whose file it is comes first: nobody is to be told to take the rights to another program's away.
            try Self.judge(status, path)
            for suffix in ["-wal", "-shm", "-journal"] {
                var status = stat()
                if lstat(path + suffix, &status) == 0 { try Self.judge(status, path + suffix) }
            }
            if purpose != .read { try Self.lock(descriptor, inode) }
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit {
        // By name: closing leaves the lock with a program that was started meanwhile, until it is replaced (flock(2)).
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Whether the file that was opened is still the one that has the path.
    var isInItsPlace: Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
    }

    // MARK: Finding it

    /// The path with its folder's real name.
    ///
    /// The last part is not followed: in a folder that others can write to, it
    /// could be a link to a file of this user's.
    private static func resolved(_ path: String) throws(HistoryFault) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard let name = parts.last, !path.hasSuffix("/"), name != ".", name != "..", !path.contains("\0")
        else {
            throw .notRegularFile
        }
        let folder = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
        guard let real = realpath(folder, nil) else { throw .system(call: "open", code: errno) }
        defer { free(real) }
        let realFolder = String(cString: real)
        var status = stat()
        guard stat(realFolder, &status) == 0 else { throw .system(call: "stat", code: errno) }
        // In a folder such as /tmp, nobody can replace what is another's.
        guard status.st_mode & S_IWOTH == 0 || status.st_mode & S_ISVTX != 0 else {
            throw .openFolder(realFolder)
        }
        return realFolder == "/" ? "/\(name)" : "\(realFolder)/\(name)"
    }

    private static func open(_ path: String, _ flags: Int32) throws(HistoryFault) -> Int32 {
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor < 0 else { return descriptor }
        switch errno {
        case ELOOP: throw .symbolicLink(path: path)
        case EISDIR, ENXIO, ENODEV: throw .notRegularFile
        case let code: throw .system(call: "open", code: code)
        }
    }

    private static func judge(_ status: stat, _ path: String) throws(HistoryFault) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK: throw .symbolicLink(path: path)
        default: throw .notRegularFile
        }
        guard status.st_uid == geteuid() || geteuid() == 0 else {
            throw .otherOwner(path: path, userID: status.st_uid)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .openToOthers(path: path, mode: status.st_mode & 0o7777)
        }
    }

    /// Reads whose database it is before SQLite opens it, which may already change it (sqlite.org/fileformat.html).
    private static func judgeHeader(_ descriptor: Int32, _ path: String) throws(HistoryFault) {
        // While a change is half done, only SQLite knows what is in the header.
        guard access(path + "-journal", F_OK) != 0 else { return }
        var header = [UInt8](repeating: 0, count: 100)
        guard pread(descriptor, &header, header.count, 0) == header.count,
            header.starts(with: Array("SQLite format 3\0".utf8))
        else { throw .notADatabase }
        let number = { (offset: Int) in header[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        guard number(68) == Schema.applicationID else { throw .otherProgram }
        guard number(60) <= UInt32(Schema.version) else { throw .newerSchema(Int(number(60))) }
    }

    // MARK: Holding it

    private static func lock(_ descriptor: Int32, _ inode: ino_t) throws(HistoryFault) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else { throw .system(call: "flock", code: errno) }
        throw .inUse(processID: LockTable.holder(of: inode))
    }
}

/// Who holds which lock of this machine's files, as the kernel shows it (/proc/locks, proc(5)).
private enum LockTable {
    static func holder(of inode: ino_t) -> Int32? {
        guard let file = fopen("/proc/locks", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        // 1: FLOCK  ADVISORY  WRITE 1234 fe:00:56789 0 EOF
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK", words[5].hasSuffix(":\(inode)") else { continue }
            // 0 or less for a process that this one cannot see, in another container.
            return Int32(words[4]).flatMap { $0 > 0 ? $0 : nil }
        }
        return nil
    }
}
