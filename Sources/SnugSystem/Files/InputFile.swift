// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A file or a pipe that is open and was judged, ready to be read once.
///
/// Judged after it was opened: a check of the path could be answered by one file and the reading by another.
public struct InputFile: ~Copyable {
    private let descriptor: OwnedDescriptor
    private let limitBytes: Int

    /// Whoever writes into a pipe may have to be asked for a password first.
    private static let pipePatience = Duration.seconds(60)

    /// What nobody but this process's user and root may have.
    ///
    /// Through a symbolic link it is the target that counts.
    public enum Protection: Sendable {
        /// The right to change it.
        case fromChange
        /// Nothing.
        case none
        /// Any right.
        case secret
    }

    /// Opens a file that may hold at most `limitBytes`.
    public init(path: String, limitBytes: Int, protection: Protection) throws(FileFault) {
        let descriptor = try Self.open(path)
        let number = descriptor.number
        var status = stat()
        try Self.readable { () throws(SystemError) in
            try Syscalls.run("fstat") { fstat(number, &status) }
        }
        guard [S_IFREG, S_IFIFO].contains(status.st_mode & S_IFMT) else { throw .notRegularFile }
        switch protection {
        case .fromChange:
            try FileReaders(of: number, status, withAnyOf: 0o2).requireNobodyElse(.change)
        case .none: break
        case .secret: try FileReaders(of: number, status).requireNobodyElse()
        }
        guard status.st_size <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        self.descriptor = descriptor
        self.limitBytes = limitBytes
    }

    /// Reads everything, into memory that is overwritten when it is no longer needed.
    public consuming func readSecret() throws(FileFault) -> SecretBytes {
        try SecretBytes(capacityBytes: capacityBytes) { (memory) throws(FileFault) in
            try readToEnd(into: memory)
        }
    }

    /// Reads everything.
    public consuming func readAll() throws(FileFault) -> [UInt8] {
        try Array(capacity: capacityBytes) { (output) throws(FileFault) in
            try output.withUnsafeMutableBufferPointer { (memory, count) throws(FileFault) in
                count = try readToEnd(into: UnsafeMutableRawBufferPointer(memory))
            }
        }
    }

    /// Enough to see that there is too much.
    ///
    /// The size told by fstat is no promise: some files have 0 there, and one can grow while it is read.
    private var capacityBytes: Int { limitBytes + 1 }

    private borrowing func readToEnd(into memory: UnsafeMutableRawBufferPointer) throws(FileFault) -> Int {
        let memory = UnsafeMutableRawBufferPointer(rebasing: memory.prefix(capacityBytes))
        let number = descriptor.number
        var filled = 0
        while filled < memory.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[filled...])
            let count = try Self.readable { () throws(SystemError) in
                try Syscalls.unlessWouldBlock("read") { read(number, rest.baseAddress, rest.count) }
            }
            guard let count else {
                try waitForWriter()
                continue
            }
            guard count > 0 else { break }
            filled += count
        }
        guard filled > 0 else { throw .empty }
        guard filled <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
        return filled
    }

    /// Only a pipe that somebody has open for writing makes its reader wait; without one it is at its end.
    private borrowing func waitForWriter() throws(FileFault) {
        let deadline = MonotonicTime.now + Self.pipePatience
        var entries = [Polling.Entry(descriptor.number, for: .readable)]
        while entries[0].readiness.isEmpty {
            guard MonotonicTime.now < deadline else { throw .silent(Self.pipePatience) }
            Polling.wait(for: &entries, until: deadline)
        }
    }

    private static func open(_ path: String) throws(FileFault) -> OwnedDescriptor {
        do throws(SystemError) {
            // Without O_NONBLOCK, opening a FIFO would wait for a writer that may never come (fifo(7)).
            let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
            return OwnedDescriptor(owning: try Syscalls.run("open") { Glibc.open(path, flags) })
        } catch {
            switch error.code {
            case ENOENT: throw .missing
            // A socket, or a device that nobody drives (open(2)).
            case ENXIO, ENODEV: throw .notRegularFile
            default: throw .unreadable(error)
            }
        }
    }

    @discardableResult
    private static func readable<Result>(_ body: () throws(SystemError) -> Result) throws(FileFault) -> Result
    {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .unreadable(error)
        }
    }
}
