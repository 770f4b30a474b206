// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

/// Where a server's standard error leads to, and what is wrong with that place.
enum LogFault: CaseIterable, Sendable {
    case closedDescriptor
    case fullDisk
    case fullPipe
    case pipeWithoutReader
    case stoppedTerminal
}

/// A place for a program's standard error that takes nothing, or not yet.
final class LogSink {
    private let redirection: String
    private let folder: TemporaryFolder
    /// The test's end; what is read from a pipe comes from here.
    private var descriptors: [Int32] = []
    private let fault: LogFault

    init(_ fault: LogFault) throws {
        self.fault = fault
        folder = try TemporaryFolder()
        switch fault {
        case .closedDescriptor: redirection = "2>&-"
        case .fullDisk: redirection = "2>/dev/full"
        case .fullPipe, .pipeWithoutReader:
            let path = folder.path("pipe")
            try #require(mkfifo(path, 0o600) == 0)
            let pipe = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            try #require(pipe >= 0)
            descriptors = [pipe]
            redirection = "2>\(path)"
            if fault == .fullPipe { Self.fill(pipe) }
        case .stoppedTerminal:
            let terminal = try PseudoTerminal()
            // As Ctrl-S does.
            try #require(tcflow(terminal.window, TCOOFF) == 0)
            descriptors = [terminal.terminal, terminal.window]
            redirection = "2>\(terminal.path)"
        }
    }

    deinit { close() }

    /// Lets go of the test's end; until then it is there.
    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    /// Starts a program whose standard error leads here.
    func start(_ words: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", "exec \"$@\" \(redirection)", "sh"] + words,
            environment: environment
        )
    }

    /// Starts a server, and waits until it is up, which it cannot say.
    func startServer(_ options: [String] = [], in folder: TemporaryFolder) throws -> ChildProcess {
        let program = try BuiltPrograms.path(of: "snug-server")
        let server = try start([program, "--port=0"] + folder.certificateOptions + options)
        let pid = server.pid
        try #require(Inspection.comesTrue { Inspection.threadNames(of: pid).contains("snug-room-0") })
        if fault == .pipeWithoutReader { close() }
        return server
    }

    /// Reads from the pipe until there was a line that ends with `text`.
    func readLines(upTo text: String) throws -> [String] {
        let number = try #require(descriptors.first)
        let deadline = MonotonicTime.now + .seconds(60)
        var bytes: [UInt8] = []
        while true {
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            if bytes.last == UInt8(ascii: "\n"), lines.last?.hasSuffix(text) == true {
                return lines.map(String.init)
            }
            var entries = [Polling.Entry(number, for: .readable)]
            Polling.wait(for: &entries, until: deadline)
            try #require(!entries[0].readiness.isEmpty, "no \"\(text)\" in \(lines.suffix(5))")
            bytes += try Polling.read(number, atMost: 65_536)
        }
    }

    private static func fill(_ pipe: Int32) {
        let line = Array("in the way\n".utf8)
        // Whole lines, and then single bytes, until not one more fits.
        while write(pipe, line, line.count) == line.count {}
        while write(pipe, "\n", 1) == 1 {}
    }
}
