// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Somebody starts the client for the first time; what it is called is in ``NameChoiceTests``.
@Suite(.timeLimit(.minutes(30))) struct FirstMinuteTests {
    /// The first thing that anybody reads.
    @Test func helpBeginsWithExamplesThatNameRealOptions() throws {
        let help = try ChildProcess(BuiltPrograms.path(of: "snug"), ["--help"])
        #expect(try help.finish() == 0)
        let lines = help.lines(of: .output)
        #expect(lines.first?.hasPrefix("OVERVIEW: ") == true && lines.dropFirst().first == "")
        let examples = lines.dropFirst(2).prefix { !$0.isEmpty }
        #expect(examples.count >= 3 && examples.allSatisfy { $0.hasPrefix("snug ") }, "\(examples)")
        for option in examples.joined(separator: " ").split(separator: " ") where option.hasPrefix("--") {
            #expect(lines.contains { $0.hasPrefix("  \(option) ") }, "\(option)")
        }
    }
}
