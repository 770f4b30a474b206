// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Other people's programs, as judges of what we write.
enum Program {
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The first of `names` that is installed.
    static func find(_ names: [String]) -> String? {
        names.lazy.flatMap { name in
            ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map { "\($0)/\(name)" }
        }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end; timeout(1) ends it, and its children, where it does not come to one.
    static func run(_ path: String, _ arguments: [String], in folder: URL) throws -> Outcome {
        let files = ["output", "errors"].map { folder.appendingPathComponent($0) }
        for file in files { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=10", "180", path] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// Runs `body` with a folder that goes afterwards.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "snug-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
