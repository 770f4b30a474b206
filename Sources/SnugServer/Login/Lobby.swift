// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport
internal import Synchronization

/// The thread that accepts connections and gets strangers to the point where they have a name.
///
/// Handshakes and guesses cost time, and strangers may be hostile: here they cost no member anything.
final class Lobby {
    let configuration: ServerConfiguration
    let hub: ChatHub
    let events: EventLoop
    /// Scratch memory for the connections of this loop.
    let buffers = IOBuffers()
    let report: ServerObserver

    /// Where strangers wait until their address may begin another handshake.
    let handshakeTurns: AddressTurns<Stranger>
    /// Where strangers wait until their address is told of another passphrase whether it was right.
    let answerTurns: AddressTurns<Stranger>
    /// How many wrong passphrases came from an address.
    var failures = RecentAddresses<Int>()
    /// How many strangers have failed and are kept for a moment.
    var failedStrangers = 0

    let control: LobbyControl
    private let addressLimit: AddressLimit
    private let connectionRate: LineRate
    private var connectionAllowances: AddressAllowances
    private var doors: [Door] = []
    private var strangers = Places<Stranger>()
    private var admissions = Admissions<Stranger>()
    /// Connections of load balancers of which is not known yet whose they are, the oldest first.
    private var proxied: [ProxiedArrival] = []
    /// Those with something to read during their handshake, in the order in which it came.
    private var handshaking: [Stranger] = []
    /// Those of them who go first, because their address asks for little.
    private var modest: [Stranger] = []

    /// Short, because meanwhile nobody is accepted and no clock looked at.
    private static let handshakeTimePerTurn = Duration.milliseconds(8)

    init(
        configuration: ServerConfiguration,
        hub: ChatHub,
        control: LobbyControl,
        report: @escaping ServerObserver
    ) throws(SystemError) {
        self.configuration = configuration
        self.hub = hub
        self.control = control
        self.report = report
        let limits = configuration.limits
        addressLimit = AddressLimit(limits)
        connectionRate = limits.forAddress(limits.connectionRate)
        connectionAllowances = AddressAllowances(connectionRate)
        handshakeTurns = AddressTurns(limits.forAddress(limits.handshakeRate))
        answerTurns = AddressTurns(limits.answerRate)
        events = try EventLoop(waker: control.waker)
        // Guesses, right and wrong, go through this loop's buffers, and no chat does.
        buffers.wipesPlaintext = true
    }

    /// Accepts connections on `listener` from the next turn on.
    func open(_ listener: consuming ListeningSocket, for kind: ListenerKind) throws(SystemError) {
        let door = Door(listener, for: kind, lobby: self)
        try door.open()
        doors.append(door)
    }

    /// Runs until the server stops, and then lets the room loops finish.
    func run() {
        while !isStopping { turn() }
        for door in doors { door.close() }
        for arrival in proxied { arrival.end() }
        for stranger in strangers.holders { stranger.close() }
        hub.drain()
    }

    /// Calls whoever is ready.
    func turn(mayWait: Bool = true) {
        events.turn(
            mayWait: mayWait && handshaking.isEmpty && modest.isEmpty && !control.hasDecisions,
            until: admissions.nextDeadline
        )
        takeHandshakeSteps()
        takeDecisions()
        control.meters.turns.add(nanoseconds: events.turnNanoseconds)
        control.turns.wrappingAdd(1, ordering: .relaxed)
    }

    /// Whether a turn that is under way should end: with many strangers it can take long.
    var isStopping: Bool { control.isStopping }

    /// The certificate and key for a new connection.
    var context: TLSContext { control.credentials.context }

    /// The passphrase of a new connection; nil for a room that anyone may enter.
    var verifier: PassphraseVerifier? { control.credentials.verifier }

    /// What a server says first at level 1.
    var hello: ServerMessage.Hello {
        ServerMessage.Hello(configuration, hub, needsPassphrase: verifier != nil)
    }

    // MARK: Newcomers

    /// Whether somebody could come in, if need be in the place of another.
    var hasRoom: Bool {
        strangers.count < configuration.limits.strangers || strangers.hasOverdue(now: events.now)
    }

