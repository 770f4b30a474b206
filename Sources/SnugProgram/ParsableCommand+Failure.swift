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
            // One that was reported already has only its code left.
            guard !(error is ExitCode), exitCode(for: error) == .validationFailure else {
                exit(withError: error)
            }
            complain(message(for: error).asPhrase, hint: "\(helpCommand) lists what it takes")
            exit(withError: ExitCode.validationFailure)
        }
    }

    /// What shows the options of the command that was called.
    private static var helpCommand: String {
        let program = configuration.commandName ?? ""
        let word = CommandLine.arguments.dropFirst().first
        let called = configuration.subcommands.first { $0.configuration.commandName == word }
        let command = called ?? configuration.defaultSubcommand
        guard let name = command?.configuration.commandName else { return "\(program) --help" }
        return "\(program) help \(name)"
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
