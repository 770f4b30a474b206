// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// A wall clock of a test's own for a program that it starts (libfaketime); monotonic clocks stay as they are.
final class FakedTime {
    /// The dynamic linker fills in where this machine keeps its libraries (ld.so(8)).
    private static let library = "/usr/$LIB/faketime/libfaketime.so.1"

    static let isAvailable: Bool = {
        guard !Inspection.isSanitized else { return false }
        let variables = ["LD_PRELOAD": library, "FAKETIME": "@2001-02-03 04:05:06"]
        guard let date = try? ChildProcess("/bin/date", ["+%Y"], environment: variables) else { return false }
        return (try? date.finish()) == 0 && date.lines(of: .output) == ["2001"]
    }()

    static let whyNot: Comment = "needs libfaketime, and no sanitizer, which wants to be loaded first"

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try set("+0d")
    }

    /// Moves the clock to so far from the real time, such as `+1d`.
    func set(_ offset: String) throws {
        try folder.write(Array("\(offset)\n".utf8), to: "time", mode: 0o644)
    }

    /// What the program must be started with.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library, "FAKETIME_TIMESTAMP_FILE": folder.path("time"),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }
}
