// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What is typed at a terminal and not read yet.
public enum Keyboard {
    /// Whether what is typed at this terminal is meant for us, and not for the shell or another program.
    public static func isOurs(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && tcgetpgrp(descriptor) == getpgrp()
    }

    /// Writes a line for whoever is at the keyboard: where messages go to files, to the terminal itself (tty(4)).
    public static func tell(_ line: String) {
        let terminal = open("/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard terminal != -1 else { return }
        defer { close(terminal) }
        // One that takes nothing is not waited for.
        try? Polling.write(Array("\n\(line)\n".utf8), to: terminal)
    }

    /// Throws away what is typed until nothing has been for `pause`, so that the shell does not run the rest of a line.
    public static func discardInput(of descriptor: Int32, untilQuietFor pause: Duration) {
        guard isOurs(descriptor) else { return }
        while true {
            tcflush(descriptor, TCIFLUSH)
            var entries = [Polling.Entry(descriptor, for: .readable)]
            Polling.wait(for: &entries, until: .now + pause)
            // A terminal that is gone is ready for ever, and has nobody who types.
            guard entries[0].readiness == .readable else { return }
        }
    }
}
