// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A terminal that echoes nothing, as long as this value lives.
///
/// Owned by the one interface that draws on the terminal; there is one at a time in a process. Whatever way the owner
/// or the process ends, but for SIGKILL, the terminal gets its former modes back exactly once: a signal that would end
/// the process gives them back first, and so does exit(3).
public struct RawMode: ~Copyable {
    /// What the terminal hands over.
    public enum Unit: Sendable {
        /// Every key as it is pressed, also those that otherwise make a signal.
        case keys
        /// Whole lines, which it lets its user correct first.
        case lines
    }

    /// Takes a terminal, whose descriptors stay open for the life of this value.
    ///
    /// - Parameters:
    ///   - unit: what it hands over.
    ///   - input: where its keys are read from.
    ///   - output: where it is drawn on.
    ///   - lastWords: what is written to it, at most 64 bytes, when it gets its modes back.
    public init(
        _ unit: Unit,
        input: Int32,
        output: Int32,
        lastWords: StaticString
    ) throws(SystemError) {
        var original = termios()
        try Syscalls.run("tcgetattr") { tcgetattr(input, &original) }
        var raw = original
        raw.c_lflag &= ~tcflag_t(ECHO)
        if unit == .keys { raw.handOverKeys() }
        lastWords.withUTF8Buffer { words in
            words.withMemoryRebound(to: CChar.self) {
                hold_terminal(input, output, &original, $0.baseAddress, $0.count)
            }
        }
        do {
            // Not TCSADRAIN: it would wait for a terminal that somebody holds.
            try Syscalls.run("tcsetattr") { tcsetattr(input, TCSANOW, &raw) }
            remember_own_modes()
        } catch {
            give_back_held_terminal()
            throw error
        }
    }

    /// Whether the process has a terminal, and it is as this type has made it: no shell has changed its modes since.
    package static var isInForce: Bool { is_held_terminal_as_left() != 0 }

    /// Gives the terminal back now rather than at the end of this value's life.
    public consuming func giveBack() {}

    deinit { give_back_held_terminal() }
}

extension termios {
    fileprivate mutating func handOverKeys() {
        c_lflag &= ~tcflag_t(ICANON | ISIG | IEXTEN)
        // Enter is CR then and Ctrl-J is LF.
        c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | ISTRIP | BRKINT)
        // A newline returns the carriage, whatever whoever had the terminal before had set.
        c_oflag |= tcflag_t(OPOST | ONLCR)
        withUnsafeMutableBytes(of: &c_cc) { controls in
            controls[Int(VMIN)] = 1
            controls[Int(VTIME)] = 0
        }
    }
}

/// What a program can ask about a terminal without changing it.
public enum TerminalFacts {
    /// Whether `descriptor` is a terminal at all.
    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    /// The width of the terminal's rows; 80 if it does not tell.
    public static func columns(of descriptor: Int32) -> Int { size(of: descriptor).columns }

    /// The size of the terminal; 80 columns and 24 rows if it does not tell.
    public static func size(of descriptor: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
        return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
    }
}
