// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugSystem
import TestSupport
import Testing

/// Looking into a running program from outside.
enum Inspection {
    /// Our programs hide their memory, and with it /proc/PID, from everybody but root (PR_SET_DUMPABLE, prctl(2)).
    static let isAllowed = geteuid() == 0

    static let whyNot: Comment = "needs root: the programs hide /proc/PID from other processes of their user"

    /// Whether the programs were built with a sanitizer, which has memory and system calls of its own.
    static let isSanitized = KernelSupport.isSanitized

    static func descriptorCount(of pid: pid_t) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    /// What one of its descriptors leads to.
    static func target(of descriptor: Int32, in pid: pid_t) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(descriptor)")
    }

    /// What the kernel has given it and not to others (proc(5), "statm").
    static func residentBytes(of pid: pid_t) throws -> Int {
        let fields = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/statm")).split(separator: 32)
        let pages = fields.prefix(3).map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
        return (pages[1] - pages[2]) * Int(getpagesize())
    }

    /// How large a core file it may leave, and how large it may let itself (proc(5), "limits").
    static func coreFileLimit(of pid: pid_t) throws -> [String] {
        let limits = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/limits")),
            as: UTF8.self
        )
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") } ?? ""
        return line.split(separator: " ").dropFirst(4).prefix(2).map(String.init)
    }

    static func environment(of pid: pid_t) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/environ")), as: UTF8.self)
    }

    /// What its threads are called; everybody may know that, and of a process that has ended there are none.
    static func threadNames(of pid: pid_t) -> [String] {
        let folder = "/proc/\(pid)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return threads.compactMap { try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8) }
            .map { $0.trimmingCharacters(in: .newlines) }
    }

    /// Whether its first thread lets a signal wait.
    static func isBlocked(_ signal: Int32, by pid: pid_t) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
        let mask =
            line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
        return mask >> (UInt64(signal) - 1) & 1 == 1
    }

    /// Waits for something that nobody reports, and returns whether it came about.
    static func comesTrue(_ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = MonotonicTime.now + .seconds(60)
        var nothing: [Polling.Entry] = []
        while try !condition() {
            guard MonotonicTime.now < deadline else { return false }
            Polling.wait(for: &nothing, until: MonotonicTime.now + .milliseconds(5))
        }
        return true
    }
}
