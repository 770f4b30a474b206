// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import SnugSystem

/// A command with options that SNUG_… variables can stand for, and perhaps lines of the user's configuration file.
public protocol TakesVariables: ParsableCommand {
    /// These options, without their dashes; see ``EnvironmentOptions``. One that is good only with another comes behind it.
    static var environmentOptions: [String] { get }

    /// Flags that are given in the same way, as `yes` or `no`.
    static var switches: [String] { get }

    /// Those options that can be given more than once, which then have blanks between them.
    static var repeatable: Set<String> { get }

    /// Options that answer the same question: who gives one keeps out what comes after, whichever of them it is.
    static var alternatives: [Set<String>] { get }

    /// What the configuration file may set, be it for this command or another one; nil if this one does not read it.
    static var configurationKeys: [String]? { get }

    /// Options that are paths: in the file they begin from its folder.
    static var paths: Set<String> { get }

    /// Options that the command line has settled in another way.
    var settledOptions: [String] { get }
}

extension TakesVariables {
    public static var switches: [String] { [] }
    public static var repeatable: Set<String> { [] }
    public static var alternatives: [Set<String>] { [] }
    public static var configurationKeys: [String]? { nil }
    public static var paths: Set<String> { [] }
    public var settledOptions: [String] { [] }
}

/// What a variable or a line of the file says.
private struct Setting {
    let option: String
    let value: String
    let source: SettingSource
}

extension ParsableCommand {
    /// What `command`, parsed from `arguments`, is together with the options that they do not give, and variables or the
    /// file do.
    static func parseAsRoot(
        _ arguments: [String],
        withSettingsFor command: some TakesVariables
    ) throws -> any ParsableCommand {
        let type = type(of: command)
        // Behind a terminator there are no options.
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let rest = arguments[end...]
        var arguments = Array(arguments[..<end])
        var closed = Set<String>()
        for option in type.environmentOptions + type.switches where Self.gives(arguments, option) {
            SettingSource.note(.argument, of: option)
            closed.formUnion(type.answers(option))
        }
        closed.formUnion(command.settledOptions)
        var command: any ParsableCommand = command
        try Failure.report { () throws(Failure) in
            for layer in [try type.variables(), try type.fileSettings()] {
                for setting in layer where !closed.contains(setting.option) {
                    arguments += try type.words(for: setting)
                    // One at a time, to name the one that is wrong.
                    do { command = try parseAsRoot(arguments + rest) } catch {
                        throw setting.failure(message(for: error).asPhrase)
                    }
                    SettingSource.note(setting.source, of: setting.option)
                }
                for setting in layer {
                    // Who leaves one thing out has not chosen another.
                    closed.formUnion(setting.value == "no" ? [setting.option] : type.answers(setting.option))
                }
            }
        }
        return command
    }

    private static func gives(_ arguments: [String], _ option: String) -> Bool {
        arguments.contains { $0 == "--\(option)" || $0.hasPrefix("--\(option)=") }
    }
}

extension TakesVariables {
    /// The options that are out of question once `option` is given.
    fileprivate static func answers(_ option: String) -> Set<String> {
        alternatives.first { $0.contains(option) } ?? [option]
    }

    fileprivate static func variables() throws(Failure) -> [Setting] {
        let options = environmentOptions + switches
        let given = try EnvironmentOptions.given(options)
        return options.compactMap { option in
            given.first { $0.option == option }.map {
                Setting(option: option, value: $0.value, source: .variable($0.variable))
            }
        }
    }

    fileprivate static func fileSettings() throws(Failure) -> [Setting] {
        guard let keys = configurationKeys, let file = ConfigurationFile.standard else { return [] }
        let options = Set(environmentOptions + switches)
        return try file.read(knowing: keys).filter { options.contains($0.key) }.map { entry in
            Setting(
                option: entry.key,
                value: paths.contains(entry.key) ? file.resolved(entry.value) : entry.value,
                source: .file(path: file.path, line: entry.line)
            )
        }
    }

    fileprivate static func words(for setting: Setting) throws(Failure) -> [String] {
        let flag = "--\(setting.option)"
        guard !switches.contains(setting.option) else {
            switch setting.value {
            case "yes": return [flag]
            case "no": return []
            default: throw setting.failure("\(flag) is yes or no here")
            }
        }
        let values =
            repeatable.contains(setting.option)
            ? setting.value.split(separator: " ").map(String.init) : [setting.value]
        return values.map { "\(flag)=\($0)" }
    }
}

extension Setting {
    /// What to say when the setting is none, by what its option says.
    fileprivate func failure(_ phrase: String) -> Failure {
        let flag = "--\(option)"
        switch source {
        case .argument: return Failure(phrase, hint: "give \(flag) what it takes", code: .usage)
        case .file(let path, let line):
            let phrase = phrase.replacing("\(flag) <\(option)>", with: option).replacing(flag, with: option)
            return Failure(
                "\(path):\(line): \(phrase)",
                hint: "give \(option) what \(flag) takes, as snug --help tells, or take the line out",
                code: .badConfiguration
            )
        case .variable(let name):
            let phrase = phrase.replacing("\(flag) <\(option)>", with: name).replacing(flag, with: name)
            return Failure(
                phrase.contains(name) ? phrase : "\(name): \(phrase)",
                hint: "unset \(name), or give it what \(flag) takes",
                code: .usage
            )
        }
    }
}
