// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import SnugClient
internal import SnugProgram
internal import SnugTransport

@main
struct ClientCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "snug",
        abstract: "Join a private chat room over TLS.",
        usage: """
            snug [LINK] [--name NAME] [--host HOST] [OPTIONS]
            snug send|tail|who|config|identity [OPTIONS]
            """,
        discussion: """
            snug --name aisha                        the room on this machine
            snug --host chat.example --ca room.pem   a room elsewhere
            snug 'snug://chat.example/?pin=sha256:…' the same, by a link from its owner

            With a terminal it edits a line while messages come in above it. Without one it
            is a filter: lines in, messages out, and it ends when its input ends.

            The passphrase, where the room has one, comes from the environment:
            CHAT_SECRET, or CHAT_SECRET_FILE for a file that only you can read. Without
            them you are asked for it at a terminal. Every option that takes a value, but
            --control, can be given as a variable, --port as SNUG_PORT, or in your
            configuration file: port = 9443; snug config shows where that is, and what
            counts.

            Exit codes: 0 ok, 64 wrong usage, 69 server not reachable or gone, 76 protocol
            error, 77 refused (certificate or passphrase), 78 bad configuration, 1 other.
            """,
        version: "snug \(versionDescription)",
        subcommands: [
            SendCommand.self, TailCommand.self, WhoCommand.self, ConfigCommand.self, IdentityCommand.self,
        ]
    )

    /// What a link on the command line is for the parser: an argument without a name would take those of the commands.
    @Option(name: .customLong("link"), help: .hidden)
    var links: [String] = []

    @Option(help: "Host name or address of the server; its certificate must be for this name.")
    var host = "localhost"

    @Option(help: "Port of the server.")
    var port = JoinLink.standardPort

    @Option(help: "Name to ask for. (default: asked for once, or else your login name)")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Authorities to trust, in PEM. (default: certs/ca.pem, else ca.pem beside the configuration file)",
            valueName: "file"
        )
    )
    var ca: String?

    @Flag(help: "Trust the authorities that this system trusts, instead of --ca.")
    var systemTrust = false

    @Option(
        name: .customLong("pin"),
        help:
            "Join only a server whose key has this fingerprint; one for each key. It is remembered for the server."
    )
    var pins: [String] = []

    @Option(
        help: ArgumentHelp(
            "Your key, shown to servers that ask for one. (default: the one of snug identity, if there is one)",
            valueName: "file"
        )
    )
    var identity: String?

    @Flag(help: "Show no key.")
    var noIdentity = false

    @Option(name: .customLong("room"), help: "Room to be in besides main, and to begin in.")
    var rooms: [String] = []

    @Option(help: "How times are shown: HH:MM, HH:MM:SS or none.")
    var time = TimeFormat.minutes

    @Option(help: "When the terminal's bell rings: off, mention (of your name, or a line to you) or all.")
    var bell = BellMode.mention

    @Flag(help: "Sentences without colours and redrawing, for a screen reader.")
    var plainOutput = false

    @Option(help: "Level of the protocol to begin with: 1, or 0 as the clients of the lesson speak it.")
    var level = 1

    @Option(
        help: ArgumentHelp(
            "Join a server on this machine, as one who moderates, through the socket that it was given with its --control.",
            valueName: "path"
        )
    )
    var control: String?

    @Flag(help: "Connect WITHOUT encryption, to a server's plain port; for experiments on one machine.")
    var plain = false

    @Option(help: "Fill every record up to a multiple of so many bytes; 0 turns padding off.")
    var pad = 256

    /// What a frame can carry; of a long name the server keeps the beginning, and says so.
    private static let maximumNameBytes = 8_192

    static let environmentOptions = EnvironmentOptions.client
    static let switches = EnvironmentOptions.clientSwitches
    static let configurationKeys: [String]? = EnvironmentOptions.client + EnvironmentOptions.clientSwitches
    static let repeatable: Set<String> = ["pin", "room"]
    static let alternatives: [Set<String>] = [["ca", "system-trust"], ["identity", "no-identity"]]
    static let paths: Set<String> = ["ca", "identity"]

    /// What is set for other servers is not for that of a link.
    var settledOptions: [String] { links.isEmpty ? [] : ["host", "port", "pin", "room"] }

    func validate() throws {
        guard (0...16_384).contains(pad) else {
            throw ValidationError("--pad takes a number from 0 to 16384.")
        }
        guard name?.utf8.count ?? 0 <= Self.maximumNameBytes else {
            throw ValidationError("--name takes at most \(Self.maximumNameBytes) bytes.")
        }
        guard (0...1).contains(level) else { throw ValidationError("--level takes 0 or 1.") }
        guard rooms.count < 16 else { throw ValidationError("--room can be given 15 times.") }
        for pin in pins where !ExpectedServer.isWellFormed(pin: pin) {
            throw ValidationError("--pin takes sha256: and 44 characters of base64.")
        }
    }

    static func main() { runAndExit(naming: namingLink) }

    /// A link is what begins like one and stands in front of every command; text that is to be sent may look like one.
    private static func namingLink(_ arguments: [String]) -> [String] {
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help", "--"]
        let end = arguments.firstIndex(where: commands.contains) ?? arguments.endIndex
        return arguments[..<end].map { JoinLink.isMeant(by: $0) ? "--link=\($0)" : $0 } + arguments[end...]
    }

    func run() throws {
        try Failure.report { () throws(Failure) in try ClientProgram(options: self).run() }
    }
}

extension TimeFormat: ExpressibleByArgument {}

extension BellMode: ExpressibleByArgument {}
