// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import Glibc
internal import SnugSystem

extension ParsableCommand {
    /// Parses the command line, runs the command it names, and ends the program; wrong usage is shown as every failure is.
    ///
    /// The first thing each program does.
    ///
    /// - Parameter name: gives arguments that are known by their looks the name of an option.
    public static func runAndExit(naming name: ([String]) -> [String] = { $0 }) -> Never {
        // Before anything else: whatever is opened next would take the place of a closed standard output.
        ProcessHardening.fillStandardDescriptors()
        ProcessHardening.endAtOnceOnCrash()
        ProcessHardening.ignoreFileSizeSignal()
        do {
            let arguments = name(Array(CommandLine.arguments.dropFirst()))
            // Whoever asks for help or the version gets it, whatever the variables are.
            var command = try parseAsRoot(arguments)
            if let settable = command as? any TakesVariables {
                command = try parseAsRoot(arguments, withSettingsFor: settable)
            }
            try command.run()
            end(.success)
        } catch {
            // One that was reported already has only its code left.
            if let code = error as? ExitCode { end(code) }
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            complain(message(for: error).asPhrase, hint: "\(helpCommand) lists what it takes")
            end(.validationFailure)
        }
    }

    private static func end(_ code: ExitCode) -> Never {
        RunningThread.endProcessUnderThreads(code.rawValue)
        // Not ArgumentParser's own: it would gather all of the help first.
        Glibc.exit(code.rawValue)
    }

    /// What shows the options of the command that was called.
    private static var helpCommand: String {
        let program = configuration.commandName ?? ""
        var words: [String] = []
        var command: any ParsableCommand.Type = self
        for word in CommandLine.arguments.dropFirst() {
            let next = command.configuration.subcommands.first { $0.configuration.commandName == word }
            guard let next else { break }
            words.append(word)
            command = next
        }
        // A word that is no subcommand may have been meant as one.
        let isWord = CommandLine.arguments.dropFirst().first?.hasPrefix("-") == false
        if words.isEmpty, !isWord, let name = configuration.defaultSubcommand?.configuration.commandName {
            words = [name]
        }
        return words.isEmpty ? "\(program) --help" : "\(program) help \(words.joined(separator: " "))"
    }
}

extension String {
    /// The first sentence, in lower case and without its full stop; if a list follows, with the list.
    var asPhrase: String {
        var sentence = String(prefix { !$0.isNewline })
        if sentence.hasSuffix(":") {
            let entries = split(whereSeparator: \.isNewline).dropFirst().map { line in
                line.drop { $0 == " " || $0 == "-" }
            }
            sentence += " " + entries.joined(separator: ", ")
        }
        return (sentence.prefix(1).lowercased() + sentence.dropFirst()).trimmingFullStop
    }

    private var trimmingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
