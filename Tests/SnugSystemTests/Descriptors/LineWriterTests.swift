// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct LineWriterTests {
    @Test func aLineThatWasCutOffIsEndedBeforeTheNextOne() throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let folder = try TemporaryFolder()
        let path = folder.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let firstReader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let pipe = open(path, O_WRONLY | O_CLOEXEC)
        let writer = HandedOver(LineWriter(to: pipe))
        let failure = Lock<SystemError?>(nil)
        // More than a pipe holds: it waits in the middle of the line until its reader is gone.
        let thread = try RunningThread(name: "writer") {
            do throws(SystemError) {
                try writer.value.write("first")
                try writer.value.write(String(repeating: "x", count: 1_000_000))
            } catch { failure.withLock { $0 = error } }
        }
        var start: [UInt8] = []
        while start.count < 100_000 {
            var entries = [Polling.Entry(firstReader, for: .readable)]
            Polling.wait(for: &entries, until: .now + .seconds(60))
            try #require(!entries[0].readiness.isEmpty)
            start += try Polling.read(firstReader, atMost: 10_000)
        }
        close(firstReader)
        thread.join()
        #expect(failure.withLock { $0?.description } == "write failed: Broken pipe")
        #expect(start.starts(with: Array("first\nxxx".utf8)))
        // A second failure has nothing to end.
        #expect(throws: SystemError.self) { try writer.value.write("lost") }

        let secondReader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        // The pipe may be full of the line that was cut off.
        let left = try Self.readAll(secondReader)
        try writer.value.write("second")
        try writer.value.write("third")
        let rest = String(decoding: left + (try Self.readAll(secondReader)), as: UTF8.self)
        let lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.dropFirst() == ["second", "third", ""])
        #expect(lines.first?.allSatisfy { $0 == "x" } == true)
        close(secondReader)
        close(pipe)
    }

    private static func readAll(_ descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            var entries = [Polling.Entry(descriptor, for: .readable)]
            Polling.wait(for: &entries, until: .start)
            guard entries[0].readiness.contains(.readable) else { return bytes }
            bytes += try Polling.read(descriptor, atMost: 65_536)
        }
    }
}
