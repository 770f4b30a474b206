// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite struct ScenarioTests {
    @Test func aScriptSaysWhoIsThereAndWhoDoesWhat() throws {
        let scenario = try Scenario(
            script: Array(
                """
                # two friends

                zoë: hello: are you here?
                  mikael :  /WHO
                mallory: /guess open: sesame
                zoë: /quit
                """.utf8
            )
        )
        #expect(scenario.people == ["zoë", "mikael"])
        #expect(
            scenario.steps == [
                Scenario.Step(person: "zoë", action: .say("hello: are you here?")),
                Scenario.Step(person: "mikael", action: .ask(.who)),
                Scenario.Step(person: "mallory", action: .guess("open: sesame")),
                Scenario.Step(person: "zoë", action: .leave),
            ]
        )
    }

    @Test func windowsLineEndsAndAMissingLastNewlineAreFine() throws {
        let scenario = try Scenario(script: Array("aisha: one\r\naisha: two".utf8))
        #expect(scenario.steps.map(\.action) == [.say("one"), .say("two")])
    }

    @Test func whatMustNotLeakIsThePassphraseTheNamesTheGuessesAndEveryLine() throws {
        let script =
            "aisha: my password is tulip\nben: k\nmallory: /guess sesame\naisha: my password is tulip"
        let scenario = try Scenario(script: Array(script.utf8))
        // "ben" and "k" are found in random bytes by chance.
        #expect(scenario.planted == [scenario.passphrase, "aisha", "my password is tulip", "sesame"])
    }

    @Test func theStandardScenarioHasShortAndLongLinesInSeveralScripts() {
        let lengths = Scenario.standard.steps.compactMap { step -> Int? in
            if case .say(let text) = step.action { text.utf8.count } else { nil }
        }
        #expect(lengths.min() == 1)
        #expect(lengths.max() == 200)
        #expect(Scenario.standard.people == ["aisha", "benjamin", "chenxi"])
        #expect(Scenario.standard.planted.contains { !$0.utf8.allSatisfy { $0 < 0x80 } })
        #expect(Scenario.standard.planted.contains { $0.contains("4111 1111 1111 1111") })
    }

    @Test(arguments: [
        ("aisha: hello\nben hello", ScriptFault.noSpeaker, 2), ("aisha:", .nothingSaid, 1),
        ("aisha: hi\nbenjamin: \u{200B}", .nothingSaid, 2), (": hello", .unusableName(""), 1),
        ("a*b: hello", .unusableName("a*b"), 1),
        ("aisha, ben: hello", .unusableName("aisha, ben"), 1),
        ("\(String(repeating: "a", count: 21)): hello", .unusableName(String(repeating: "a", count: 21)), 1),
        ("aisha: x\nAisha: y", .lookalike("Aisha", "aisha"), 2),
        ("aisha: x\nаisha: y", .lookalike("аisha", "aisha"), 2),
        ("aisha: /dance", .unknownCommand("/dance"), 1),
        ("aisha: /nick zoe", .unknownCommand("/nick"), 1), ("aisha: /guess", .unknownCommand("/guess"), 1),
        ("aisha: /guess velvet otter 47 lanterns", .rightGuess, 1),
        ("aisha: /quit\naisha: hello", .hasLeft("aisha"), 2),
        ("aisha: zero\u{200B}width", .unfitCharacters, 1),
        ("aisha: localhost", .shownByHello("localhost"), 1), ("local: hi", .shownByHello("local"), 1),
        ("aisha: snug/1", .shownByHello("snug/1"), 1),
        ("aisha: x\nmallory: /guess snug/0", .shownByHello("snug/0"), 2),
        (
            "mallory: /guess \(String(repeating: "x", count: 201))",
            .guessTooLong(limitBytes: Scenario.maximumGuessBytes), 1
        ),
        ("aisha: \(String(repeating: "x", count: 501))", .lineTooLong, 1),
        ("aisha: \(String(repeating: "👩‍👩‍👧‍👦", count: 81))", .lineTooLong, 1),
        (
            (1...4).map { "mallory: /guess \($0)" }.joined(separator: "\n"),
            .tooManyGuesses(Scenario.maximumGuesses), 4
        ),
        (
            (1...13).map { "person\($0): hello" }.joined(separator: "\n"),
            .tooManyPeople(Scenario.maximumPeople), 13
        ),
        (
            String(repeating: "aisha: hello\n", count: 501), .tooManySteps(Scenario.maximumSteps), 501
        ),
    ])
    func aFaultyLineIsNamedWithItsNumber(script: String, fault: ScriptFault, line: Int) {
        #expect(throws: ScriptError(fault, line: line)) { try Scenario(script: Array(script.utf8)) }
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n"])
    func aScriptWithoutLinesIsRefused(script: String) {
        #expect(throws: ScriptError(.nothingToDo)) { try Scenario(script: Array(script.utf8)) }
    }

    @Test func aScriptWithGuessesAloneIsRefused() {
        #expect(throws: ScriptError(.nobodyComesIn)) {
            try Scenario(script: Array("mallory: /guess open sesame".utf8))
        }
    }

    @Test func bytesThatAreNotUTF8AreNamedWithTheirLine() {
        #expect(throws: ScriptError(.notUTF8, line: 2)) {
            try Scenario(script: Array("aisha: hello\naisha: ".utf8) + [0xe4, 0x0a])
        }
    }

    @Test func aScriptThatIsTooLongIsRefusedBeforeItIsRead() {
        let script = [UInt8](repeating: UInt8(ascii: "#"), count: Scenario.scriptLimitBytes + 1)
        #expect(throws: ScriptError(.tooLong(limitBytes: Scenario.scriptLimitBytes))) {
            try Scenario(script: script)
        }
    }

    @Test func everyFaultIsOneLowerCaseSentenceWithAHint() {
        let faults: [ScriptFault] = [
            .guessTooLong(limitBytes: 1), .hasLeft("x"), .lineTooLong, .unfitCharacters, .lookalike("x", "y"),
            .noSpeaker, .nobodyComesIn, .notUTF8, .nothingSaid,
            .nothingToDo, .rightGuess, .shownByHello("x"), .tooLong(limitBytes: 1), .tooManyGuesses(1),
            .tooManyPeople(1),
            .tooManySteps(1), .unknownCommand("/x"), .unusableName("x"),
        ]
        for error in faults.map({ ScriptError($0, line: 7) }) {
            #expect(error.description.hasPrefix("line 7 "))
            #expect(!error.description.hasSuffix("."))
            #expect(!error.hint.isEmpty)
        }
    }
}
