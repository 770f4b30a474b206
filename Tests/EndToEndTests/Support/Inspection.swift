// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugTransport
import Testing

/// Looking into a running program from outside.
enum Inspection {
    /// Our programs hide their memory, and with it /proc/PID, from everybody but root (PR_SET_DUMPABLE, prctl(2)).
    static let isAllowed = geteuid() == 0

    static let whyNot: Comment = "needs root: the programs hide /proc/PID from other processes of their user"

    static func descriptorCount(of pid: pid_t) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    static func environment(of pid: pid_t) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/environ")), as: UTF8.self)
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
