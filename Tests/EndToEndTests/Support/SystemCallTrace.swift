// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// The system calls that a running program makes, as strace(1) sees them.
final class SystemCallTrace {
    struct Call {
        let name: String
        /// As strace writes them, with what the call filled in left out where its result came later.
        let arguments: String
        /// Behind the equals sign; nil if the call had not returned when the trace ended.
        let result: String?

        /// The bytes it moved; 0 if it failed.
        var bytes: Int { result.flatMap { Int($0.prefix { $0 != " " }) }.map { max(0, $0) } ?? 0 }
    }

    /// Whether this machine lets one process trace another, and what would be seen is the program's own doing.
    static let isAllowed: Bool = {
        guard Inspection.isAllowed, !Inspection.isSanitized else { return false }
        let trial = try? ChildProcess("/usr/bin/strace", ["-o", "/dev/null", "/bin/true"])
        return (try? trial?.finish()) == 0
    }()

    static let whyNot: Comment =
        "needs root, strace, a machine that lets processes be traced, and no sanitizer, which makes calls of its own"

    private let strace: ChildProcess
    private let folder: TemporaryFolder

    /// Attaches to a process; every call that one of its threads begins from now on is seen.
    ///
    /// - Parameters:
    ///   - options: more of strace's own, such as calls that are to fail.
    ///   - seconds: after which strace detaches by itself.
    init(of pid: pid_t, _ options: [String] = [], seconds: Int = 600) throws {
        folder = try TemporaryFolder()
        strace = try ChildProcess(
            "/usr/bin/timeout",
            ["--signal=INT", "\(seconds)", "strace", "-f", "-o", folder.path("calls"), "-p", "\(pid)"]
                + options
        )
        try strace.expect(" attached", on: .errors)
    }

    /// Detaches, and returns the calls in the order in which they began.
    func stop() throws -> [Call] {
        // timeout(1) passes it on.
        strace.signal(SIGINT)
        return try waitUntilDetached()
    }

    /// Waits until the seconds are over.
    func waitUntilDetached() throws -> [Call] {
        try strace.waitForExit()
        return Self.calls(in: String(decoding: try folder.content(of: "calls"), as: UTF8.self))
    }

    /// Reads lines of `TID name(arguments) = result`, where another thread's line can come between both halves.
    static func calls(in text: String) -> [Call] {
        var calls: [Call] = []
        var unfinished: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let thread = line.prefix(while: \.isNumber)
            let event = line.dropFirst(thread.count).drop { $0 == " " }
            let result = event.contains(" = ") ? event.split(separator: " = ").last.map(String.init) : nil
            if event.hasPrefix("<... ") {
                if let index = unfinished.removeValue(forKey: thread) {
                    let begun = calls[index]
                    calls[index] = Call(name: begun.name, arguments: begun.arguments, result: result)
                }
            } else if let end = event.firstIndex(of: "("), event.first?.isLetter == true {
                if result == nil { unfinished[thread] = calls.count }
                calls.append(
                    Call(name: String(event[..<end]), arguments: String(event[end...]), result: result)
                )
            }
        }
        return calls
    }
}
