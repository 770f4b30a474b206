// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SnugSystem
import SnugTransport

/// A terminal without a window: what is drawn on it is kept, and nobody but the test types.
final class TestTerminal {
    private var window: OwnedDescriptor?
    private let terminal: OwnedDescriptor

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    init(columns: UInt16 = 40) throws {
        let window = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // See ioctl_tty(2): TIOCSPTLCK and TIOCGPTN, which are macros that Swift does not import.
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard ioctl(window, 0x4004_5431, &isLocked) == 0, ioctl(window, 0x8004_5430, &number) == 0 else {
            throw Failed(description: "no terminal")
        }
        let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { throw Failed(description: "no terminal") }
        self.window = OwnedDescriptor(owning: window)
        self.terminal = OwnedDescriptor(owning: terminal)
        // A line break stays one, so that what is read is what was drawn.
        var modes = self.modes
        modes.c_oflag &= ~tcflag_t(OPOST)
        self.modes = modes
        resize(columns: columns)
    }

    /// Where programs read keys and draw.
    var descriptor: Int32 { terminal.number }

    var modes: termios {
        get {
            var modes = termios()
            tcgetattr(descriptor, &modes)
            return modes
        }
        set {
            var modes = newValue
            tcsetattr(descriptor, TCSANOW, &modes)
        }
    }

    /// Whether it hands over each key, and shows none by itself.
    var isRaw: Bool { modes.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0 }

    /// Whether it is set as a shell finds it.
    var isAsFound: Bool {
        modes.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG)
            && modes.c_iflag & tcflag_t(ICRNL) != 0
    }

    func resize(columns: UInt16) {
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) throws {
        try Polling.write(Array(text.utf8), to: window?.number ?? -1)
    }

    /// Takes the window away from the programs.
    func hangUp() { window = nil }

    /// What was drawn since this was asked the last time, and while `isDrawing`, which is asked again and again.
    func drawn(while isDrawing: () throws -> Bool = { false }) throws -> String {
        // A terminal hands on what it gets in order: what comes in front of the mark is all.
        let mark = Array("\u{1}".utf8)
        var isMarked = false
        var bytes: [UInt8] = []
        while !isMarked || bytes.last != mark.last {
            let takesMark = try !isMarked && !isDrawing()
            var entries = [
                Polling.Entry(window?.number, for: .readable),
                Polling.Entry(takesMark ? descriptor : nil, for: .writable),
            ]
            Polling.wait(for: &entries, until: .now + .seconds(60))
            guard !entries.allSatisfy(\.readiness.isEmpty) else {
                throw Failed(description: "nothing more than: \(String(decoding: bytes, as: UTF8.self))")
            }
            if !entries[0].readiness.isEmpty {
                bytes += try Polling.read(window?.number ?? -1, atMost: 65_536)
            }
            if !entries[1].readiness.isEmpty {
                try Polling.write(mark, to: descriptor)
                isMarked = true
            }
        }
        // The terminal returns the carriage itself.
        return String(decoding: bytes.dropLast(), as: UTF8.self).replacing("\r\n", with: "\n")
    }
}
