// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugClient
internal import SnugProgram
internal import SnugTransport

@main
struct ClientCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "snug",
        abstract: "Join a private chat room over TLS.",
        usage: """
            snug [--name NAME] [--host HOST] [OPTIONS]
            snug send|tail|who|identity [OPTIONS]
            """,
        discussion: """
            snug --name aisha                        the room on this machine
            snug --host chat.example --ca room.pem   a room elsewhere

            With a terminal it edits a line while messages come in above it. Without one it
            is a filter: lines in, messages out, and it ends when its input ends.

            The passphrase, where the room has one, comes from the environment:
            CHAT_SECRET, or CHAT_SECRET_FILE for a file that only you can read. Without
            them you are asked for it at a terminal. Every option that takes a value can
            be given as a variable: --port as SNUG_PORT.

            Exit codes: 0 ok, 64 wrong usage, 69 server not reachable or gone, 76 protocol
            error, 77 refused (certificate or passphrase), 78 bad configuration, 1 other.
            """,
        version: "snug \(versionDescription)",
        subcommands: [SendCommand.self, TailCommand.self, WhoCommand.self, IdentityCommand.self]
    )

    @Option(help: "Host name or address of the server; its certificate must be for this name.")
    var host = "localhost"

    @Option(help: "Port of the server.")
    var port: UInt16 = 9_443

    @Option(help: "Name to ask for. (default: your login name)")
    var name: String?

    @Option(help: "Certificates of the authorities to trust, in PEM; nobody else is trusted.")
    var ca = "certs/ca.pem"

    @Flag(help: "Trust the authorities that this system trusts, instead of --ca.")
    var systemTrust = false

    @Option(
        name: .customLong("pin"),
        help:
            "Accept only a server whose key has this fingerprint, as shown at connecting; give one for each."
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

    @Flag(help: "Connect WITHOUT encryption, to a server's plain port; for experiments on one machine.")
    var plain = false

    @Option(help: "Fill every record up to a multiple of so many bytes; 0 turns padding off.")
    var pad = 256

    /// What a frame can carry; of a long name the server keeps the beginning, and says so.
    private static let maximumNameBytes = 8_192

    static let environmentOptions = EnvironmentOptions.client

    func validate() throws {
        guard (0...16_384).contains(pad) else {
            throw ValidationError("--pad takes a number from 0 to 16384.")
        }
        guard name?.utf8.count ?? 0 <= Self.maximumNameBytes else {
            throw ValidationError("--name takes at most \(Self.maximumNameBytes) bytes.")
        }
        for pin in pins where !ExpectedServer.isWellFormed(pin: pin) {
            throw ValidationError("--pin takes sha256: and 44 characters of base64.")
        }
    }

    static func main() { runAndExit() }

    func run() throws {
        try Failure.report { () throws(Failure) in try ClientProgram(options: self).run() }
    }
}
