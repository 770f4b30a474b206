// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// The process at the other end of a Unix socket, as the kernel knows it (SO_PEERCRED, unix(7)).
public struct PeerProcess: Equatable, Sendable, CustomStringConvertible {
    /// Who it ran as when it connected, or began to listen.
    public let userID: UInt32

    /// Its number, which may be another process's by now.
    public let processID: Int32

    /// A process, as a test makes it up.
    package init(userID: UInt32, processID: Int32) {
        self.userID = userID
        self.processID = processID
    }

    /// Asks the kernel about the peer of a connected Unix socket.
    public init(peerOf socket: Int32) throws(SystemError) {
        var peer = peer_process()
        try Syscalls.run("getsockopt") { read_peer_process(socket, &peer) }
        userID = peer.user
        processID = peer.process
    }

    /// Whether it runs as this process's user, or as root.
    public var isTrusted: Bool { userID == 0 || userID == geteuid() }

    /// Whether it may be taken for the server at its path: root may ask any, others only what root or they themselves have
    /// started.
    public var mayBeBelieved: Bool { isTrusted || geteuid() == 0 }

    /// Such as `process 4711 of uid 1000`.
    public var description: String { "process \(processID) of uid \(userID)" }
}

/// A Unix socket that listens at a path, for this process's user and root alone (mode 0600); gone with its owner.
public struct UnixListeningSocket: ~Copyable {
    /// Where it is.
    public let path: String

    private let socket: OwnedDescriptor
    private let file: FileIdentity

    private static let backlog: Int32 = 64

    /// Binds and listens.
    ///
    /// What a server left behind that is dead is replaced. A socket that somebody answers at, and any other kind of file,
    /// is not touched.
    public init(path: String) throws(UnixSocketFault) {
        let address = try UnixAddress(path)
        let folder = try UnixFolder(of: path)
        // Of two servers that start at once, neither may take the other's new socket for one that was left behind.
        folder.lock()
        try Self.removeRemains(at: path, address)
        do throws(SystemError) {
            let socket = try UnixAddress.openSocket()
            let number = socket.number
            // The file gets the socket's mode (unix_bind in the kernel): at no time can others connect.
            try Syscalls.run("fchmod") { fchmod(number, 0o600) }
            try Syscalls.run("bind") { address.withSystemAddress { bind(number, $0, $1) } }
            // The mask of this process may have taken rights from that.
            try Syscalls.run("chmod") { chmod(path, 0o600) }
            let file = try FileIdentity(path)
            try Syscalls.run("listen") { listen(number, Self.backlog) }
            self.path = path
            self.socket = socket
            self.file = file
        } catch { throw .system(error) }
    }

    deinit {
        // Another server may have taken the path over.
        if (try? FileIdentity(path)) == file { unlink(path) }
    }

    /// The descriptor to watch for readiness.
    public var descriptor: Int32 { socket.number }

    /// Takes the next connection that waits, as a socket that does not wait; nil if there is none.
    public func accept() throws(SystemError) -> OwnedDescriptor? {
        let number = socket.number
        let accepted = try Syscalls.unlessWouldBlock("accept4") { accept_nonblocking(number, nil, nil) }
        guard let accepted else { return nil }
        return OwnedDescriptor(owning: accepted)
    }

    private static func removeRemains(
        at path: String,
        _ address: UnixAddress
    ) throws(UnixSocketFault) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system(SystemError(code: errno, call: "lstat")) }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .otherFile }
        let reason: Int32
        do throws(SystemError) { reason = try address.reasonOfSilence() } catch { throw .system(error) }
        switch reason {
        case ENOENT: return
        case ECONNREFUSED: break
        case EACCES: throw .foreignSocket(userID: status.st_uid)
        default: throw .inUse
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw errno == EPERM
                ? .foreignSocket(userID: status.st_uid)
                : .system(SystemError(code: errno, call: "unlink"))
        }
    }
}

/// Why there is no socket at a path.
public enum UnixSocketFault: Error, Equatable, Sendable {
    /// Its folder is missing, or others could put another socket into its place.
    case folder(path: String, FileFault)
    /// Somebody else's program listens there.
    case foreignServer(PeerProcess)
    /// Somebody else's socket, which cannot be replaced.
    case foreignSocket(userID: UInt32)
    /// A server answers there.
    case inUse
    /// Something that is no socket has that path.
    case otherFile
    case pathIsEmpty
    case pathTooLong(limitBytes: Int)
    case system(SystemError)
}

/// The file that a path leads to, whatever other file gets that path later.
private struct FileIdentity: Equatable {
    private let device: dev_t
    private let number: ino_t

    init(_ path: String) throws(SystemError) {
        var status = stat()
        try Syscalls.run("lstat") { lstat(path, &status) }
        device = status.st_dev
        number = status.st_ino
    }
}

/// The folder that a socket lies in, judged and open.
private struct UnixFolder: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// How long a server takes from looking at what is there to listening, many times over.
    private static let lockPatience = Duration.seconds(1)

    init(of path: String) throws(UnixSocketFault) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        do throws(FileFault) { descriptor = try Self.open(folder) } catch {
            throw .folder(path: folder, error)
        }
    }

    private static func open(_ path: String) throws(FileFault) -> OwnedDescriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let number: Int32
        do throws(SystemError) { number = try Syscalls.run("open") { Glibc.open(path, flags) } } catch {
            switch error.code {
            case ENOENT: throw .missing
            case ENOTDIR: throw .notFolder
            default: throw .unreadable(error)
            }
        }
        let folder = OwnedDescriptor(owning: number)
        var status = stat()
        guard fstat(number, &status) == 0 else {
            throw .unreadable(SystemError(code: errno, call: "fstat"))
        }
        // With the sticky bit only the owners of a folder and of a file in it can replace that (inode(7)).
        let rights: mode_t = status.st_mode & S_ISVTX == 0 ? 0o2 : 0
        try FileReaders(of: number, status, withAnyOf: rights).requireNobodyElse(.change)
        return folder
    }

    /// Best effort: whoever keeps a lock on a folder for longer must not keep a server from starting.
    func lock() {
        let deadline = MonotonicTime.now + Self.lockPatience
        while flock(descriptor.number, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR,
            MonotonicTime.now < deadline
        {
            Polling.pause(.milliseconds(5))
        }
    }
}
