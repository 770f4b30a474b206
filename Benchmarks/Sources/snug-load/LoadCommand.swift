// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

@main
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snug-load",
        abstract: "Put a chat server under load, and check and measure what it delivers.",
        discussion: "Each subcommand prints one JSON object. scripts/bench runs them all.",
        subcommands: [ChatCommand.self, ChurnCommand.self, IdleCommand.self]
    )
}

struct TargetOptions: ParsableArguments {
    @Option(help: "Address of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the server.")
    var port: UInt16

    @Option(help: "Port of another server that shares the chat; members go to all of them in turn.")
    var alsoPort: [UInt16] = []

    @Option(help: "Certificates to trust, in PEM; without, the connections are plain.")
    var ca: String?

    @Option(help: "frame, frame-long, level-1 or level-1-replay (with --ca), irc or line.")
    var dialect = Dialect.frame

    @Option(help: "Process ID of the server, on this machine, to count its processor time and memory.")
    var serverPid: Int32?

    @Option(help: "Connections that are being made at a time.")
    var atOnce = 32

    @Option(help: "Seconds to wait, once all are in, for the notices of their joins to end.")
    var settle = 20.0

    @Option(help: "Seconds that are not counted yet.")
    var warmUp = 1.0

    @Option(help: "Seconds that are counted.")
    var seconds = 5.0

    var server: ServerProcess? { serverPid.map(ServerProcess.init(id:)) }

    func endpoint() throws(LoadFailure) -> Endpoint {
        try Endpoint(host: host, ports: [port] + alsoPort, authority: ca, dialect: dialect)
    }

    func validate() throws {
        guard (1...1_000).contains(atOnce), (0...600).contains(warmUp), (0.1...600).contains(seconds) else {
            throw ValidationError("--at-once takes 1 to 1000, --warm-up 0 to 600 and --seconds 0.1 to 600.")
        }
    }
}

struct ChatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Members talk; every line is followed to every other member of its room."
    )

    @OptionGroup var target: TargetOptions

    @Option(help: "People, all together.")
    var members = 100

    @Option(help: "Rooms over which they are spread.")
    var rooms = 1

    @Option(help: "How many of them talk.")
    var senders = 1

    @Option(help: "How many of them stop reading.")
    var stalled = 0

    @Option(help: "Lines of each sender on their way at a time.")
    var window = 1

    @Option(help: "Lines a second of all senders together, instead of --window.")
    var rate: Double?

    @Option(help: "Seconds after which two kinds of time take turns, each with its own latency.")
    var halves: Double?

    @Option(help: "Port of the figures; they are asked for when a second half begins (--halves).")
    var scrape: UInt16?

    func validate() throws {
        guard (2...100_000).contains(members), stalled >= 0, senders >= 1, senders + stalled < members,
            (1...10_000).contains(window), (0.001...1_000_000).contains(rate ?? 1),
            (0.01...600).contains(halves ?? 1)
        else {
            throw ValidationError("there must be more members than senders and stalled ones together.")
        }
        guard rooms >= 1, members.isMultiple(of: rooms), rooms == 1 || stalled == 0 else {
            throw ValidationError("rooms share the members evenly, and none of them stalls in one of many.")
        }
    }

    func run() throws {
        try LoadFailure.report { () throws(LoadFailure) in
            let plan = ChatRun.Plan(
                members: members,
                rooms: rooms,
                senders: senders,
                stalled: stalled,
                load: rate.map { .open(linesPerSecond: $0) } ?? .closed(window: window),
                warmUp: .seconds(target.warmUp),
                measured: .seconds(target.seconds),
                atOnce: target.atOnce,
                settling: .seconds(target.settle),
                half: halves.map { .seconds($0) },
                scrapePort: scrape
            )
            try ChatRun(plan, at: try target.endpoint(), server: target.server).run().write()
        }
    }
}

struct ChurnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "churn",
        abstract: "People come and go all the time."
    )

    @OptionGroup var target: TargetOptions

    @Option(help: "hello, secure or present: how far they come before they leave.")
    var until = ChurnRun.Goal.present

    @Option(help: "Seconds from one's leaving to the next one's coming.")
    var pause = 0.0

    func run() throws {
        try LoadFailure.report { () throws(LoadFailure) in
            try ChurnRun(until, at: try target.endpoint(), server: target.server).run(
                atOnce: target.atOnce,
                pause: .seconds(pause),
                warmUp: .seconds(target.warmUp),
                measured: .seconds(target.seconds)
            ).write()
        }
    }
}

struct IdleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "Members join and say nothing."
    )

    @OptionGroup var target: TargetOptions

    @Option(help: "People in the room.")
    var members = 1_000

    func run() throws {
        try LoadFailure.report { () throws(LoadFailure) in
            let run = IdleRun(
                members: members,
                atOnce: target.atOnce,
                settling: .seconds(target.settle),
                measured: .seconds(target.seconds)
            )
            try run.run(at: try target.endpoint(), server: target.server).write()
        }
    }
}

extension ChurnRun.Goal: ExpressibleByArgument {}