    /// Whether it is time to be strict with those who say nothing.
    var isHalfFull: Bool { strangers.count > configuration.limits.strangers / 2 }

    func receive(_ channel: consuming SocketChannel, from peer: SocketAddress, at kind: ListenerKind) {
        guard kind == .tls, configuration.proxies.contains(where: { $0.contains(peer) }) else {
            return admit(channel, from: peer, at: kind)
        }
        if proxied.count >= configuration.limits.strangers { proxied.first?.refuse(.tooMany) }
        let arrival = ProxiedArrival(channel, from: peer, at: kind, in: self)
        do throws(SystemError) {
            try arrival.startWatching()
            proxied.append(arrival)
        } catch { report(.acceptFailed(error)) }
    }

    func forget(_ arrival: ProxiedArrival) { proxied.removeAll { $0 === arrival } }

    /// Lets in whose address is known.
    func admit(_ channel: consuming SocketChannel, from peer: SocketAddress, at kind: ListenerKind) {
        guard mayConnect(peer) else {
            channel.reset()
            report(.limitReached(peer: peer, .connectionRate(connectionRate)))
            return
        }
        makeRoom()
        let slot: AddressSlot?
        switch takeSlot(for: peer) {
        case .refused(let limit):
            channel.reset()
            report(.limitReached(peer: peer, .connectionsPerAddress(limit)))
            return
        case .slot(let taken): slot = taken
        case .unlimited: slot = nil
        }
        let stranger = Stranger(peer: peer, channel: channel, at: kind, slot: slot, in: self)
        do throws(SystemError) { try stranger.startWatching() } catch {
            report(.acceptFailed(error))
            return
        }
        strangers.add(stranger, from: counted(peer), now: events.now)
        control.strangerCount.store(strangers.count, ordering: .relaxed)
    }

    /// The address that a peer's connections are counted for; nil if they are not.
    private func counted(_ peer: SocketAddress) -> [UInt8]? {
        configuration.limits.counts(peer) ? peer.subscriber : nil
    }

    private func mayConnect(_ peer: SocketAddress) -> Bool {
        guard let address = counted(peer) else { return true }
        return connectionAllowances.take(for: address, now: events.now)
    }

    /// Ends the latest, several at once: to find them costs a look at everyone.
    private func makeRoom() {
        let limit = configuration.limits.strangers
        guard strangers.count >= limit else { return }
        for stranger in strangers.overdue(atMost: 1 + limit / 32, now: events.now) {
            stranger.evict(for: .strangers(limit))
        }
    }

    private func takeSlot(for peer: SocketAddress) -> AddressLimit.Outcome {
        let outcome = addressLimit.takeSlot(for: peer)
        guard case .refused(let limit) = outcome,
            let stranger = strangers.overdue(from: peer.subscriber, now: events.now)
        else { return outcome }
        stranger.evict(for: .connectionsPerAddress(limit))
        return addressLimit.takeSlot(for: peer)
    }

    // MARK: Strangers

    func forget(_ stranger: Stranger) {
        strangers.remove(stranger)
        control.strangerCount.store(strangers.count, ordering: .relaxed)
        handshaking.removeAll { $0 === stranger }
        modest.removeAll { $0 === stranger }
    }

    // MARK: Admissions

    /// Whether one more may wait for the chat to decide.
    var mayAsk: Bool { admissions.count < configuration.limits.strangers }

    /// A stranger waits for the chat to decide whether it is let in: it is nobody's who is in the way of others.
    func wait(_ stranger: Stranger, as session: SessionID, until deadline: MonotonicTime) {
        forget(stranger)
        admissions.add(stranger, as: session, until: deadline)
    }

    private func takeDecisions() {
        for (session, refusal) in control.takeDecisions() {
            guard let stranger = admissions.take(session) else { continue }
            if let refusal { comesBack(stranger, refusal) }
        }
        for session in admissions.overdue(at: events.now) where hub.giveUp(session) {
            if let stranger = admissions.take(session) { comesBack(stranger, .outOfTouch) }
        }
    }

