// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugRooms
internal import SnugTransport

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
            standardError("error: \(error.sentence)")
            standardError("hint: \(error.hint)")
            throw ExitCode(error.code.rawValue)
        }
    }
}

/// Writes one line for people; a closed standard error is not worth ending for.
///
/// The line may quote a peer or a file: nothing of that reaches the terminal raw.
public func standardError(_ line: String) {
    try? Polling.write(Array((SafeText.clean(line) + "\n").utf8), to: 2)
}
