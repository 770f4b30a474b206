// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

/// The desktop is told of something where the terminal can do that, and nowhere else is a sequence sent.
@Suite struct DesktopNotificationTests {
    @Test(
        arguments: [
            ("xterm-kitty", "", DesktopNotification.osc9), ("xterm-256color", "iTerm.app", .osc9),
            ("xterm-256color", "WezTerm", .osc9), ("xterm-ghostty", "ghostty", .osc9), ("foot", "", .osc777),
            ("rxvt-unicode-256color", "", .osc777), ("xterm-256color", "", nil), ("linux", "", nil),
            ("", "", nil),
            ("tmux-256color", "iTerm.app", nil), ("screen", "WezTerm", nil), ("footnote", "", nil),
        ] as [(String, String, DesktopNotification?)]
    )
    func onlyATerminalThatIsKnownToTakeItGetsIt(term: String, program: String, expected: DesktopNotification?)
    {
        #expect(DesktopNotification(term: term, program: program) == expected)
    }

    @Test func theTextIsOneFieldAndNeverLong() {
        #expect(DesktopNotification.osc9.sequence(for: "ben: a;b") == "\u{1B}]9;ben: a;b\u{7}")
        #expect(
            DesktopNotification.osc777.sequence(for: "ben: a;b") == "\u{1B}]777;notify;snug;ben: a,b\u{7}"
        )
        let long = DesktopNotification.osc9.sequence(for: String(repeating: "é", count: 9_000))
        #expect(long == "\u{1B}]9;" + String(repeating: "é", count: 200) + "\u{7}")
    }
}
