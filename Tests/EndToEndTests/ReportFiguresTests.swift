// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What docs/why-tls.md quotes is what a run of the program shows.
@Suite(.timeLimit(.minutes(30))) struct ReportFiguresTests {
    private let folder: TemporaryFolder
    private let quoteFigures = #filePath.replacing(
        "Tests/EndToEndTests/ReportFiguresTests.swift",
        with: "scripts/quote-figures"
    )

    init() throws { folder = try TemporaryFolder() }

    @Test func theFiguresThatTheDocumentQuotesAreThoseOfARun() throws {
        let report = folder.path("report")
        #expect(try ChildProcess(BuiltPrograms.path(of: "snug-wire"), ["--out", report]).finish() == 0)
        #expect(try check("\(report)/wire.json") == 0)

        // The same look at figures that are wrong, or the silence above would mean nothing.
        let text = String(decoding: try folder.content(of: "report/wire.json"), as: UTF8.self)
        let wrong = text.replacing("\"found\": 0", with: "\"found\": 1")
        #expect(wrong != text)
        #expect(try check(try folder.write(Array(wrong.utf8), to: "wrong.json", mode: 0o600)) == 1)
    }

    private func check(_ figures: String) throws -> Int32 {
        try ChildProcess("/usr/bin/env", ["bash", quoteFigures, "--check", figures]).finish()
    }
}
