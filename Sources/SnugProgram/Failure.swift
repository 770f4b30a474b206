// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugRooms
internal import SnugSystem

/// Why a program ends without having done what it was asked to.
public struct Failure: Error {
    /// One sentence that says what happened.
    public let sentence: String

    /// One sentence that says what to do.
    public let hint: String

    /// The exit code.
    public let code: Code

    /// Exit codes of all Snug programs (sysexits.h, where it has a fitting one).
    public enum Code: Int32, Sendable {
        case failure = 1
        case usage = 64
        case unreachable = 69
        case protocolError = 76
        case refused = 77
        case badConfiguration = 78
    }

    /// A failure with its hint.
    public init(_ sentence: String, hint: String, code: Code) {
        self.sentence = sentence
        self.hint = hint
        self.code = code
    }

    /// Runs `body`; a failure is shown as an `error:` and a `hint:` line, and ends the program with its exit code.
    public static func report(_ body: () throws(Failure) -> Void) throws {
        do throws(Failure) {
            try body()
        } catch {
            complain(error.sentence, hint: error.hint)
            throw ExitCode(error.code.rawValue)
        }
    }
}

/// Writes the two lines of a failure; programs are named in the hint such that the user can call them.
func complain(_ sentence: String, hint: String) {
    standardError(["error: \(sentence)", "hint: \(CallableProgram.naming(in: hint))"])
}

/// Writes one line for people, as several are written.
public func standardError(_ line: String) { standardError([line]) }

/// Writes lines for people; a standard error that is closed or stuck is not worth ending or waiting for.
///
/// The lines may quote a peer or a file: nothing of that reaches the terminal raw. A pipe that nobody reads or a
/// terminal that was stopped is waited for for a second.
public func standardError(_ lines: [String]) {
    var output = WaitingOutput(to: 2)
    try? output.write(lines.map { SafeText.clean($0) + "\n" }.joined())
    try? output.flush(until: .now + .seconds(1))
}
