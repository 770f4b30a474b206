// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import SnugHistory
internal import SnugProgram
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Read a history file, or take something out of it.",
        subcommands: [Export.self, Forget.self]
    )

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print every line of a history file.",
            discussion: """
                Room by room, the oldest lines first. A server that uses the file is not
                disturbed.
                """
        )

        @Argument(help: "The file that a server was given with --history.")
        var file: String

        @Flag(help: "One JSON object for each line, with everything that is known of it.")
        var json = false

        func run() throws {
            // Whoever reads the output may have seen enough.
            ProcessHardening.ignoreBrokenPipeSignal()
            try HistoryCommand.report { () throws(HistoryError) in
                var output = LineOutput()
                try HistoryArchive(path: file).eachLine { line in
                    output.put(json ? line.json : Self.text(line))
                }
                output.flush()
            }
        }

        /// What the file has may have been edited: nothing of it reaches the terminal raw.
        private static func text(_ line: StoredLine) -> String {
            let time = UnixTime(seconds: Int(line.time.milliseconds / 1_000))
            let said =
                line.isAction ? "* \(line.author.name) \(line.text) *" : "\(line.author.name): \(line.text)"
            return SafeText.clean("\(time) \(line.roomName) \(said)")
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "forget",
            abstract: "Take what somebody said, or a room, out of a history file.",
            discussion: """
                With a name goes everything that was said under it, and with the key that it
                belongs to. No byte of it is left in the file; backups are yours to mend.
                The server that uses the file must have stopped.
                """
        )

        @Option(help: "Whose lines, spelled as in the chat.")
        var name: String?

        @Option(help: "Which room, spelled as in the chat, without its #.")
        var room: String?

        @Argument(help: "The file that the server was given with --history.")
        var file: String

        func validate() throws {
            guard (name == nil) != (room == nil) else {
                throw ValidationError("give one of --name and --room.")
            }
        }

        func run() throws {
            try HistoryCommand.report { () throws(HistoryError) in
                let forgotten = room.map { Forgotten.room(name: $0) } ?? .person(name: name ?? "", key: nil)
                let count = try HistoryArchive.forget(forgotten, path: file)
                standardError("\(count) \(count == 1 ? "line is" : "lines are") gone from \(file)")
            }
        }
    }

    private static func report(_ body: () throws(HistoryError) -> Void) throws {
        try Failure.report { () throws(Failure) in
            do throws(HistoryError) { try body() } catch {
                throw Failure(error.description, hint: error.hint, code: .badConfiguration)
            }
        }
    }
}

/// Standard output in large pieces, until nobody reads it any more.
private struct LineOutput {
    private static let pieceBytes = 65_536

    private var bytes: [UInt8] = []
    private var isOpen = true

    /// Returns whether there is a point in more.
    mutating func put(_ line: String) -> Bool {
        bytes += line.utf8
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count >= Self.pieceBytes { flush() }
        return isOpen
    }

    mutating func flush() {
        do throws(SystemError) { try Polling.write(bytes, to: STDOUT_FILENO) } catch { isOpen = false }
        bytes = []
    }
}
