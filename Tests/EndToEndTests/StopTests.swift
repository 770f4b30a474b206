// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

/// A server that is told to stop ends, whatever it is stuck in.
@Suite(.timeLimit(.minutes(30))) struct StopTests {
    /// Two seconds are promised; a busy machine takes longer to notice, and a server that is stuck never ends.
    private static let patience = Duration.seconds(20)

    @Test(arguments: LogFault.allCases)
    func aLogThatTakesNothingDoesNotKeepAServerFromStopping(fault: LogFault) throws {
        let sink = try LogSink(fault)
        defer { sink.close() }
        let server = try sink.startServer(in: .withCertificates())
        let start = MonotonicTime.now
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
        #expect(start.duration(to: .now) < Self.patience)
    }

    @Test func whatWaitedForTheLogIsWrittenIfItIsReadInTime() throws {
        let sink = try LogSink(.fullPipe)
        defer { sink.close() }
        let server = try sink.startServer(in: .withCertificates())
        server.signal(SIGTERM)
        let lines = try sink.readLines(upTo: " info: stopped").drop { $0 == "in the way" }
        #expect(try server.waitForExit() == 0)
        #expect(lines.count == 6, "\(lines)")
        #expect(lines.first?.hasPrefix("encrypted chat on 127.0.0.1:") == true)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSecondSignalEndsAServerThatIsStuckAtOnce(signal: Int32) throws {
        let sink = try LogSink(.fullPipe)
        defer { sink.close() }
        let server = try sink.startServer(in: .withCertificates())
        let pid = server.pid
        server.signal(signal)
        try #require(Inspection.comesTrue { Self.isStopping(pid) })
        server.signal(signal)
        #expect(try server.waitForExit() == 128 + signal)
    }

    /// While it waits for signals, the kernel shows those that it waits for as not blocked.
    private static func isStopping(_ pid: pid_t) -> Bool {
        Inspection.isBlocked(SIGHUP, by: pid) && !Inspection.isBlocked(SIGTERM, by: pid)
    }

    @Test func aHangUpDuringAStopDoesNothing() throws {
        let sink = try LogSink(.fullPipe)
        defer { sink.close() }
        let server = try sink.startServer(in: .withCertificates())
        let pid = server.pid
        server.signal(SIGTERM)
        try #require(Inspection.comesTrue { Self.isStopping(pid) })
        server.signal(SIGHUP)
        #expect(try server.waitForExit() == 0)
    }

    /// It sends every signal to its program and then to its own process group, in which the program is as well.
    @Test func aServerUnderTimeoutStillDeliversWhatItAccepted() throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/usr/bin/timeout",
            ["600", try BuiltPrograms.path(of: "snug-server"), "--port=0", "--rate=1/1"]
                + folder.certificateOptions
        )
        let address = "encrypted chat on 127.0.0.1:"
        let digits = try server.expect(address, on: .errors).dropFirst(address.count).prefix(
            while: \.isNumber
        )
        let port = try #require(UInt16(digits))
        let aisha = try TestClient(.tls, port: port, name: "aisha")
        let ben = try TestClient(.tls, port: port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        for number in 1...5 { try ben.send("line \(number)") }
        try aisha.expect("ben: line 1")
        server.signal(SIGTERM)
        for number in 2...5 { try aisha.expect("ben: line \(number)") }
        #expect(try aisha.expectEnd() == nil)
        aisha.close()
        ben.close()
        #expect(try server.waitForExit() == 0)
    }

    // MARK: Before there is a server

    @Test(arguments: [SIGTERM, SIGINT])
    func aServerThatIsStuckInLoadingIsEndedByASignal(signal: Int32) throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, _) = try loadingServer(in: folder)
        server.signal(signal)
        #expect(try server.waitForExit() == 128 + signal)
    }

    @Test func aHangUpDuringLoadingIsAReloadLater() throws {
        let folder = try TemporaryFolder.withCertificates()
        let (server, pipe) = try loadingServer(in: folder)
        server.signal(SIGHUP)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        try server.expect("certificate and key reloaded", on: .errors)
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    /// A server that waits for somebody to read the keys, and has not begun to let signals wait for that.
    private func loadingServer(in folder: TemporaryFolder) throws -> (process: ChildProcess, pipe: String) {
        let pipe = folder.path("keys")
        try #require(mkfifo(pipe, 0o600) == 0)
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--insecure-keylog=\(pipe)"] + folder.certificateOptions
        )
        let pid = server.pid
        try #require(Inspection.comesTrue { Inspection.isBlocked(SIGHUP, by: pid) })
        return (server, pipe)
    }

    // MARK: Words that nobody takes

    @Test(arguments: LogFault.allCases)
    func wordsThatNobodyTakesHoldUpNoProgram(fault: LogFault) throws {
        let folder = try TemporaryFolder.withCertificates()
        let program = try BuiltPrograms.path(of: "snug-server")
        for (options, code) in [
            (["--check", "--port=0"] + folder.certificateOptions, 0),
            (["--cert=\(folder.path("none.pem"))"], 78),
            (["--no-such-option"], 64),
        ] as [([String], Int32)] {
            let sink = try LogSink(fault)
            defer { sink.close() }
            let start = MonotonicTime.now
            #expect(try sink.start([program] + options).waitForExit() == code)
            #expect(start.duration(to: .now) < Self.patience)
        }
    }

    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot))
    func aServerWithoutStandardErrorWritesItsLogIntoNoConnection() throws {
        let sink = try LogSink(.closedDescriptor)
        let server = try sink.startServer(in: .withCertificates())
        #expect(try Inspection.target(of: 2, in: server.pid) == "/dev/null")
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }
}
