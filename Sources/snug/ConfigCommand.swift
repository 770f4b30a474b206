// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import SnugClient
internal import SnugProgram
internal import SnugSystem

struct ConfigCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show each setting, and where it comes from.",
        usage: "snug config [OPTIONS]",
        discussion: """
            snug config
            SNUG_PORT=7000 snug config --name ben

            An option counts before its variable, that before the configuration file, and
            that before the default. The file is $XDG_CONFIG_HOME/snug/config, or
            ~/.config/snug/config, and has lines such as

                # the room of our house
                host = chat.example
                ca = house.pem
                plain-output = yes

            Its keys are the options of snug without their dashes, but for --plain and
            --control, and flags are yes or no. What is no setting ends every command but
            --help: 78.
            """
    )

    @ParentCommand var chat: ClientCommand

    static let environmentOptions = ClientCommand.environmentOptions
    static let switches = ClientCommand.switches
    static let configurationKeys = ClientCommand.configurationKeys
    static let repeatable = ClientCommand.repeatable
    static let alternatives = ClientCommand.alternatives
    static let paths = ClientCommand.paths

    func run() throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        try Failure.report { () throws(Failure) in
            let rows = settings.map { "\($0.key) = \($0.value) (\($0.source))" }
            try StandardOutput.write(["# \(place)"] + rows)
        }
    }

    private var place: String {
        guard let file = ConfigurationFile.standard else {
            return "no configuration file: neither XDG_CONFIG_HOME nor HOME is a path"
        }
        return file.path + (file.exists ? "" : " (not there)")
    }

    // MARK: Settings

    private struct Setting {
        let key: String
        let value: String
        let source: String

        /// - Parameter otherwise: where it comes from if nobody gave it.
        init(_ key: String, _ value: String?, otherwise: String = "default") {
            self.key = key
            self.value = value.map { $0.isEmpty ? "-" : $0 } ?? "-"
            source = SettingSource.of(key)?.label(of: key) ?? otherwise
        }

        init(_ key: String, _ isOn: Bool) { self.init(key, isOn ? "yes" : "no") }
    }

    /// All of them, in the order of the options.
    private var settings: [Setting] {
        [
            Setting("host", chat.host), Setting("port", "\(chat.port)"), name, authority,
            Setting("system-trust", chat.systemTrust), Setting("pin", chat.pins.joined(separator: " ")),
            identity, Setting("no-identity", chat.noIdentity),
            Setting("room", chat.rooms.joined(separator: " ")), Setting("time", chat.time.rawValue),
            Setting("bell", chat.bell.rawValue), Setting("plain-output", chat.plainOutput),
            Setting("level", "\(chat.level)"), Setting("pad", "\(chat.pad)"),
        ]
    }

    private var name: Setting {
        let file = RememberedName.standard
        let source = file.flatMap { $0.read() == nil ? nil : $0.path } ?? "login name"
        return Setting("name", NameChoice.current(given: chat.name), otherwise: source)
    }

    private var authority: Setting {
        switch chat.authority {
        case .file(let path): Setting("ca", path)
        case .missing(let paths): Setting("ca", nil, otherwise: "none in \(paths.joined(separator: " or "))")
        case .system: Setting("ca", nil, otherwise: "system-trust")
        }
    }

    private var identity: Setting {
        let file = IdentityFile.standard.flatMap { $0.exists ? $0.path : nil }
        return Setting("identity", chat.identity ?? file)
    }
}
