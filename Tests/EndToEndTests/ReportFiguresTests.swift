// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What docs/why-tls.md quotes is what a run of the program shows.
@Suite(.timeLimit(.minutes(5))) struct ReportFiguresTests {
    private static let program = Bundle.main.executableURL?.deletingLastPathComponent()
        .appendingPathComponent("snug-wire")

    private static var isBuilt: Bool {
        program.map { FileManager.default.isExecutableFile(atPath: $0.path) } ?? false
    }

    @Test(.enabled(if: isBuilt, "NOT CHECKED: snug-wire is not built"))
    func theFiguresThatTheDocumentQuotesAreThoseOfARun() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "snug-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try #require(Self.program)
        try run(program, ["--out", folder.path])
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let figures = folder.appendingPathComponent("wire.json")
        try run(project.appendingPathComponent("scripts/quote-figures"), ["--check", figures.path])

        // The same look at figures that are wrong, or the silence above would mean nothing.
        let text = try String(contentsOf: figures, encoding: .utf8)
        let wrong = text.replacing("\"found\": 0", with: "\"found\": 1")
        #expect(wrong != text)
        try wrong.write(to: figures, atomically: true, encoding: .utf8)
        #expect(throws: Failed.self) {
            try run(project.appendingPathComponent("scripts/quote-figures"), ["--check", figures.path])
        }
    }

    private struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private func run(_ program: URL, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(program.lastPathComponent) \(process.terminationStatus): \(text)")
        }
    }
}
