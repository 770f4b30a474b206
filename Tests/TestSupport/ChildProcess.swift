// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem

/// A program that a test started: what it prints is kept, and it ends with this object.
///
/// Used on one thread. Its output is taken in while the test waits for something of it, and at no other time: a child
/// that prints more than a pipe holds waits until then.
public final class ChildProcess {
    public let pid: Int32
    private let program: String
    private var input: OwnedDescriptor?
    private let output: Stream
    private let errors: Stream
    private var exitCode: Int32?

    /// Which of its two outputs.
    public enum Source: Sendable {
        case errors
        case output
    }

    public struct Failed: Error, CustomStringConvertible {
        public let description: String
    }

    /// Long enough for a busy machine under a sanitizer; reached only by a test that fails.
    private static let patience = Duration.seconds(120)

    /// Starts the program at `path`.
    ///
    /// - Parameter environment: all that it gets, besides a search path and the sanitizers' options.
    public init(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        program = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        let words = [path] + arguments
        let variables = Self.inherited.merging(environment) { $1 }.map { "\($0)=\($1)" }
        // One at a time: between its making and its being marked, a pipe would be inherited by any child.
        let started = try Self.startLock.withLock { _ throws(Failed) in try Started(path, words, variables) }
        pid = started.pid
        input = OwnedDescriptor(owning: started.input)
        output = Stream(descriptor: started.output)
        errors = Stream(descriptor: started.errors)
    }

    deinit {
        guard exitCode == nil else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    // MARK: Typing

    /// Sends bytes to its standard input.
    public func write(_ bytes: [UInt8]) throws {
        guard let number = input?.number else { throw Failed(description: "\(program)'s input has ended") }
        try Polling.write(bytes, to: number)
    }

    /// Sends a line to its standard input.
    public func type(_ line: String) throws {
        try write(Array("\(line)\n".utf8))
    }

    /// Ends its standard input.
    public func endInput() { input = nil }

    // MARK: Reading

    /// Everything that was printed up to now, as far as a wait has taken it in.
    public func bytes(of source: Source) -> [UInt8] {
        source == .output ? output.bytes : errors.bytes
    }

    /// The complete lines of ``bytes(of:)``, with U+FFFD for what is not UTF-8.
    public func lines(of source: Source) -> [String] {
        bytes(of: source)
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits for a line with `text` and returns it; fails if the output ends without one.
    @discardableResult
    public func expect(_ text: String, on source: Source = .output) throws -> String {
        var line: String?
        try wait(for: "\"\(text)\"") {
            line = lines(of: source).first { $0.contains(text) }
            return line != nil
        }
        return line ?? ""
    }

    /// Waits until `isDone` says so, which is asked whenever something was printed.
    public func wait(for purpose: String, until isDone: () throws -> Bool) throws {
        let deadline = MonotonicTime.now + Self.patience
        while try !isDone() {
            guard MonotonicTime.now < deadline, takeIn(until: deadline) else {
                throw Failed(description: "\(program) did not give \(purpose) but:\n\(transcript)")
            }
        }
    }

    /// Closes the reading end of one of its outputs.
    public func stopReading(_ source: Source) {
        (source == .output ? output : errors).close()
    }

    private var transcript: String {
        String(decoding: output.bytes + errors.bytes, as: UTF8.self)
    }

    /// Returns false when both outputs have ended.
    private func takeIn(until deadline: MonotonicTime) -> Bool {
        guard output.isOpen || errors.isOpen else { return false }
        var entries = [output.entry, errors.entry]
        Polling.wait(for: &entries, until: deadline)
        if !entries[0].readiness.isEmpty { output.takeIn() }
        if !entries[1].readiness.isEmpty { errors.takeIn() }
        return true
    }

    // MARK: Ending

    /// Sends it a signal.
    public func signal(_ number: Int32) { kill(pid, number) }

    /// Stops it (SIGSTOP), and waits until all of its threads stand still.
    ///
    /// The signal itself only asks for that: one thread takes it and tells the others. Until then those run on, on a busy
    /// machine for long, and take in what comes.
    public func pause() throws {
        signal(SIGSTOP)
        var report = siginfo_t()
        while waitid(P_PID, id_t(pid), &report, WSTOPPED | WEXITED | WNOWAIT) != 0 {
            guard errno == EINTR else { throw Failed(description: "\(program) is lost") }
        }
        guard report.si_code == CLD_STOPPED else { throw Failed(description: "\(program) has ended") }
    }

    /// Lets it go on after ``pause()``.
    public func resume() { signal(SIGCONT) }

    /// Waits until it has ended, and returns its exit code; 128 and the signal's number if one killed it.
    @discardableResult
    public func waitForExit() throws -> Int32 {
        if let exitCode { return exitCode }
        try wait(for: "its end") { !output.isOpen && !errors.isOpen }
        var status: Int32 = 0
        guard waitpid(pid, &status, 0) == pid else { throw Failed(description: "\(program) is lost") }
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        exitCode = code
        return code
    }

    /// Ends its input and waits until it has ended.
    public func finish() throws -> Int32 {
        endInput()
        return try waitForExit()
    }

    private static let startLock = Lock(())

    private static var inherited: [String: String] {
        var variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
        for name in ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        // It looks for leaks, and names places, by a process that it starts.
        if KernelSupport.isSanitized { variables["SNUG_NO_SANDBOX"] = "yes" }
        return variables
    }
}

/// One output of a child, from its pipe.
private final class Stream {
    private var pipe: OwnedDescriptor?
    private(set) var bytes: [UInt8] = []

    init(descriptor: Int32) { pipe = OwnedDescriptor(owning: descriptor) }

    var isOpen: Bool { pipe != nil }

    var entry: Polling.Entry { Polling.Entry(pipe?.number ?? -1, for: .readable) }

    func takeIn() {
        guard let number = pipe?.number else { return }
        let more = (try? Polling.read(number, atMost: 65_536)) ?? []
        bytes += more
        if more.isEmpty { close() }
    }

    func close() { pipe = nil }
}

/// A process and the test's ends of its three pipes, which no other child inherits.
private struct Started {
    let pid: Int32
    let input: Int32
    let output: Int32
    let errors: Int32

    init(_ path: String, _ words: [String], _ variables: [String]) throws(ChildProcess.Failed) {
        let ends = try [Self.makePipe(), Self.makePipe(), Self.makePipe()]
        let childEnds = [ends[0].read, ends[1].write, ends[2].write]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, end) in childEnds.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        Self.restoreSignals(&attributes)
        let arguments = CStrings(words)
        let environment = CStrings(variables)
        var pid = pid_t()
        let outcome = posix_spawn(&pid, path, &actions, &attributes, arguments.pointers, environment.pointers)
        for end in childEnds { close(end) }
        self.pid = pid
        input = ends[0].write
        output = ends[1].read
        errors = ends[2].read
        guard outcome == 0 else {
            for end in [input, output, errors] { close(end) }
            throw ChildProcess.Failed(description: "\(path): \(String(cString: strerror(outcome)))")
        }
    }

    private static func makePipe() throws(ChildProcess.Failed) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ChildProcess.Failed(description: "no more pipes") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// What the tests ignore and block is none of the child's business.
    private static func restoreSignals(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    }
}

/// A null-terminated list of C strings.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}
