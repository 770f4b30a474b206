// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugProgram
internal import SnugRooms
internal import SnugSystem

/// What a command was asked to print.
enum StandardOutput {
    /// Writes lines; they may quote a file or a variable, of which nothing reaches the terminal raw.
    static func write(_ lines: [String]) throws(Failure) {
        let text = lines.map { SafeText.clean($0) + "\n" }.joined()
        do throws(SystemError) { try Polling.write(Array(text.utf8), to: STDOUT_FILENO) } catch {
            throw Failure(
                "the output cannot be written: \(error)",
                hint: "check where the output goes to",
                code: .failure
            )
        }
    }
}
