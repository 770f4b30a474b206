// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

@testable internal import SnugWire

/// Every script is played within its limits or refused with a reason.
func fuzzScripts(_ bytes: [UInt8]) {
    do throws(ScriptError) {
        let scenario = try Scenario(script: bytes)
        promise((1...Scenario.maximumSteps).contains(scenario.steps.count), "\(scenario.steps.count) steps")
        promise(
            (1...Scenario.maximumPeople).contains(scenario.people.count),
            "\(scenario.people.count) people"
        )
        promise(Set(scenario.people).count == scenario.people.count, "someone is there twice")
        let shortest = Scenario.shortestPlantedBytes
        promise(scenario.planted.allSatisfy { $0.utf8.count >= shortest }, "too little is searched for")
        let guesses = scenario.steps.count { if case .guess = $0.action { true } else { false } }
        promise(guesses <= Scenario.maximumGuesses, "\(guesses) guesses")
        for step in scenario.steps {
            if case .say(let words) = step.action { promise(ChatLine(words) != nil, "an empty line is said") }
        }
    } catch {
        // It may quote the script; whoever shows it cleans it.
        promise(!error.description.isEmpty && !error.hint.isEmpty, "a refusal says nothing")
    }
}

let scriptSeeds: [[UInt8]] = [
    "aisha: hello there\nben: hi\nmallory: /guess open sesame\nben: /who\nben: /quit\n",
    "# a comment\n\naisha: 你好 👋\nаіѕһа: I am not her\n", "aisha hello\n", "aisha: /nick x\n", "m: /guess a\n",
    "a: b\nc: d\na: /quit\na: late\n", "\u{FEFF}aisha: x\n", "aisha: velvet otter 47 lanterns\n", ": x\n",
    "a\u{7}: x",
].map { Array($0.utf8) }
