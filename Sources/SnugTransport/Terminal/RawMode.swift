// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A terminal that hands over every key as it is pressed and echoes none, as long as this value lives.
///
/// Owned by the one interface that draws on the terminal. Whatever way the owner ends, the terminal gets its former
/// modes back exactly once.
public struct RawMode: ~Copyable {
    private let descriptor: Int32
    private let original: termios

    /// Takes the terminal behind `descriptor`, which stays open for the life of this value.
    public init(descriptor: Int32) throws(SystemError) {
        var original = termios()
        try Syscalls.run("tcgetattr") { tcgetattr(descriptor, &original) }
        var raw = original
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        // Enter is CR then and Ctrl-J is LF. The output keeps its processing: a newline still returns the carriage.
        raw.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | ISTRIP | BRKINT)
        withUnsafeMutableBytes(of: &raw.c_cc) { controls in
            controls[Int(VMIN)] = 1
            controls[Int(VTIME)] = 0
        }
        // Not TCSADRAIN: it would wait for a terminal that somebody holds.
        try Syscalls.run("tcsetattr") { tcsetattr(descriptor, TCSANOW, &raw) }
        self.descriptor = descriptor
        self.original = original
    }

    deinit {
        // A terminal that is gone has no modes to restore, and there is nobody to tell.
        withUnsafePointer(to: original) { _ = tcsetattr(descriptor, TCSANOW, $0) }
    }
}

/// What a program can ask about a terminal without changing it.
public enum TerminalFacts {
    /// Whether `descriptor` is a terminal at all.
    public static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    /// The width of the terminal's rows; 80 if it does not tell.
    public static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
