// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Has every thread of a program try what it must not do; see Torture/trying-calls.c.
final class TryingCalls {
    static let isPossible = PreloadedLibrary.hasCompiler && KernelSupport.canFilterCalls

    static let whyNot: Comment = "needs a C compiler, a kernel with seccomp, and no sanitizer"

    /// What is tried, in this order.
    static let attempts = [
        "reading /etc/passwd", "leaving a file behind", "opening a socket", "running a program",
        "tracing a process",
        "signalling a process", "starting a process", "running memory",
    ]

    private static let greatestCount = 32
    private static let threadBytes = 56
    private let library: PreloadedLibrary
    private var record: UnsafeMutableRawPointer { library.memory }

    init() throws { library = try PreloadedLibrary("trying-calls.c", sharing: "TRYING_CALLS_RECORD") }

    var environment: [String: String] { library.environment }

    /// From now on each thread tries, where it waits next.
    func begin() { record.storeBytes(of: 1, toByteOffset: 0, as: Int64.self) }

    /// The error number of each attempt, by the names of the threads that have tried.
    var outcomes: [String: [Int32]] {
        let count = min(Int(record.load(fromByteOffset: 8, as: Int64.self)), Self.greatestCount)
        var outcomes: [String: [Int32]] = [:]
        for index in 0..<count {
            let thread = record + 16 + index * Self.threadBytes
            guard thread.load(fromByteOffset: 48, as: Int64.self) == 1 else { continue }
            let name = String(cString: thread.assumingMemoryBound(to: CChar.self))
            outcomes[name] = Self.attempts.indices.map {
                thread.load(fromByteOffset: 16 + 4 * $0, as: Int32.self)
            }
        }
        return outcomes
    }
}
