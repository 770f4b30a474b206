// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTransport
internal import Synchronization

/// The thread that accepts connections and gets strangers to the point where they have a name.
///
/// Handshakes and guesses cost time, and strangers may be hostile: here they cost no member anything.
final class Lobby {
    let configuration: ServerConfiguration
    let hub: RoomHub
    let events: EventLoop
    let verifier: PassphraseVerifier?
    let report: ServerObserver
    var penalty = GuessingPenalty()

    private let control: LobbyControl
    private let addressLimit: AddressLimit
    private var doors: [Door] = []
    private var strangers: [ObjectIdentifier: Stranger] = [:]

    init(
        configuration: ServerConfiguration,
        passphrase verifier: PassphraseVerifier?,
        hub: RoomHub,
        control: LobbyControl,
        report: @escaping ServerObserver
    ) throws(SystemError) {
        self.configuration = configuration
        self.verifier = verifier
        self.hub = hub
        self.control = control
        self.report = report
        addressLimit = AddressLimit(configuration.limits)
        events = try EventLoop(waker: control.waker)
    }

    /// Accepts connections on `listener` from the next turn on.
    func open(_ listener: consuming ListeningSocket, encrypted: Bool) throws(SystemError) {
        let door = Door(listener, encrypted: encrypted, lobby: self)
        try door.open()
        doors.append(door)
    }

    /// Runs until the server stops, and then lets the room loops finish.
    func run() {
        while !isStopping { turn() }
        for door in doors { door.close() }
        for stranger in strangers.values { stranger.close() }
        hub.drain()
    }

    /// Calls whoever is ready.
    func turn(mayWait: Bool = true) { events.turn(mayWait: mayWait) }

    /// Whether a turn that is under way should end: with many strangers it can take long.
    var isStopping: Bool { control.isStopping }

    // MARK: Strangers

    func receive(_ channel: consuming SocketChannel, from peer: SocketAddress, encrypted: Bool) {
        let limit = configuration.limits.strangers
        guard strangers.count < limit else {
            report(.limitReached(peer: peer, .strangers(limit)))
            return
        }
        let slot: AddressSlot?
        switch addressLimit.takeSlot(for: peer) {
        case .refused(let limit):
            report(.limitReached(peer: peer, .connectionsPerAddress(limit)))
            return
        case .slot(let taken): slot = taken
        case .unlimited: slot = nil
        }
        let connection =
            encrypted
            ? SocketConnection.tlsServer(
                channel,
                context: control.context,
                paddingMultiple: configuration.authenticationPadding
            )
            : SocketConnection.plain(channel)
        let stranger = Stranger(
            peer: peer,
            connection: connection,
            encrypted: encrypted,
            slot: slot,
            in: self
        )
        do throws(SystemError) { try stranger.startWatching() } catch {
            report(.acceptFailed(error))
            return
        }
        strangers[ObjectIdentifier(stranger)] = stranger
    }

    func forget(_ stranger: Stranger) {
        strangers[ObjectIdentifier(stranger)] = nil
    }
}

/// What other threads may tell the lobby.
final class LobbyControl: Sendable {
    let waker: LoopWaker
    private let stopping = Atomic<Bool>(false)
    private let currentContext: Lock<TLSContext>

    init(context: TLSContext) throws(SystemError) {
        waker = try LoopWaker()
        currentContext = Lock(context)
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// The credentials for new connections; those that exist keep theirs.
    var context: TLSContext { currentContext.withLock { $0 } }

    func replaceContext(_ context: TLSContext) {
        currentContext.withLock { $0 = context }
    }

    func stop() {
        stopping.store(true, ordering: .releasing)
        waker.wake()
    }
}

extension ServerConfiguration {
    /// The passphrase's length and whether it was right are nobody's business, whatever `--pad` says of chat.
    var authenticationPadding: Int { max(paddingMultiple, 256) }
}
