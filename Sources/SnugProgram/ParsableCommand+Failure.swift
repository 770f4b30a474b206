// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import SnugTransport

extension ParsableCommand {
    /// Parses `arguments`, runs the command they name, and ends the program; wrong usage is shown as every failure is.
    ///
    /// The first thing each program does.
    public static func runAndExit(_ arguments: [String]) -> Never {
        ProcessHardening.endAtOnceOnCrash()
        ProcessHardening.fillStandardDescriptors()
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            exit()
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            standardError([
                "error: \(message(for: error).asPhrase)",
                "hint: \(configuration.commandName ?? "the program") --help lists what it takes",
            ])
            exit(withError: ExitCode.validationFailure)
        }
    }
}

extension String {
    /// The first sentence, in lower case and without its full stop.
    fileprivate var asPhrase: String {
        let sentence = prefix { !$0.isNewline }
        return (sentence.prefix(1).lowercased() + sentence.dropFirst()).trimmingFullStop
    }

    private var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
