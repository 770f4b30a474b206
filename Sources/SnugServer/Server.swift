// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
public import SnugTransport

/// A running chat server: a lobby thread, room threads, and a room they share.
///
/// Any thread may call its methods.
public final class Server: Sendable {
    /// Where encrypted connections are accepted.
    public let tlsAddress: SocketAddress

    /// Where unencrypted connections are accepted, if anywhere.
    public let plainAddress: SocketAddress?

    private let control: LobbyControl
    private let threads: [RunningThread]
    private let report: ServerObserver

    /// Binds, starts the threads and reports the addresses; connections are accepted from then on.
    ///
    /// - Parameters:
    ///   - context: the server's certificate and key.
    ///   - verifier: nil for a room that anyone may enter.
    ///   - report: called on the server's threads; it must not wait.
    public init(
        _ configuration: ServerConfiguration,
        context: TLSContext,
        passphrase verifier: PassphraseVerifier?,
        report: @escaping ServerObserver
    ) throws(ServerStartError) {
        try configuration.validate()
        let tlsListener = try Self.listen(on: configuration.tlsAddress, configuration.limits)
        tlsAddress = tlsListener.address
        self.report = report
        let plainListener: ListeningSocket?
        if let address = configuration.plainAddress {
            let listener = try Self.listen(on: address, configuration.limits)
            plainAddress = listener.address
            plainListener = consume listener
        } else {
            plainAddress = nil
            plainListener = nil
        }
        do throws(SystemError) {
            control = try LobbyControl(context: context, passphrase: verifier)
            var mailboxes: [RoomMailbox] = []
            for _ in 0..<max(1, configuration.loops) { mailboxes.append(try RoomMailbox()) }
            let hub = RoomHub(mailboxes: mailboxes, maximumMembers: configuration.limits.members)
            let lobby = try Lobby(
                configuration: configuration,
                hub: hub,
                control: control,
                report: report
            )
            try lobby.open(tlsListener, encrypted: true)
            if let plainListener { try lobby.open(plainListener, encrypted: false) }
            threads = try Self.start(lobby, configuration, hub, mailboxes, report)
        } catch {
            throw .system(error)
        }
        report(.accepting(tlsAddress, encrypted: true))
        if let plainAddress { report(.accepting(plainAddress, encrypted: false)) }
        if verifier == nil, !tlsAddress.isLoopback { report(.openToAnyone(tlsAddress)) }
    }

    /// Uses another certificate and key for new connections; those that exist keep theirs.
    ///
    /// - Parameter verifier: another passphrase for new connections; nil if it stays as it is.
    public func reload(_ context: TLSContext, passphrase verifier: PassphraseVerifier? = nil) {
        let hadPassphrase = control.credentials.verifier != nil
        control.replace(context, verifier)
        report(.reloaded(passphrase: verifier != nil ? .reread : hadPassphrase ? .kept : nil))
    }

    /// Begins to stop: no new connections, everything accepted is delivered, close_notify to all.
    public func stop() {
        report(.draining)
        control.stop()
    }

    /// Waits, after ``stop()``, until everyone has been said goodbye to.
    ///
    /// That takes no longer than ``ServerLimits/drainTimeout``, and a processor's time. For one thread at a time.
    ///
    /// - Returns: false if `deadline` came first.
    @discardableResult
    public func waitUntilStopped(until deadline: MonotonicTime? = nil) -> Bool {
        guard threads.allSatisfy({ $0.join(until: deadline) }) else { return false }
        report(.stopped)
        return true
    }

    private static func listen(
        on address: SocketAddress,
        _ limits: ServerLimits
    ) throws(ServerStartError) -> ListeningSocket {
        do throws(SystemError) {
            // The kernel must not give up on a member before the limit that was set for it.
            let patience = max(SocketChannel.silenceLimit, limits.writeTimeout)
            return try ListeningSocket(address: address, stuckTimeout: patience)
        } catch {
            throw error.isAddressInUse ? .addressInUse(address) : .cannotListen(address, error)
        }
    }

    private static func start(
        _ lobby: Lobby,
        _ configuration: ServerConfiguration,
        _ hub: RoomHub,
        _ mailboxes: [RoomMailbox],
        _ report: @escaping ServerObserver
    ) throws(SystemError) -> [RunningThread] {
        var loops: [RoomLoop] = []
        for mailbox in mailboxes {
            loops.append(
                try RoomLoop(configuration: configuration, hub: hub, mailbox: mailbox, report: report)
            )
        }
        let lobby = HandedOver(lobby)
        // Where processors are short, handshakes of strangers wait for the members and not the other way round.
        var threads = [try RunningThread(name: "snug-lobby", niceness: 19) { lobby.value.run() }]
        for (number, loop) in loops.enumerated() {
            let loop = HandedOver(loop)
            threads.append(try RunningThread(name: "snug-room-\(number)") { loop.value.run() })
        }
        return threads
    }
}

/// Why a server cannot start.
public enum ServerStartError: Error, Equatable, Sendable, CustomStringConvertible {
    case addressInUse(SocketAddress)
    case cannotListen(SocketAddress, SystemError)
    case plainNotOnLoopback(SocketAddress)
    case system(SystemError)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .addressInUse(let address): "another program already listens on \(address)"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .plainNotOnLoopback(let address):
            "the plain port is for loopback addresses only, and \(address) is none"
        case .system(let error): "cannot start: \(error)"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .addressInUse: "stop the other program, or choose another port; port 0 takes a free one"
        case .cannotListen: "choose an address of this machine with --host"
        case .plainNotOnLoopback: "leave --plain-port out: unencrypted chat must not leave this machine"
        case .system(let error): error.shortageHint
        }
    }
}
