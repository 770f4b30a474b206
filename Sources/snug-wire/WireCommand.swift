// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugProgram

@main
struct WireCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "snug-wire",
        abstract: "See what an eavesdropper on a chat sees: without TLS, with it, and with padding.",
        usage: "snug-wire [--out FOLDER] [--script FILE] [OPTIONS]",
        discussion: """
            Plays one chat three times between real clients and a real server on this
            machine, listens in the middle of the wire, attacks it, and shows what there
            was to see. Needs no rights and no other program.

            It writes plain.pcapng, tls.pcapng and padded.pcapng (open them with
            Wireshark), report.html and wire.json. --level 1 plays the same chat at level
            1 of the protocol as well, in JSON, and shows it beside level 0. What it
            prints is the gist; --all prints all that is in report.html as well.

            A script has one line for each thing that somebody says, such as
                aisha: hello, are you here?
                benjamin: /who
            Words can also be /help, /quit and /guess WORDS; the last is a wrong
            passphrase, tried by somebody who is not in the room. Empty lines and lines
            that begin with # are left out. Everyone who says something comes in first,
            and who has not left by the end leaves then. --level, --out and --script can
            be given as variables: SNUG_OUT.

            Exit codes: 0 every claim held, 64 wrong usage, 77 no right to capture, 78 bad
            script or folder, 1 other.
            """,
        version: "snug-wire \(versionDescription)"
    )

    @Option(help: "Folder to write to; made if missing, and never written over.")
    var out = "wire-report"

    @Flag(help: "Capture on the loopback interface as well, and compare; needs the right to.")
    var live = false

    @Option(help: "The chat to play. (default: three people and what they would hate to leak)")
    var script: String?

    @Option(help: "Level of the protocol up to which the chat is played: 0, or 1 for both.")
    var level = 0

    @Flag(help: "Also write tls-with-keys.pcapng, in which everything can be read.")
    var withKeys = false

    @Flag(help: "Print the whole comparison, and not only its end.")
    var all = false

    @Flag(help: "Print wire.json instead of the comparison.")
    var json = false

    static let environmentOptions = EnvironmentOptions.wire

    static func main() { runAndExit() }

    func validate() throws {
        guard (0...1).contains(level) else {
            throw ValidationError("--level is 0 or 1: there are no other levels of the protocol")
        }
    }

    func run() throws {
        try Failure.report { () throws(Failure) in try WireProgram(options: self).run() }
    }
}
