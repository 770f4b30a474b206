// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugServer
internal import SnugSystem
internal import SnugTransport

/// A real server, a wire with a tap in it, and real clients at the other end of the wire.
///
/// Used on one thread; everything in it runs on threads of its own.
final class Lab {
    /// All times of the capture count from here.
    let start: MonotonicTime
    let tap: Tap
    /// The port that clients connect to.
    let port: UInt16

    let setup: Setup
    private let security: ClientConfiguration.Security
    private let server: Server
    private let relay: Relay
    /// Rung whenever something happened that somebody could wait for.
    let bell: LoopWaker
    private let reports: Lock<[ServerEvent]>
    private var people: [Person] = []
    private var clients: [LevelOneClient] = []

    /// What the server and its clients are set up with.
    struct Setup {
        let mode: WireMode
        let passphrase: String
        /// Who the server is.
        let identity: LabIdentity
        /// Whose server the clients expect.
        let trusted: LabIdentity
        var keyLog: KeyLogObserver?

        init(mode: WireMode, passphrase: String, identity: LabIdentity, trusted: LabIdentity? = nil) {
            self.mode = mode
            self.passphrase = passphrase
            self.identity = identity
            self.trusted = trusted ?? identity
        }
    }

    /// Opens a lab, lends it to `body`, and closes everything in it however `body` ends.
    static func run<Result>(
        _ setup: Setup,
        _ body: (Lab) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        let lab = try Lab(setup)
        defer { lab.close() }
        return try body(lab)
    }

    private init(_ setup: Setup) throws(WireError) {
        self.setup = setup
        security =
            setup.mode == .plain
            ? .plain : .tls(try setup.trusted.clientContext(keyLog: setup.keyLog), pins: [])
        do throws(SystemError) { bell = try LoopWaker() } catch { throw .system(error) }
        let reports = Lock<[ServerEvent]>([])
        self.reports = reports
        start = .now
        tap = Tap(start: start, noticed: bell.wake)
        let bell = bell
        server = try Self.startServer(setup) { event in
            reports.withLock { $0.append(event) }
            bell.wake()
        }
        do throws(SystemError) {
            let addresses = setup.mode == .plain ? server.plainAddresses : server.tlsAddresses
            relay = try Relay(to: addresses[0], tap: tap)
            port = relay.address.port
        } catch {
            server.stop()
            server.waitUntilStopped()
            throw .system(error)
        }
    }

    private static func startServer(
        _ setup: Setup,
        report: @escaping ServerObserver
    ) throws(WireError) -> Server {
        let passphrase = try Passphrase(scripted: setup.passphrase)
        let verifier: PassphraseVerifier
        do throws(PassphraseError) {
            verifier = try PassphraseVerifier(passphrase)
        } catch { throw .passphraseNotUsable(error) }
        var configuration = ServerConfiguration(tlsAddresses: [.loopback(port: 0)])
        configuration.plainAddresses = [.loopback(port: 0)]
        configuration.loops = 1
        configuration.paddingMultiple = setup.mode.paddingMultiple
        // A script is faster than people are.
        configuration.limits.lineRate = .unlimited
        // A machine that stands still for a while must not add messages to the script's.
        configuration.limits.pingInterval = configuration.limits.idleTimeout
        do throws(ServerStartError) {
            return try Server(
                configuration,
                context: setup.identity.serverContext,
                passphrase: verifier,
                report: report
            )
        } catch { throw .serverNotStarted(error) }
    }

    private func close() {
        server.stop()
        server.waitUntilStopped()
        relay.stop()
        // Nobody is left to talk to: whatever their clients were waiting for, it has ended.
        for person in people { person.join() }
        for client in clients { client.close() }
    }

    // MARK: People

