// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import Glibc
internal import SnugHistory
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

@testable internal import SnugServer

/// The server's real lobby and one real room loop, taking turns on one thread, with peers at the other ends of socket
/// pairs and a clock that stands still until it is moved.
final class SessionWorld {
    /// Inside from the start, reads at once, and says nothing: what it hears is what the room's members are told.
    let witness: SessionPeer
    private(set) var peers: [SessionPeer] = []

    private let control: LobbyControl
    private let lobby: Lobby
    private let loop: RoomLoop
    let buffers = FuzzIdentity.buffers
    private let heldBefore: Int
    /// With nobody there but the witness.
    private var descriptorsBefore = 0

    static let passphrase = "open sesame 47"

    private static let verifier: PassphraseVerifier = {
        do {
            let secret = Array(passphrase.utf8)
            return try PassphraseVerifier(Passphrase(SecretBytes(copying: secret.span.bytes), from: .script))
        } catch { fatalError("no verifier: \(error)") }
    }()

    private static var limits: ServerLimits {
        var limits = ServerLimits()
        limits.backlogBytes = 24_576
        // A burst is more than that.
        limits.unreadBytes = 1_024
        limits.members = 5
        limits.strangers = 5
        return limits
    }

    private static let configuration: ServerConfiguration = {
        var configuration = ServerConfiguration(tlsAddresses: [.loopback(port: 9_443)])
        configuration.limits = limits
        // What is kept of what was said is held on purpose, and would hide what is held by mistake.
        configuration.history.retention = Retention(lines: 0, hours: 0)
        return configuration
    }()

    /// One for all worlds, since it has a thread, and keeps nothing, not even a number.
    private static let history: HistoryDesk = {
        do { return try HistoryDesk(configuration.history, report: { _ in }) } catch {
            fatalError("no history: \(error)")
        }
    }()

    /// Makes what is made once in a process and not held for anybody.
    static func prepare() {
        _ = FuzzIdentity.shared
        _ = verifier
        _ = history
        _ = ("a" as Unicode.Scalar).traits
    }

    init() throws {
        let context = FuzzIdentity.shared.modernServer
        let verifier = Self.verifier
        let history = Self.history
        fuzz_begin()
        heldBefore = fuzz_held_bytes()
        let configuration = Self.configuration
        let mailbox = try LoopMailbox()
        // What came before in this process has left nothing in it.
        let state = try history.durableState(at: ChatTime(milliseconds: 0), configuration.limits.chat)
        promise(state == DurableState(), "something is kept of what was said: \(state)")
        let hub = try ChatHub(
            mailboxes: [mailbox],
            limits: configuration.limits.chat,
            history: history,
            pageBytes: configuration.limits.historyPageBytes,
            report: { _ in }
        )
        control = try LobbyControl(context: context, passphrase: verifier)
        lobby = try Lobby(
            configuration: configuration,
            hub: hub,
            control: control,
            report: { _ in }
        )
        loop = try RoomLoop(configuration: configuration, hub: hub, mailbox: mailbox, report: { _ in })
        witness = try SessionPeer(number: 0, isEncrypted: false)
        receive(witness)
        witness.send(frame: Self.passphrase)
        witness.send(frame: "witness")
        for _ in 0..<20 where !witness.isMember {
            pass(milliseconds: 10)
            turns(1)
        }
        promise(witness.isMember, "the first to come is not let in")
        descriptorsBefore = openDescriptors()
    }

    /// Lets someone connect.
    func connect(isEncrypted: Bool) throws {
        let peer = try SessionPeer(number: peers.count + 1, isEncrypted: isEncrypted)
        peers.append(peer)
        receive(peer)
    }

    private func receive(_ peer: SessionPeer) {
        guard let far = peer.takeFarEnd() else { return }
        lobby.receive(
            SocketChannel(owning: far),
            from: .loopback(port: UInt16(50_000 + peer.number)),
            at: peer.isEncrypted ? .tls : .plain
        )
    }

    /// Lets the server work and its peers read, so many times.
    func turns(_ count: Int) {
        for _ in 0..<count {
            fuzz_use_random_sequence(2)
            if !control.isStopping { lobby.turn(mayWait: false) }
            if !loop.isFinished { loop.turn(mayWait: false) }
            fuzz_use_random_sequence(1)
            witness.step(buffers)
            for peer in peers { peer.step(buffers) }
        }
        promise(
            fuzz_held_bytes() - heldBefore < 6 << 20,
            "\(fuzz_held_bytes() - heldBefore) bytes are held for a few peers"
        )
    }

    /// Moves the clock; the witness says that it is still here.
    func pass(milliseconds: Int) {
        fuzz_pass_nanoseconds(UInt64(milliseconds) * 1_000_000)
        if milliseconds >= 1_000 { witness.send(frame: "") }
    }

    /// Those who are in the room, read, and never did anything but send frames.
    private var honestMembers: [SessionPeer] { peers.filter { $0.isHonest && $0.isMember } }

    /// Gives those who did nothing wrong the time that their lines need, and checks that all were heard by all.
    func checkNothingIsLost() {
        // Who has come last knows so before the witness does.
        pass(milliseconds: 250)
        turns(2)
        for _ in 0..<80 where honestMembers.contains(where: { !witness.heardAll(of: $0) }) {
            pass(milliseconds: 250)
            turns(2)
        }
        for peer in honestMembers {
            promise(witness.heardAll(of: peer), "lines of \(peer.number) are lost: \(witness.transcript)")
            checkAgreement(of: peer)
        }
    }

    private func checkAgreement(of peer: SessionPeer) {
        let expected = witness.lines(since: peer.joinedName).filter { $0.speaker != peer.number }
        promise(peer.lines == expected, "\(peer.number) heard \(peer.lines), the witness \(expected)")
    }

    /// Lets everyone but the witness go, and checks that nothing is left of them.
    func checkNothingIsHeld() {
        for peer in peers { peer.close() }
        for _ in 0..<20 where witness.present.count > 1 || openDescriptors() > descriptorsBefore {
            pass(milliseconds: 100)
            turns(2)
        }
        promise(witness.present.count <= 1, "in the room without a connection: \(witness.present.sorted())")
        promise(openDescriptors() <= descriptorsBefore, "connections are held for who is gone")
    }

    /// Stops the server, and checks that it ends, says goodbye, and that all who stayed heard the same to the end.
    func stop() {
        let staying = honestMembers
        control.stop()
        lobby.run()
        for _ in 0..<60 where !loop.isFinished {
            turns(1)
            pass(milliseconds: 50)
        }
        turns(1)
        promise(loop.isFinished, "the server does not end")
        promise(witness.sawEnd, "a member is not said goodbye to")
        for peer in staying {
            promise(peer.sawEnd, "\(peer.number) is not said goodbye to")
            checkAgreement(of: peer)
        }
    }

    func close() {
        witness.close()
        for peer in peers { peer.close() }
    }
}

/// How many descriptors this process has open, of the few that it can have.
func openDescriptors() -> Int {
    // One call for all: poll(2) says of each that is not open that it is none.
    var asked = (0..<64).map { pollfd(fd: $0, events: 0, revents: 0) }
    promise(poll(&asked, nfds_t(asked.count), 0) >= 0, "descriptors cannot be counted")
    return asked.count { $0.revents & Int16(POLLNVAL) == 0 }
}
