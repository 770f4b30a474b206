// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugSystem

/// Asks a person at the terminal for a passphrase, and shows nothing of what is typed.
public enum PassphrasePrompt {
    /// Whether there is somebody to ask: a keyboard, and a terminal where the question is seen.
    public static var hasSomebodyToAsk: Bool { Keyboard.isOurs(0) && isatty(2) == 1 }

    /// Why nothing was typed that can be a passphrase.
    public enum Failure: Error {
        case terminal(SystemError)
        case passphrase(PassphraseError)
    }

    /// Asks once.
    ///
    /// However the process ends or is stopped meanwhile, the terminal shows again what is typed.
    ///
    /// - Returns: nil if the answer is an empty line, or none.
    public static func ask() throws(Failure) -> Passphrase? {
        let line: SecretBytes
        do throws(SystemError) { line = try typedLine() } catch { throw .terminal(error) }
        guard line.count > 0 else { return nil }
        do throws(PassphraseError) {
            return try Passphrase(line, from: .terminal)
        } catch { throw .passphrase(error) }
    }

    private static func typedLine() throws(SystemError) -> SecretBytes {
        let signals = try TerminalSignals()
        while true {
            if let line = try typedLine(unlessInterruptedBy: signals) { return line }
        }
    }

    /// Returns nil if it has to be asked for again: the shell had the terminal meanwhile, and may have changed it.
    private static func typedLine(
        unlessInterruptedBy signals: borrowing TerminalSignals
    ) throws(SystemError) -> SecretBytes? {
        let mode = try RawMode(.lines, input: 0, output: 2, lastWords: "\n")
        try Polling.write(Array("passphrase: ".utf8), to: 2)
        while true {
            var entries = [
                Polling.Entry(0, for: .readable), Polling.Entry(signals.descriptor, for: .readable),
            ]
            Polling.wait(for: &entries, until: nil)
            if let request = try signals.next(), request != .resize {
                mode.giveBack()
                if request == .stop { signals.stop(.process) }
                return nil
            }
            guard !entries[0].readiness.isEmpty else { continue }
            var line = try SecretBytes(capacityBytes: longestLine) { (memory) throws(SystemError) in
                try Syscalls.run("read") { read(0, memory.baseAddress, memory.count) }
            }
            line.removeLast(line.withBytes { $0.last == UInt8(ascii: "\n") ? 1 : 0 })
            return line
        }
    }

    /// Of a longer one a terminal hands over the beginning (termios(3)).
    private static let longestLine = 4_096
}
