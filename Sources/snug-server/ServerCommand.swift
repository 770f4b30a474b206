// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugProgram

@main
struct ServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snug-server",
        abstract: "A private chat room over TLS.",
        discussion: """
            snug-server make-certs       makes lab certificates under certs/
            snug-server make-passphrase  makes a passphrase that nobody guesses
            CHAT_SECRET=… snug-server    opens the room, for those who know the passphrase

            The passphrase comes from the environment: CHAT_SECRET, or CHAT_SECRET_FILE for
            a file that only you can read. Without either, anyone who reaches the port may
            enter. Every option of run that takes a value can be given as a variable:
            --idle-timeout as SNUG_IDLE_TIMEOUT.

            SIGHUP reloads certificate, key, passphrase file and operators; once the
            terminal is gone, it stops the server. SIGTERM and SIGINT deliver what was
            accepted and stop; a second one ends the program at once.

            Exit codes: 0 ok, 64 wrong usage, 78 bad configuration (files, passphrase,
            addresses), 1 other.
            """,
        version: "snug-server \(versionDescription)",
        subcommands: [
            RunCommand.self, MakeCertificatesCommand.self, MakePassphraseCommand.self, HistoryCommand.self,
            ControlCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )

    static func main() { runAndExit() }
}
