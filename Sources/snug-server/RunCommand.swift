// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import SnugHistory
internal import SnugProgram
public import SnugServer
internal import SnugSystem
public import SnugTransport

struct RunCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Open the room (this is what happens without a subcommand)."
    )

    @Option(help: "Address to accept encrypted connections on.")
    var host = "127.0.0.1"

    @Option(help: "Port for encrypted connections; 0 takes a free one.")
    var port: UInt16 = 9_443

    @Option(help: "Certificate chain in PEM, leaf first.")
    var cert = "certs/server.pem"

    @Option(help: "Private key in PEM; no one else may be able to read the file.")
    var key = "certs/server-key.pem"

    @Option(help: "Port for UNENCRYPTED connections, for comparison, on loopback only; 0 takes a free one.")
    var plainPort: UInt16?

    @Option(help: "modern: TLS 1.3 only; compat: TLS 1.2 with ECDHE and AEAD as well.")
    var tls = TLSPolicy.modern

    @Option(help: "Fill every record up to a multiple of so many bytes; 0 turns padding off.")
    var pad = 256

    @Option(help: "Threads that share the members.")
    var loops = availableProcessors

    @Option(help: "Seconds without a complete frame before a member is dropped.")
    var idleTimeout = 300

    @Option(help: "Seconds from accept to an accepted name.")
    var authTimeout = 30

    @Option(help: "People in the room.")
    var maxMembers = 10_000

    @Option(help: "Open rooms beside main, and as many private ones.")
    var maxRooms = 200

    @Option(help: "File to keep what is said in, with rooms, bans and names of keys. (default: memory)")
    var history: String?

    @Option(help: "Lines that are kept of each room; 0 for none.")
    var historyLines = Retention.standard.lines

    @Option(help: "Hours that lines are kept; 0 for not at all.")
    var historyHours = Retention.standard.hours

    @Option(help: "Connections from one address; 0 for no limit. (default: 32, loopback exempt)")
    var maxPerAddress: Int?

    @Option(help: "Lines a member may send, burst/per second; 0 turns the limit off.")
    var rate = LineRate(burst: 10, perSecond: 5)

    @Option(help: "Bytes a second that the room sends to all members together; 0 turns the limit off.")
    var roomRate = 67_108_864

    @Option(help: "Bytes that may wait for one member before it is dropped as a slow reader, 65536 or more.")
    var backlog = 262_144

    @Option(help: "File with the keys of those who may moderate, one a line; see snug identity.")
    var operators: String?

    @Option(help: "Unix socket for snug-server ctl, for this user and root alone; see snug-server help ctl.")
    var control: String?

    @Option(
        help: "Tell figures and health over HTTP, on this machine only: 127.0.0.1:9464, or unix:PATH."
    )
    var metrics: String?

    @Option(
        help:
            "Load balancers, ADDRESS or ADDRESS/BITS with commas, that must send PROXY headers of version 2."
    )
    var proxyFrom: ProxyList?

    #if Cluster
    @OptionGroup(title: "Options for several servers with one chat") var cluster: ClusterOptions
    #endif

    @Flag(help: "Read certificate, key, passphrase file and operators again whenever they are new.")
    var watch = false

    @Option(help: "With --watch: seconds from one look at the files to the next.")
    var watchPause = 60.0

    @Option(help: "text or json.")
    var logFormat = LogFormat.text

    @Option(help: "debug, info, notice, warning or error: what is less is left out.")
    var logLevel = LogLevel.info

    @Option(help: "Write session keys to FILE, which undoes all encryption; every member is told.")
    var insecureKeylog: String?

    @Flag(help: "Keep all rights of this user, which a server otherwise gives up once it has begun.")
    var noSandbox = false

    @Flag(help: "Try everything that a start tries, let nobody in, and say whether it is good.")
    var check = false

    static let environmentOptions = EnvironmentOptions.server
    static let switches = EnvironmentOptions.serverSwitches

    func validate() throws {
        try require(0...16_384, pad, "--pad")
        try require(1...1_024, loops, "--loops")
        try require(1...86_400 * 7, idleTimeout, "--idle-timeout")
        try require(1...3_600, authTimeout, "--auth-timeout")
        try require(1...1_000_000, maxMembers, "--max-members")
        try require(0...100_000, maxRooms, "--max-rooms")
        try require(0...10_000_000, historyLines, "--history-lines")
        try require(0...876_600, historyHours, "--history-hours")
        try require(0...1_000_000, maxPerAddress ?? 0, "--max-per-address")
        try require(0...1_000_000_000_000, roomRate, "--room-rate")
        guard (0.01...86_400).contains(watchPause) else {
            throw ValidationError("--watch-pause takes a number from 0.01 to 86400.")
        }
        try require(65_536...1_073_741_824, backlog, "--backlog")
    }

    private func require(_ range: ClosedRange<Int>, _ value: Int, _ option: String) throws {
        guard range.contains(value) else {
            throw ValidationError("\(option) takes a number from \(range.lowerBound) to \(range.upperBound).")
        }
    }

    func run() throws {
        try Failure.report { () throws(Failure) in try ServerProgram(options: self).run() }
    }
}

/// What `--proxy-from` takes.
struct ProxyList: ExpressibleByArgument {
    let prefixes: [AddressPrefix]

    init?(argument: String) {
        let texts = argument.split(separator: ",", omittingEmptySubsequences: false)
        prefixes = texts.compactMap { AddressPrefix(String($0)) }
        guard prefixes.count == texts.count else { return nil }
    }
}

extension TLSPolicy: ExpressibleByArgument {}

extension LineRate: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { "\(burst)/\(perSecond)" }
}
