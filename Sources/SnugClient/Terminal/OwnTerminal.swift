// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem
internal import SnugTerminal

/// What the program's own input and output are, if they are a terminal, and what that can do.
public enum OwnTerminal {
    /// Whether lines can be edited while messages come in above them.
    public static var canDraw: Bool {
        TerminalFacts.isTerminal(0) && TerminalFacts.isTerminal(1) && obeysSequences
    }

    /// A terminal that does not say what it is may print our sequences instead of obeying them.
    static var obeysSequences: Bool { !["", "dumb"].contains(variable("TERM")) }

    static var palette: Palette {
        Palette(noColor: variable("NO_COLOR"), term: variable("TERM"), colorTerm: variable("COLORTERM"))
    }

    /// How the desktop is told of something, where the terminal can do that.
    static var notifies: DesktopNotification? {
        DesktopNotification(term: variable("TERM"), program: variable("TERM_PROGRAM"))
    }

    private static func variable(_ name: String) -> String {
        getenv(name).map { String(cString: $0) } ?? ""
    }
}