    /// Sends somebody to the server, by way of the relay, without waiting for what comes of it.
    func enter(_ name: String, passphrase: String? = nil) throws(WireError) -> Person {
        let configuration = ClientConfiguration(
            host: LabIdentity.hostName,
            port: port,
            name: name,
            security: security,
            paddingMultiple: setup.mode.paddingMultiple
        )
        do throws(SystemError) {
            let person = try Person(
                name: name,
                connection: tap.connections.count,
                configuration: configuration,
                passphrase: passphrase ?? setup.passphrase,
                noticed: bell.wake
            )
            people.append(person)
            return person
        } catch { throw .system(error) }
    }

    /// Connects somebody who speaks level 1 to the server, by way of the relay; the server is verified on return.
    ///
    /// - Parameter clientKey: what the person is known by, with TLS.
    func connect(_ name: String, clientKey: ClientKey? = nil) throws(WireError) -> LevelOneClient {
        let context: TLSContext?
        switch setup.mode {
        case .plain: context = nil
        case .tls, .padded:
            context = try setup.trusted.clientContext(
                keyLog: setup.keyLog,
                applicationProtocols: LevelOneClient.applicationProtocols,
                clientKey: clientKey
            )
        }
        let client = try LevelOneClient(
            name: name,
            connection: tap.connections.count,
            port: port,
            context: context,
            paddingMultiple: setup.mode.paddingMultiple
        )
        clients.append(client)
        return client
    }

    /// What the server has reported so far.
    var serverReports: [ServerEvent] { reports.withLock { $0 } }

    // MARK: Waiting

    /// Long enough for a busy machine; reached only if something is wrong.
    static let patience = Duration.seconds(60)

    /// Waits until `isDone` says so, which is asked whenever anything happened.
    func wait(for purpose: String, until isDone: () throws(WireError) -> Bool) throws(WireError) {
        let deadline = MonotonicTime.now + Self.patience
        while try !isDone() {
            guard MonotonicTime.now < deadline else { throw .nothingHappened(awaited: purpose) }
            bell.wait(until: deadline)
        }
    }

    /// Waits until `person` has seen `message` behind the first `skipped` messages; fails if the person's session ends.
    func wait(until person: Person, hasSeen message: String, behind skipped: Int = 0) throws(WireError) {
        try wait(for: "\"\(message)\"", while: person) {
            person.seen.dropFirst(skipped).contains(message)
        }
    }

    /// Waits until more than `pieces` pieces from `person` have crossed the wire; fails if the person's session ends.
    func wait(until person: Person, hasSentMoreThan pieces: Int) throws(WireError) {
        try wait(for: "what \(person.name) sent", while: person) { piecesSent(by: person) > pieces }
    }

    /// How many pieces from `person` have crossed the wire so far.
    func piecesSent(by person: Person) -> Int {
        tap.capture.segments.count { $0.connection == person.connection && $0.direction == .toServer }
    }

    private func wait(
        for purpose: String,
        while person: Person,
        until isDone: () -> Bool
    ) throws(WireError) {
        try wait(for: purpose) { () throws(WireError) in
            if isDone() { return true }
            guard case .gone(let error) = person.whereabouts else { return false }
            throw error ?? .nothingHappened(awaited: purpose)
        }
    }

    /// Waits until the person's session is over and nothing more can cross the wire, and returns how it ended.
    @discardableResult
    func waitUntilGone(_ person: Person) throws(WireError) -> WireError? {
        var outcome: WireError?
        try wait(for: "the end of \(person.name)'s session") { () throws(WireError) in
            guard case .gone(let error) = person.whereabouts else { return false }
            outcome = error
            let connections = tap.connections
            return !connections.indices.contains(person.connection)
                || connections[person.connection].closedAt != nil
        }
        return outcome
    }
}

extension WireMode {
    /// What records are filled up to a multiple of, 0 for not at all.
    ///
    /// The passphrase exchange is padded whatever this says.
    var paddingMultiple: Int {
        switch self {
        case .plain, .tls: 0
        case .padded: 256
        }
    }
}
