// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugClient
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport

/// A command for programs, which speaks level 1 to the server that the options of `snug` itself name.
private protocol LevelOneCommand: TakesVariables {
    var chat: ClientCommand { get }
}

extension LevelOneCommand {
    static var switches: [String] { ClientCommand.switches }
    static var configurationKeys: [String]? { ClientCommand.configurationKeys }
    static var repeatable: Set<String> { ClientCommand.repeatable }
    static var alternatives: [Set<String>] { ClientCommand.alternatives }
    static var paths: Set<String> { ClientCommand.paths }

    /// The one room that is meant.
    fileprivate func room(of destination: Destination) throws(Failure) -> String {
        let rooms = destination.rooms
        guard rooms.count <= 1 else {
            throw Failure(
                "this is for one room, and there are \(rooms.count): \(rooms.joined(separator: ", "))",
                hint: "name one with --room",
                code: .usage
            )
        }
        return rooms.first ?? "main"
    }

    fileprivate func validate(timeout: Int) throws {
        guard (1...86_400).contains(timeout) else {
            throw ValidationError("--timeout takes a number from 1 to 86400.")
        }
    }

    /// Connects, and works until the task is done.
    ///
    /// - Parameter rooms: where to be, besides `main`.
    fileprivate func run(
        _ task: some LevelOneTask,
        at destination: Destination,
        in rooms: [String],
        from position: LevelOneState.Position? = nil
    ) throws(Failure) {
        chat.prepareProcess()
        let passphrase = try chat.readPassphrase()
        let configuration = try chat.clientConfiguration(
            of: destination,
            as: NameChoice.current(given: chat.name),
            showing: try chat.readKey(),
            protocols: ClientConfiguration.levelOneProtocols
        )
        let state = LevelOneState(
            name: configuration.name,
            rooms: rooms,
            client: "snug \(programVersion)",
            mark: String(UInt64.random(in: 0...(.max)), radix: 36),
            position: position
        )
        do throws(ClientError) {
            try LevelOneSession(configuration, passphrase: passphrase, state: state).run(task)
        } catch { throw Failure(error, joining: configuration) }
    }
}

struct SendCommand: LevelOneCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Say a line, or several, and wait until the server has confirmed each.",
        usage: "snug send [--room ROOM] [--timeout SECONDS] [OPTIONS] [TEXT ...]",
        discussion: """
            snug send "the backup is done"
            snug send --room ops --name cron --host chat.example --ca room.pem disk full
            tail -f log | grep --line-buffered error | snug send

            Exit code 0 means that each line has its place in the room, and is on the
            server's disk if that keeps history there. A connection that is lost is made
            again within the time, and the line is said once however often it was sent.
            Any other code says that a line has no confirmation: no line behind it was
            sent then. Text that begins with a hyphen goes behind --. OPTIONS are those of
            snug: which server, and as whom.
            """
    )

    @ParentCommand var chat: ClientCommand

    static let environmentOptions = EnvironmentOptions.client + ["timeout"]

    @Option(help: "For how many seconds to try each line.")
    var timeout = 30

    @Argument(
        help: "The line, as words with blanks between them; without any, or with -, each line of the input."
    )
    var text: [String] = []

    func validate() throws { try validate(timeout: timeout) }

    private var isInput: Bool { text.isEmpty || text == ["-"] }

    private func task(in room: String) -> SendTask {
        let timeout = Duration.seconds(timeout)
        return isInput
            ? SendTask(linesOf: 0, in: room, timeout: timeout, remark: { standardError($0) })
            : SendTask(text.joined(separator: " "), in: room, timeout: timeout, remark: { standardError($0) })
    }

    func run() throws {
        try Failure.report { () throws(Failure) in
            let destination = try Destination(chat)
            let room = try room(of: destination)
            let task = task(in: room)
            do throws(Failure) { try run(task, at: destination, in: [room]) } catch {
                if isInput, let line = task.unconfirmedLine {
                    standardError(
                        "\(task.confirmedCount) lines were confirmed, and this one was not: \(line)"
                    )
                }
                throw error
            }
        }
    }
}

struct TailCommand: LevelOneCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Print what happens in a room, one JSON object on each line.",
        usage: "snug tail --json [--room ROOM] [--since SEQ] [--epoch EPOCH] [OPTIONS]",
        discussion: """
            snug tail --json | jq --unbuffered -r 'select(.type == "said") | .text'
            snug tail --json --room ops --since 4711

            The objects are those of level 1 of the protocol. Each event comes once and in
            its order, also across lost connections and restarts of the server; what is no
            longer kept is told as a gap. Ends when its reader does, or by Ctrl-C.
            OPTIONS are those of snug: which server, and as whom.
            """
    )

    @ParentCommand var chat: ClientCommand

    @Flag(help: "Print JSON; there is no other form.")
    var json = false

    static let environmentOptions = EnvironmentOptions.client + ["since", "epoch"]

    @Option(help: ArgumentHelp("Begin behind the event with this seq, which was the last.", valueName: "seq"))
    var since: UInt64?

    @Option(help: "The epoch of the hello under which that seq came.")
    var epoch: String?

    func validate() throws {
        guard json else {
            throw ValidationError("snug tail prints JSON, and has to be asked for it: --json.")
        }
        guard since ?? 0 < 1 << 53 else { throw ValidationError("--since takes a number below 2^53.") }
        guard epoch == nil || since != nil else { throw ValidationError("--epoch goes with --since.") }
    }

    func run() throws {
        try Failure.report { () throws(Failure) in
            let destination = try Destination(chat)
            let room = try room(of: destination)
            try run(
                TailTask(room, to: JSONLines(to: 1), remark: { standardError($0) }),
                at: destination,
                in: [room],
                from: since.map { LevelOneState.Position(sequence: $0, epoch: epoch) }
            )
        }
    }
}

struct WhoCommand: LevelOneCommand {
    static let configuration = CommandConfiguration(
        commandName: "who",
        abstract: "Print who is in a room, and which rooms there are, as JSON.",
        usage: "snug who --json [--room ROOM ...] [--timeout SECONDS] [OPTIONS]",
        discussion: """
            snug who --json | jq -r 'select(.type == "room") | .people[].name'

            One line with the object room of level 1 of the protocol for main and for each
            --room, then the object rooms with all open rooms. One has to be in a room to
            see who is there, so you are among them, and the others see you come and go.
            OPTIONS are those of snug: which server, and as whom.
            """
    )

    @ParentCommand var chat: ClientCommand

    @Flag(help: "Print JSON; there is no other form.")
    var json = false

    static let environmentOptions = EnvironmentOptions.client + ["timeout"]

    @Option(help: "For how many seconds to wait for the answer.")
    var timeout = 30

    func validate() throws {
        guard json else { throw ValidationError("snug who prints JSON, and has to be asked for it: --json.") }
        try validate(timeout: timeout)
    }

    func run() throws {
        try Failure.report { () throws(Failure) in
            let destination = try Destination(chat)
            let task = WhoTask(to: JSONLines(to: 1), timeout: .seconds(timeout))
            try run(task, at: destination, in: destination.rooms)
        }
    }
}
