// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SnugSystem
import TestSupport
import Testing

/// Whoever does not read holds up nobody, and gets everything in order once they do.
@Suite(.timeLimit(.minutes(30))) struct WaitingOutputTests {
    enum Reader: CaseIterable, Sendable {
        case pipe
        case socket
        case terminal
    }

    @Test(arguments: Reader.allCases)
    func aReaderThatStopsHoldsUpNobodyAndLosesNothing(reader: Reader) throws {
        let ends = try Ends(reader)
        var output = WaitingOutput(to: ends.writing)
        let flags = fcntl(ends.writing, F_GETFL)
        var written = ""
        while !output.isFull {
            let piece = "line \(written.utf8.count)\n"
            try output.write(piece)
            written += piece
        }
        let isWaiting = !output.isEmpty
        #expect(isWaiting)
        #expect(
            fcntl(ends.writing, F_GETFL) == flags,
            "others who have it open would have to wait no more either"
        )
        var read: [UInt8] = []
        while read.count < written.utf8.count {
            var entries = [Polling.Entry(ends.reading, for: .readable)]
            Polling.wait(for: &entries, until: .now + .seconds(30))
            try #require(!entries[0].readiness.isEmpty)
            read += try Polling.read(ends.reading, atMost: 65_536).filter { $0 != UInt8(ascii: "\r") }
            try output.flush()
        }
        #expect(read.elementsEqual(written.utf8))
        let isDone = output.isEmpty && !output.isFull
        #expect(isDone)
    }

    @Test(arguments: Reader.allCases)
    func aReaderIsNotWaitedForLongerThanAsked(reader: Reader) throws {
        let ends = try Ends(reader)
        var output = WaitingOutput(to: ends.writing)
        while !output.isFull { try output.write("a line\n") }
        try output.flush(until: .now + .milliseconds(20))
        let isWaiting = !output.isEmpty
        #expect(isWaiting)
    }

    /// Others may write to a pipe as well: what has room when one looks may have none when one writes.
    @Test func noWriteToAPipeWaitsForItsReaderWhateverOthersHaveWrittenMeanwhile() throws {
        let ends = try Ends(.pipe)
        var output = WaitingOutput(to: ends.writing)
        let waits = fcntl(output.descriptor, F_GETFL) & O_NONBLOCK == 0
        #expect(!waits, "a look at it and the write are two steps")
        var other = WaitingOutput(to: ends.writing)
        while !other.isFull { try other.write("another line\n") }
        try output.write("a line\n")
        let isWaiting = !output.isEmpty
        #expect(isWaiting)
        #expect(fcntl(ends.writing, F_GETFL) & O_NONBLOCK == 0, "who shares it with us waits as before")
    }

    @Test(arguments: [Reader.pipe, .socket])
    func aReaderThatIsGoneIsAFailure(reader: Reader) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let ends = try Ends(reader)
        ends.stopReading()
        var output = WaitingOutput(to: ends.writing)
        #expect(throws: SystemError.self) { try output.write("a line\n") }
    }

    /// Both ends of what a reader reads.
    private final class Ends {
        private var reader: OwnedDescriptor?
        private let writer: OwnedDescriptor
        private let folder: TemporaryFolder

        struct NotMade: Error {}

        init(_ kind: Reader) throws {
            folder = try TemporaryFolder()
            var ends: [Int32] = [-1, -1]
            switch kind {
            case .pipe:
                // With a name, because pipe(2) cannot keep its ends from programs that other tests start at this moment.
                let path = folder.path("pipe")
                guard mkfifo(path, 0o600) == 0 else { throw NotMade() }
                ends[0] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
                ends[1] = open(path, O_WRONLY | O_CLOEXEC)
            case .socket:
                let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
                guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw NotMade() }
            case .terminal:
                ends[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
                // See ioctl_tty(2): TIOCSPTLCK and TIOCGPTN, which are macros that Swift does not import.
                var isLocked: Int32 = 0
                var number: UInt32 = 0
                guard ioctl(ends[0], 0x4004_5431, &isLocked) == 0, ioctl(ends[0], 0x8004_5430, &number) == 0
                else { throw NotMade() }
                ends[1] = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
            }
            guard ends[0] >= 0, ends[1] >= 0 else { throw NotMade() }
            reader = OwnedDescriptor(owning: ends[0])
            writer = OwnedDescriptor(owning: ends[1])
        }

        var reading: Int32 { reader?.number ?? -1 }
        var writing: Int32 { writer.number }

        func stopReading() { reader = nil }
    }
}
