// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What a class is given: a report to look at, a list of packets, and grading.
@Suite(.timeLimit(.minutes(30))) struct ClassroomTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let sample = "\(root)/docs/sample"
    private static let right = [
        "1: 3", "2: 0", "4: 26", "5: 278", "6: speakers, listeners, verdict", "7: nothing, changed",
    ]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func theSampleIsWholeSmallAndOfThisVersion() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.sample).sorted()
        #expect(
            files == [
                "padded-level-1.pcapng", "padded.pcapng", "plain-level-1.pcapng", "plain.pcapng",
                "report.html", "tls-level-1.pcapng", "tls.pcapng", "wire.json",
            ]
        )
        let contents = try files.map { try Data(contentsOf: URL(fileURLWithPath: "\(Self.sample)/\($0)")) }
        #expect(contents.reduce(0) { $0 + $1.count } < 1_000_000)
        let figures = try JSONSerialization.jsonObject(with: try #require(contents.last)) as? [String: Any]
        #expect(figures?["allClaimsHeld"] as? Bool == true)
        let program = try ChildProcess(BuiltPrograms.path(of: "snug-wire"), ["--version"])
        #expect(try program.finish() == 0)
        let version = try #require(program.lines(of: .output).first?.split(separator: " ").dropFirst().first)
        let made = (figures?["made"] as? [String: Any])?["versions"] as? [String]
        #expect(made?.contains("snug \(version)") == true, "scripts/sample makes it anew")
    }

    @Test func rightAnswersHaveAllPointsAndAWrongOneIsNamed() throws {
        let all = try grade(Self.right)
        #expect(all.code == 0)
        #expect(all.lines.last == "answers  6 of 6")
        for (index, line) in Self.right.enumerated() {
            var answers = Self.right
            answers[index] = line.prefix(3) + "17"
            let outcome = try grade(answers)
            #expect(outcome.code == 1)
            #expect(outcome.lines.last == "answers  5 of 6")
            #expect(outcome.lines[index].contains("17: was to be "), "\(line)")
        }
    }

    @Test func whatIsNoAnswerHasNoPointAndBreaksNothing() throws {
        let outcome = try grade(["", "four: 26", "4 26", "4: 26, 27", "99999999999999999999: 1"])
        #expect(outcome.code == 1)
        #expect(outcome.lines.last == "answers  0 of 6")
    }

    @Test func whatIsNoComparisonIsRefusedWithAHint() throws {
        let empty = try folder.write(Array("{}".utf8), to: "wire.json", mode: 0o600)
        let outcome = try grade(Self.right, against: empty)
        #expect(outcome.code == 78)
        #expect(outcome.errors.last == "hint: scripts/compare makes a wire.json")
    }

    private func grade(
        _ answers: [String],
        against figures: String = "\(sample)/wire.json"
    ) throws -> (code: Int32, lines: [String], errors: [String]) {
        let text = answers.map { "\($0)\n" }.joined()
        let path = try folder.write(Array(text.utf8), to: "answers", mode: 0o600)
        let script = try ChildProcess("/usr/bin/python3", ["\(Self.root)/scripts/grade", figures, path])
        return (try script.finish(), script.lines(of: .output), script.lines(of: .errors))
    }
}
