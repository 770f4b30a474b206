// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport
internal import Synchronization

/// The thread that tells a server's figures and whether it is well, over HTTP.
///
/// On a thread of its own, which only looks at what the others count. What waits for members the loops are asked for in
/// a ``Census``, and a loop that does not answer is how a thread that is stuck is known.
///
/// Made, run and let go on one thread.
final class MetricsDesk {
    let events: EventLoop
    let stopper: LoopStopper

    private let source: MetricsSource
    private let report: ServerObserver
    private var door: MetricsDoor?
    private var peers: [MetricsPeer] = []
    private var asked: [(question: Question, peer: MetricsPeer)] = []
    private var census: Round?

    /// Whoever comes when there are so many takes the place of the one that has waited longest without asking.
    static let maximumPeers = 16

    /// For the threads to answer; who has not by then is stuck.
    static let patience = Duration.seconds(2)

    /// How soon it is looked again whether the lobby has made a turn, which nobody tells us of.
    private static let pause = Duration.milliseconds(5)

    /// What can be asked.
    enum Question: Equatable {
        case health
        case metrics(MetricsText)
        case readiness

        init?(_ request: MetricsRequest) {
            switch request.path {
            case "/healthz": self = .health
            case "/metrics": self = .metrics(MetricsText(accepting: request.accept))
            case "/readyz": self = .readiness
            default: return nil
            }
        }
    }

    /// What all threads are asked at one time.
    private struct Round {
        let census: Census
        let lobbyTurns: Int
        var deadline: MonotonicTime
    }

    init(
        _ listener: MetricsDoor.Listener,
        source: MetricsSource,
        report: @escaping ServerObserver,
        clock: @escaping () -> MonotonicTime = { .now }
    ) throws(SystemError) {
        self.source = source
        self.report = report
        stopper = try LoopStopper()
        events = try EventLoop(waker: stopper.waker, clock: clock)
        let door = MetricsDoor(listener, desk: self)
        try door.open()
        self.door = door
    }

    /// Runs until the server stops.
    func run() {
        while !stopper.isStopping { turn() }
        door?.close()
        door = nil
        for peer in peers { peer.close() }
        asked = []
    }

    func turn(mayWait: Bool = true) {
        events.turn(mayWait: mayWait, until: census.map { min($0.deadline, events.now + Self.pause) })
        answer()
    }

    // MARK: Peers

    func receive(_ socket: consuming OwnedDescriptor) {
        if peers.count >= Self.maximumPeers { (peers.first { $0.isAsking } ?? peers.first)?.close() }
        let peer = MetricsPeer(socket, at: self)
        do throws(SystemError) {
            try peer.startWatching()
            peers.append(peer)
        } catch { report(.acceptFailed(error)) }
    }

    func acceptFailed(_ error: SystemError) { report(.acceptFailed(error)) }

    func forget(_ peer: MetricsPeer) {
        peers.removeAll { $0 === peer }
        asked.removeAll { $0.peer === peer }
    }

    // MARK: Answers

    /// Has the peer answered once all threads have been heard.
    func ask(_ question: Question, for peer: MetricsPeer) {
        asked.append((question, peer))
        guard census == nil else { return }
        census = Round(
            census: source.hub.askAboutEveryone(waker: stopper.waker),
            lobbyTurns: source.lobby.turns.load(ordering: .relaxed),
            deadline: events.now + Self.patience
        )
        source.lobby.waker.wake()
    }

    /// One round answers all who have asked by its end: however many ask, a loop is asked once at a time.
    private func answer() {
        guard let census else { return }
        let answers = census.census.answers()
        let isAlive = answers != nil && source.lobby.turns.load(ordering: .relaxed) != census.lobbyTurns
        let now = events.clock()
        guard isAlive || census.deadline <= now else { return }
        // It is looked every few milliseconds: so late it is only if all threads stood still, as on a machine that slept.
        guard isAlive || now < census.deadline + Self.patience else {
            self.census?.deadline = now + Self.patience
            return
        }
        self.census = nil
        let asked = asked
        self.asked = []
        for (question, peer) in asked {
            peer.answer(answer(to: question, isAlive: isAlive, waitingBytes: answers?.waitingBytes))
        }
    }

    private func answer(to question: Question, isAlive: Bool, waitingBytes: Int?) -> MetricsAnswer {
        switch question {
        case .metrics(let text):
            let families = source.families(waitingBytes: waitingBytes, isAlive: isAlive)
            return MetricsAnswer("200 OK", text.render(families), text.mediaType)
        case _ where !isAlive:
            return MetricsAnswer("503 Service Unavailable", "a thread of this server is stuck\n")
        case .health: return MetricsAnswer("200 OK", "ok\n")
        case .readiness:
            let expiry = source.lobby.credentials.context.expiry
            return expiry.map { $0 < .now } ?? false
                ? MetricsAnswer("503 Service Unavailable", "the certificate is over, and clients refuse it\n")
                : MetricsAnswer("200 OK", "ready\n")
        }
    }
}
