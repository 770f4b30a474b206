// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// The thread that answers the server's owner at the control socket.
///
/// On a thread of its own, so that it costs no member anything, and so that it is there while strangers flood the lobby: that
/// is when an operator wants to ban somebody. What members' loops have to say about them, they are asked in a ``Census``.
///
/// Made, run and let go on one thread.
final class ControlDesk {
    let events: EventLoop
    let hub: ChatHub
    let report: ServerObserver
    /// What every peer is told first.
    let hello: ServerMessage

    let box: ControlBox
    /// What everybody who enters is told of the server.
    let warnings: [Notice]
    private let reloading: Reloading?
    private let strangerCount: @Sendable () -> Int
    private let start: MonotonicTime
    private var door: ControlDoor?
    private var peers: [UInt64: ControlPeer] = [:]
    private var lastPeer: UInt64 = 0
    /// Who waits for a census, the first being under way.
    private var questions: [Question] = []

    /// More wait in the kernel's queue until one of these has gone.
    static let maximumPeers = 16

    /// For the loops to answer; then what has been answered is enough.
    private static let censusPatience = Duration.seconds(2)

    private struct Question {
        let peer: ControlPeer
        /// Whom it is about; nil for everybody together.
        let sessions: [SessionID]?
        var census: Census?
        var seated: [ChatHub.Seated] = []
        var deadline = MonotonicTime.never
    }

    init(
        _ socket: consuming UnixListeningSocket,
        hub: ChatHub,
        hello: ServerMessage,
        strangerCount: @escaping @Sendable () -> Int,
        warnings: [Notice] = [],
        reloading: Reloading?,
        report: @escaping ServerObserver,
        clock: @escaping () -> MonotonicTime = { .now }
    ) throws(SystemError) {
        self.hub = hub
        self.hello = hello
        self.strangerCount = strangerCount
        self.warnings = warnings
        self.reloading = reloading
        self.report = report
        start = clock()
        box = try ControlBox()
        events = try EventLoop(waker: box.stopper.waker, clock: clock)
        let door = ControlDoor(socket, desk: self)
        try door.open()
        self.door = door
    }

    /// Runs until the server stops.
    func run() {
        while !box.stopper.isStopping { turn() }
        door?.close()
        door = nil
        for peer in peers.values { peer.close() }
        questions = []
    }

    func turn(mayWait: Bool = true) {
        events.turn(mayWait: mayWait, until: questions.first?.deadline)
        for (number, outcome) in box.take() { peers[number]?.answer(outcome) }
        answerQuestions()
    }

    // MARK: Peers

    var hasRoom: Bool { peers.count < Self.maximumPeers }

    func receive(_ socket: consuming OwnedDescriptor) {
        do throws(SystemError) {
            let process = try PeerProcess(peerOf: socket.number)
            lastPeer += 1
            let peer = ControlPeer(lastPeer, process, socket, in: self)
            try peer.startWatching()
            peers[lastPeer] = peer
            guard process.isTrusted else {
                report(.controlRefused(process))
                return peer.turnAway()
            }
        } catch {
            report(.acceptFailed(error))
        }
    }

    func forget(_ peer: ControlPeer) {
        peers[peer.number] = nil
        questions.removeAll { $0.peer === peer && $0.census == nil }
        door?.resume()
    }

    // MARK: What takes a while

    /// Does what a hang-up signal does, and has the peer told what came of it.
    ///
    /// - Returns: false if this server has nothing to read again.
    func reload(for peer: ControlPeer) -> Bool {
        guard let reloading else { return false }
        let (number, box) = (peer.number, box)
        reloading { outcome in box.post(.reload(outcome), for: number) }
        return true
    }

    /// Has the peer told about these sessions, or about everybody, once the loops have answered.
    func ask(about sessions: [SessionID]?, for peer: ControlPeer) {
        questions.append(Question(peer: peer, sessions: sessions))
    }

    /// One at a time, so that however many ask, a loop answers once a turn.
    private func answerQuestions() {
        while !questions.isEmpty {
            if questions[0].census == nil { begin(&questions[0]) }
            let question = questions[0]
            let isDue = question.deadline <= events.clock()
            guard let answers = question.census?.answers(evenParts: isDue) else { return }
            questions.removeFirst()
            question.peer.take(message(question, answers, isWhole: answers.missing == 0))
        }
    }

    private func begin(_ question: inout Question) {
        if let sessions = question.sessions {
            question.seated = hub.seated(sessions)
            question.census = hub.ask(about: question.seated, waker: box.stopper.waker)
        } else {
            question.census = hub.askAboutEveryone(waker: box.stopper.waker)
        }
        question.deadline = events.clock() + Self.censusPatience
    }

    private func message(
        _ question: Question,
        _ answers: Census.Answers,
        isWhole: Bool
    ) -> ServerMessage.Control {
        guard question.sessions != nil else {
            return .stats(stats(waiting: isWhole ? answers.waitingBytes : nil))
        }
        // Who is not at its loop yet, or no more, is on its way.
        let sessions = question.seated.compactMap { seated in
            answers.members[seated.id].map { ServerMessage.Session(seated, $0) }
        }
        return .sessions(ServerMessage.Sessions(sessions))
    }

    private func stats(waiting: Int?) -> ServerMessage.Stats {
        let figures = hub.figures
        return ServerMessage.Stats(
            seconds: UInt64(clamping: start.duration(to: events.clock()).components.seconds),
            people: UInt64(clamping: figures.people),
            sessions: UInt64(clamping: figures.sessions),
            strangers: UInt64(clamping: strangerCount()),
            rooms: UInt64(clamping: figures.rooms),
            lines: figures.lines,
            waiting: waiting.map { UInt64(clamping: $0) }
        )
    }
}

/// What other threads may tell the control socket's.
final class ControlBox: Sendable {
    let stopper: LoopStopper
    private let outcomes = Lock<[(UInt64, Outcome)]>([])

    /// What a peer waits for.
    enum Outcome {
        /// Nil if it is let in.
        case admission(Refusal?)
        case moderation(ChatHub.Moderation)
        case reload(ReloadOutcome)
    }

    init() throws(SystemError) { stopper = try LoopStopper() }

    func post(_ outcome: Outcome, for peer: UInt64) {
        outcomes.withLock { $0.append((peer, outcome)) }
        stopper.waker.wake()
    }

    func take() -> [(UInt64, Outcome)] {
        outcomes.withLock { outcomes in
            defer { outcomes = [] }
            return outcomes
        }
    }
}

/// Has a server's files read again, and calls back with what came of it; must not wait.
public typealias Reloading = @Sendable (@escaping @Sendable (ReloadOutcome) -> Void) -> Void

/// What came of reading a server's files again, in a sentence.
public enum ReloadOutcome: Equatable, Sendable {
    /// The old ones stay in use.
    case failed(String)
    /// The new ones are in use.
    case reloaded(String)
}
