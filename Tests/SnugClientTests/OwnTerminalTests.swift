// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugTerminal
import Testing

@testable import SnugClient

/// Each in a process of its own: the environment belongs to the process, and other tests run in this one.
@Suite struct OwnTerminalTests {
    @Test func aTerminalThatDoesNotSayWhatItIsObeysNothing() async {
        await #expect(processExitsWith: .success) {
            for (term, obeys) in [("dumb", false), ("", false), ("xterm", true), ("vt100", true)] {
                setenv("TERM", term, 1)
                #expect(OwnTerminal.obeysSequences == obeys)
            }
            unsetenv("TERM")
            #expect(!OwnTerminal.obeysSequences)
        }
    }

    @Test func nothingIsDrawnOnWhatIsNoTerminal() async {
        await #expect(processExitsWith: .success) {
            setenv("TERM", "xterm", 1)
            let null = open("/dev/null", O_RDWR)
            for descriptor: Int32 in 0...1 { dup2(null, descriptor) }
            #expect(!OwnTerminal.canDraw)
        }
    }

    @Test func coloursAndNotificationsAreThoseThatTheVariablesName() async {
        await #expect(processExitsWith: .success) {
            for name in ["NO_COLOR", "COLORTERM", "TERM_PROGRAM"] { unsetenv(name) }
            setenv("TERM", "xterm-256color", 1)
            let colours = OwnTerminal.palette
            #expect(OwnTerminal.notifies == nil)
            setenv("TERM", "foot", 1)
            #expect(OwnTerminal.notifies == .osc777)
            setenv("TERM", "xterm-256color", 1)
            setenv("TERM_PROGRAM", "WezTerm", 1)
            #expect(OwnTerminal.notifies == .osc9)
            setenv("NO_COLOR", "1", 1)
            #expect(OwnTerminal.palette != colours)
            #expect(OwnTerminal.palette == Palette(noColor: "1", term: "xterm-256color", colorTerm: ""))
        }
    }
}
