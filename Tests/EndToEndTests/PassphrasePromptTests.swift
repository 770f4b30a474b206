// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Somebody at a terminal comes into a room with a passphrase, and nobody who looks on can read it.
@Suite(.timeLimit(.minutes(30))) struct PassphrasePromptTests {
    @Test(arguments: [0, 1])
    func whoIsAtATerminalIsAskedForThePassphraseAndItIsNotShown(level: Int) throws {
        let room = try Room(passphrase: "open sesame", level: level)
        try room.window.expect(lastRow: "passphrase:")
        try room.window.type("open sexame\u{7F}\u{7F}\u{7F}\u{7F}same")
        try room.window.press("Enter")
        try room.expectToBeIn()
        let recorded = String(decoding: try room.window.recorded(), as: UTF8.self)
        #expect(!recorded.contains("sesame") && !recorded.contains("sexa"))
        try room.window.press("C-d")
        try room.expectTerminalGivenBack(exitCode: 0)
    }

    @Test(arguments: [0, 1])
    func aMistypedPassphraseIsAskedForAgainAndThenRefused(level: Int) throws {
        let room = try Room(passphrase: "open sesame", level: level)
        for number in 1...3 {
            try room.window.expect("question \(number)") { rows in
                rows.last == "passphrase:" && rows.count { $0 == "wrong passphrase" } == number - 1
            }
            try room.window.type("guess")
            try room.window.press("Enter")
        }
        let end = try room.window.end()
        #expect(end.exitCode == "77")
        #expect(end.after == end.before)
    }

    @Test(arguments: ["Enter", "C-d"])
    func whoHasNoPassphraseIsToldWhereOneCanBeGiven(key: String) throws {
        let room = try Room(passphrase: "open sesame")
        try room.window.expect(lastRow: "passphrase:")
        try room.window.press(key)
        let end = try room.window.end()
        #expect(end.exitCode == "77")
        #expect(end.after == end.before)
        #expect(try room.window.screen().contains { $0.hasPrefix("error: the server asks for a passphrase") })
    }

    @Test func whoInterruptsTheQuestionSeesAgainWhatIsTyped() throws {
        let room = try Room(shell: "exec sh -i", passphrase: "open sesame")
        try room.window.expect(lastRow: "passphrase:")
        try room.window.press("C-c")
        try room.window.expect("shell") { $0.last?.hasSuffix("#") == true || $0.last?.hasSuffix("$") == true }
        try room.window.type("stty -g >\(room.window.path("modes-interrupted"))")
        try room.window.press("Enter")
        #expect(try room.window.line(of: "modes-interrupted") == room.window.line(of: "modes-before"))
    }

    @Test func whoStopsAtTheQuestionIsAskedAgainAndStillNothingIsShown() throws {
        let room = try Room(shell: "exec sh -i", passphrase: "open sesame")
        try room.window.expect(lastRow: "passphrase:")
        try room.window.press("C-z")
        try room.window.expect("shell") { $0.contains { $0.contains("Stopped") } }
        try room.window.type("stty -g >\(room.window.path("modes-stopped"))")
        try room.window.press("Enter")
        #expect(try room.window.line(of: "modes-stopped") == room.window.line(of: "modes-before"))
        try room.window.type("fg")
        try room.window.press("Enter")
        try room.window.expect(lastRow: "passphrase:")
        try room.window.type("open sesame")
        try room.window.press("Enter")
        try room.expectToBeIn()
        #expect(!String(decoding: try room.window.recorded(), as: UTF8.self).contains("sesame"))
    }

    @Test func whoHasSetAPassphraseIsNotAsked() throws {
        let room = try Room(environment: "CHAT_SECRET=guess", passphrase: "open sesame")
        let end = try room.window.end()
        #expect(end.exitCode == "77")
        #expect(try !room.window.screen().contains { $0.hasPrefix("passphrase:") })
    }
}
