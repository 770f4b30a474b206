// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// How a terminal has the desktop tell of something, as if it were a bell with words.
///
/// There is no standard, and no way to ask: a terminal that does not know these sequences may print a part of them, so
/// only those get one that are known to take it.
package enum DesktopNotification: Equatable, Sendable {
    /// iTerm2's, which others have taken over.
    case osc9
    /// rxvt-unicode's.
    case osc777

    /// What the terminal takes, by the variables that say what it is; nil if none is known.
    package init?(term: String, program: String) {
        switch (term, program) {
        case ("xterm-kitty", _), ("xterm-ghostty", _): self = .osc9
        // Within tmux or screen the variables are still those of the terminal around it.
        case _ where term.hasPrefix("tmux") || term.hasPrefix("screen"): return nil
        case (_, "iTerm.app"), (_, "WezTerm"), (_, "ghostty"): self = .osc9
        case _ where term == "foot" || term.hasPrefix("foot-") || term.hasPrefix("rxvt-unicode"):
            self = .osc777
        default: return nil
        }
    }

    private static let maximumCharacters = 200

    /// What is sent, for a text that is safe for a terminal; of a long one the beginning.
    package func sequence(for text: String) -> String {
        let shown = text.prefix(
            maximumCharacters: Self.maximumCharacters,
            maximumBytes: 4 * Self.maximumCharacters
        )
        return switch self {
        case .osc9: "\u{1B}]9;\(shown)\u{7}"
        case .osc777: "\u{1B}]777;notify;snug;\(shown.replacing(";", with: ","))\u{7}"
        }
    }
}
