// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTransport

/// A server over TLS whose peers send and are sent frames; what they mean is up to its ``FrameRules``.
///
/// Everything happens on the thread that calls ``run()``. What peers can take up is bounded by ``ServiceLimits``: none
/// can make it wait, and one that does not read loses its place, not the others theirs.
public final class FrameService {
    /// Where it accepts; with port 0 asked for, with the port that the kernel chose.
    public let address: SocketAddress

    /// Lets ``run()`` return once everyone has been said goodbye to, or two seconds have passed; for any thread.
    public let stopper: LoopStopper

    let events: EventLoop
    let limits: ServiceLimits
    let buffers = IOBuffers()
    let rules: any FrameRules
    private var door: ServiceDoor?
    private var sessions: Set<FramePeer> = []
    /// Those whose handshake is not complete, the oldest first; some may have entered or left meanwhile.
    private var strangers: [PeerSession] = []
    private var strangerCount = 0
    /// Whom something was sent to, or who leaves, in this turn.
    private var unsettled: [PeerSession] = []

    /// For everyone to take their goodbyes when the service stops.
    private static let drainTime = Duration.milliseconds(1_800)

    /// Binds and listens; nobody is accepted before ``run()``.
    ///
    /// - Parameters:
    ///   - address: port 0 lets the kernel choose one.
    ///   - context: the certificate and key; see ``ServerFiles``.
    public convenience init(
        on address: SocketAddress,
        context: TLSContext,
        limits: ServiceLimits = ServiceLimits(),
        rules: some FrameRules
    ) throws(SystemError) {
        try self.init(on: address, context: context, limits: limits, rules: rules, clock: { .now })
    }

    /// One with a clock that a test turns itself.
    init(
        on address: SocketAddress,
        context: TLSContext,
        limits: ServiceLimits,
        rules: some FrameRules,
        clock: @escaping () -> MonotonicTime
    ) throws(SystemError) {
        let listener = try ListeningSocket(address: address)
        self.address = listener.address
        self.limits = limits
        self.rules = rules
        stopper = try LoopStopper()
        events = try EventLoop(waker: stopper.waker, clock: clock)
        door = ServiceDoor(listener, context, of: self)
    }

    /// Takes over a connection of any kind, such as one over a transport of your own.
    ///
    /// Before ``run()``, or on its thread.
    ///
    /// - Parameter name: what to call it where others have an address.
    public func adopt(_ connection: any Connection, from name: String) {
        guard !stopper.isStopping else { return connection.close() }
        let session = PeerSession(connection, from: name, in: self)
        do throws(SystemError) {
            try session.startWatching()
        } catch {
            connection.close()
            return rules.turnedAway(name, because: .failed(.system(error)))
        }
        sessions.insert(FramePeer(session: session))
        strangers.append(session)
        strangerCount += 1
        if strangerCount > limits.strangers { strangers.first { $0.isStranger }?.leave(.noRoom) }
        if strangers.count > 2 * limits.strangers + 64 { strangers.removeAll { !$0.isStranger } }
    }

    /// Serves until ``stopper`` is told to; what was sent by then is delivered.
    public func run() throws(SystemError) {
        try door?.open()
        while !stopper.isStopping { turn() }
        door?.shut()
        door = nil
        for peer in sessions { peer.session.leave(.stopped) }
        let end = MonotonicTime.now + Self.drainTime
        while !sessions.isEmpty, MonotonicTime.now < end { turn(until: end) }
        for peer in sessions { peer.session.close() }
    }

    func turn(mayWait: Bool = true, until deadline: MonotonicTime? = nil) {
        events.turn(mayWait: mayWait && unsettled.isEmpty, until: deadline)
        settle()
    }

    // MARK: What sessions tell

    /// Returns whether there is a place for it.
    func enter(_ session: PeerSession) -> Bool {
        strangerCount -= 1
        return sessions.count - strangerCount <= limits.peers
    }

    func forget(_ session: PeerSession, wasStranger: Bool) {
        if wasStranger { strangerCount -= 1 }
        sessions.remove(FramePeer(session: session))
    }

    func settleLater(_ session: PeerSession) { unsettled.append(session) }

    /// Lets go of those who leave before anything is sent: the rules may tell the others of it.
    private func settle() {
        while !unsettled.isEmpty {
            let now = unsettled
            unsettled = []
            for session in now { session.tellOfDeparture() }
            for session in now { session.deliver() }
        }
    }
}
