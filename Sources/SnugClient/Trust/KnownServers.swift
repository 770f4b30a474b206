// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugSystem

/// The file that remembers which keys were given for which servers, so that nobody has to give them twice.
///
/// Only what somebody gave is in it: no key is taken over because a server showed it.
public struct KnownServers: Equatable, Sendable {
    /// Room for some seven thousand servers.
    static let limitBytes = 1_048_576

    /// For another process that is writing, which takes milliseconds.
    private static let patience = Duration.seconds(2)

    /// Where it is.
    public let path: String

    /// The file at `path`.
    public init(path: String) {
        self.path = path
    }

    /// `$XDG_STATE_HOME/snug/known_servers` (XDG Base Directory Specification); without that variable
    /// `$HOME/.local/state/snug/known_servers`; nil without either.
    public static var standard: KnownServers? {
        UserFolder.state.path.map { KnownServers(path: $0 + "/known_servers") }
    }

    /// Whether this user may not even see whether it is there, as in another user's home.
    public var isOutOfSight: Bool { FilePath.mayExist(path) && !FilePath.isTaken(path) }

    /// How a server is called in the file: a host means the same in capital letters, and with a dot at its end.
    public static func name(host: String, port: UInt16) -> String {
        let host = host.lowercased()
        return SocketAddress.text(host: host.hasSuffix(".") ? String(host.dropLast()) : host, port: port)
    }

    /// The keys that were given for a server, by its ``name(host:port:)``; none if there is no file.
    ///
    /// The file must belong to this process's user or to root, and nobody else may have a right to change it: who can
    /// add a line can have a server of their own taken for another.
    public func pins(of server: String) throws(KnownServersError) -> [KnownPin] {
        try read().pins(of: server)
    }

    private func read() throws(KnownServersError) -> KnownServerList {
        guard FilePath.mayExist(path) else { return KnownServerList() }
        let bytes: [UInt8]
        do throws(FileFault) {
            let file = try InputFile(path: path, limitBytes: Self.limitBytes, protection: .fromChange)
            bytes = try file.readAll()
        } catch .empty {
            return KnownServerList()
        } catch { throw .unusableFile(path: path, error) }
        do throws(KnownServerList.DamagedLine) { return try KnownServerList(bytes) } catch {
            throw .unusableLine(path: path, number: error.number)
        }
    }

    /// From now on these are the keys of a server, and no others; those that were known keep their time.
    ///
    /// Nobody ever finds half a file, and of several that write at once each has its effect. The file and the folders
    /// that were missing are for this user alone.
    ///
    /// - Returns: whether anything is new.
    public func remember(
        _ pins: [String],
        of server: String,
        at now: UnixTime = .now
    ) throws(KnownServersError) -> Bool {
        let lock: FileLock
        do throws(SystemError) {
            try FilePath.makeFolders(above: path)
            lock = try FileLock(path: path + ".lock", until: .now + Self.patience)
        } catch {
            throw error.code == EWOULDBLOCK ? .busy(path: path) : .unwritable(path: path, error)
        }
        let outcome = Result { () throws(KnownServersError) in try change(pins, of: server, at: now) }
        lock.giveBack()
        return try outcome.get()
    }

    private func change(
        _ pins: [String],
        of server: String,
        at now: UnixTime
    ) throws(KnownServersError) -> Bool {
        let known = try read()
        var list = known
        list.set(pins, of: server, at: now)
        guard list != known else { return false }
        let bytes = Array(list.text.utf8)
        guard bytes.count <= Self.limitBytes else {
            throw .unusableFile(path: path, .tooLarge(limitBytes: Self.limitBytes))
        }
        do throws(SystemError) {
            try StagedFiles.replace(path, bytes.span.bytes)
            return true
        } catch { throw .unwritable(path: path, error) }
    }
}

/// Why it is not known, or not remembered, by which key somebody joined a server.
public enum KnownServersError: Error, Equatable, Sendable {
    /// Another process is writing it, and does not come to an end.
    case busy(path: String)

    /// The file cannot be read, or others can change it.
    case unusableFile(path: String, FileFault)

    /// A line is none of the file's form; the first one has number 1.
    case unusableLine(path: String, number: Int)

    /// The file cannot be written.
    case unwritable(path: String, SystemError)
}

extension KnownServersError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .busy(let path): "\(path) cannot be written: another program is writing it"
        case .unusableFile(let path, let fault): "\(path) \(fault)"
        case .unusableLine(let path, let number):
            "line \(number) of \(path) is damaged: it is not HOST:PORT sha256:… TIME"
        case .unwritable(let path, let error): "\(path) cannot be written: \(error)"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .busy: "end what is writing it, and join again"
        case .unusableFile(let path, let fault): fault.hint(forFileAt: path)
        case .unusableLine(_, let number):
            "mend line \(number) or take it out; what was in it has to be given again, by --pin or a link"
        case .unwritable(_, let error):
            error.isNotPermitted
                ? "give the user that runs this (uid \(geteuid())) the right to write there"
                : "check the path, and the disk that it is on"
        }
    }
}