    private func comesBack(_ stranger: Stranger, _ refusal: Refusal) {
        strangers.add(stranger, from: counted(stranger.peer), now: events.now)
        control.strangerCount.store(strangers.count, ordering: .relaxed)
        stranger.turnAway(refusal)
        stranger.settle()
    }

    func countHandshake() { control.meters.handshakes.add(1) }

    func note(_ step: Step, of stranger: Stranger) {
        strangers.advance(stranger, to: step, now: events.now)
    }

    /// Whoever knows the passphrase lets its address begin anew.
    func forgive(_ peer: SocketAddress) {
        connectionAllowances.forgive(peer.subscriber)
        handshakeTurns.forgive(peer.subscriber)
    }

    /// Lets all go on whose turn it is at `address`, and tells the one behind them when its turn will be.
    func serve(_ turns: AddressTurns<Stranger>, at address: [UInt8]) {
        while !isStopping, let next = turns.next(at: address, now: events.now) {
            guard next.time <= events.now else { return next.waiter.awaitTurn(at: next.time) }
            turns.leave(next.waiter, at: address)
            next.waiter.takeTurn()
        }
    }

    /// Takes a stranger's handshake further once it is its turn.
    func queueHandshakeStep(of stranger: Stranger) {
        if strangers.isModest(stranger) { modest.append(stranger) } else { handshaking.append(stranger) }
    }

    private func takeHandshakeSteps() {
        let end = MonotonicTime.now + Self.handshakeTimePerTurn
        while !isStopping, !modest.isEmpty || !handshaking.isEmpty {
            let next = modest.isEmpty ? handshaking.removeFirst() : modest.removeFirst()
            next.takeHandshakeStep()
            if .now >= end { return }
        }
    }
}

/// What other threads may tell the lobby.
final class LobbyControl: Sendable {
    /// What the lobby has done.
    let meters = LobbyMeters()
    /// How many connections have no name yet, for whoever wants to know.
    let strangerCount = Atomic<Int>(0)
    /// How many turns the lobby has made, for whoever wants to know whether it still makes some.
    let turns = Atomic<Int>(0)
    private let stopper: LoopStopper
    private let decisions = Lock<[(SessionID, Refusal?)]>([])
    private let asking = Atomic<Bool>(false)
    private let currentCredentials: Lock<Credentials>

    /// What a server shows and what it asks for.
    typealias Credentials = (context: TLSContext, verifier: PassphraseVerifier?)

    init(context: TLSContext, passphrase verifier: PassphraseVerifier?) throws(SystemError) {
        stopper = try LoopStopper()
        currentCredentials = Lock((context, verifier))
    }

    var waker: LoopWaker { stopper.waker }

    var isStopping: Bool { stopper.isStopping }

    /// Takes whether somebody is let in, and if not why.
    func post(_ refusal: Refusal?, for session: SessionID) {
        decisions.withLock { $0.append((session, refusal)) }
        if !asking.load(ordering: .acquiring) { waker.wake() }
    }

    /// Asks, on the lobby's thread, what is mostly answered before this returns: the lobby looks for answers before it
    /// waits, and need not be woken.
    func ask<Answer>(_ body: () -> Answer) -> Answer {
        asking.store(true, ordering: .releasing)
        defer { asking.store(false, ordering: .releasing) }
        return body()
    }

    var hasDecisions: Bool { decisions.withLock { !$0.isEmpty } }

    func takeDecisions() -> [(SessionID, Refusal?)] {
        decisions.withLock { decisions in
            defer { decisions = [] }
            return decisions
        }
    }

    /// The credentials for new connections; those that exist keep theirs.
    var credentials: Credentials { currentCredentials.withLock { $0 } }

    /// Without a verifier the passphrase stays as it is.
    func replace(_ context: TLSContext, _ verifier: PassphraseVerifier?) {
        currentCredentials.withLock { $0 = (context, verifier ?? $0.verifier) }
    }

    func stop() { stopper.stop() }
}

extension ServerConfiguration {
    /// The passphrase's length and whether it was right are nobody's business, whatever the padding of chat is.
    var authenticationPadding: Int { max(paddingMultiple, 256) }
}
