// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What is written for somebody who may stop reading for a while, at a terminal or behind a pipe.
///
/// Writing never waits: what is not taken at once is kept, and its owner waits for the reader as for everything else.
/// Used on one thread.
public struct WaitingOutput: ~Copyable {
    /// What to watch for becoming writable while something waits.
    public let descriptor: Int32

    /// The terminal or pipe once more, opened so that a write does not wait.
    ///
    /// That is a property of the opening (O_NONBLOCK, open(2)), and the one we were given is the shell's as well. To look
    /// whether a pipe takes anything is not enough: others may fill it before we write.
    private let ownOpening: OwnedDescriptor?

    private var bytes: [UInt8] = []
    private var takenCount = 0

    /// Nothing more should be written while so much waits.
    private static let limitBytes = 65_536

    /// What a pipe takes without waiting once it takes anything (PIPE_BUF, pipe(7)).
    private static let pieceBytes = 4_096

    /// Writes to `descriptor`, which stays open as long as this value lives.
    public init(to descriptor: Int32) {
        let reopened = Self.reopened(descriptor)
        self.descriptor = reopened ?? descriptor
        ownOpening = reopened.map { OwnedDescriptor(owning: $0) }
    }

    private static func reopened(_ descriptor: Int32) -> Int32? {
        var status = stat()
        let isTerminal = isatty(descriptor) == 1
        guard isTerminal || fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO else {
            return nil
        }
        // Anybody may open the terminal that a process runs at by this name, also after su(1).
        let isOwn = isTerminal && tcgetsid(descriptor) != -1
        let path = isOwn ? "/dev/tty" : "/proc/self/fd/\(descriptor)"
        let number = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        return number == -1 ? nil : number
    }

    /// Whether everything was taken.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Whether so much waits that nothing should be added.
    public var isFull: Bool { bytes.count - takenCount >= Self.limitBytes }

    /// Writes `text` behind what waits.
    public mutating func write(_ text: String) throws(SystemError) {
        bytes += text.utf8
        try flush()
    }

    /// Writes what is taken at once.
    public mutating func flush() throws(SystemError) {
        while takenCount < bytes.count, let count = try writePiece() { takenCount += count }
        // What is half taken is moved only when that costs little for each byte.
        guard takenCount == bytes.count || takenCount >= Self.limitBytes else { return }
        bytes.removeFirst(takenCount)
        takenCount = 0
    }

    /// Writes what waits, and waits itself until all is taken or `deadline` has come.
    public mutating func flush(until deadline: MonotonicTime) throws(SystemError) {
        try flush()
        while !isEmpty, MonotonicTime.now < deadline {
            var entries = [Polling.Entry(descriptor, for: .writable)]
            Polling.wait(for: &entries, until: deadline)
            try flush()
        }
    }

    /// Returns nil if nothing is taken at the moment.
    private borrowing func writePiece() throws(SystemError) -> Int? {
        var count = bytes.count - takenCount
        if ownOpening == nil {
            var entries = [Polling.Entry(descriptor, for: .writable)]
            Polling.wait(for: &entries, until: .start)
            guard !entries[0].readiness.isEmpty else { return nil }
            count = min(count, Self.pieceBytes)
        }
        let piece = bytes.span.bytes.extracting(takenCount..<takenCount + count)
        return try piece.withUnsafeBytes { (piece) throws(SystemError) in
            try Syscalls.unlessWouldBlock("write") { Glibc.write(descriptor, piece.baseAddress, piece.count) }
        }
    }
}
