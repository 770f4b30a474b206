// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugSystem
public import SnugTransport

/// One client's stay at level 1, over as many connections as its task has patience for.
///
/// One thread, one wait for socket and output together.
public final class LevelOneSession {
    private let configuration: ClientConfiguration
    private let passphrase: Secret?
    private let buffers = IOBuffers()
    private var state: LevelOneState
    var delay = ReconnectDelay()
    /// The connection to begin with, if it is made already.
    private var opened: OpenedConnection?
    private var hasEntered = false
    private var servers = OtherServers()
    private var random = SystemRandomNumberGenerator()
    /// Whether another server than the one that was asked for was none of the same chat.
    private var wasMisled = false
    /// How long the server said to stay away.
    private var askedPause: UInt64?

    /// Prepares to connect; ``run(_:)`` does.
    ///
    /// - Parameter opened: a connection to begin with.
    public init(
        _ configuration: ClientConfiguration,
        over opened: consuming OpenedConnection? = nil,
        passphrase: consuming Passphrase?,
        state: LevelOneState
    ) {
        self.opened = opened
        self.configuration = configuration
        self.passphrase = Secret(passphrase)
        self.state = state
    }

    /// A passphrase for as many connections as there are.
    private final class Secret {
        let passphrase: Passphrase

        init?(_ passphrase: consuming Passphrase?) {
            guard let passphrase else { return nil }
            self.passphrase = passphrase
        }
    }

    /// Connects, and comes back as often as the task has patience, until it has quit or something is final.
    public func run(_ task: some LevelOneTask) throws(ClientError) {
        while !state.isOver {
            do throws(ClientError) { try stay(task) } catch {
                state.lose()
                if state.isOver { break }
                let pause = try self.pause(after: error, task)
                task.comeBack(after: error, in: pause)
                try rest(until: .now + pause, task)
                // Who does not want to wait is not to wait the longer for it the next time.
                if task.isInHurry { delay.reset() }
            }
        }
        try task.finish()
    }

    /// Our own lines that were sent and not confirmed when ``run(_:)`` ended: they may have been said.
    public var doubtfulLines: DoubtfulLines { DoubtfulLines(state.unansweredLines(sent: true)) }

    /// Our own lines that were not sent when ``run(_:)`` ended.
    public var unsentLines: [String] { state.unansweredLines(sent: false) }

    /// Whether all that was said is confirmed.
    var isAnswered: Bool { state.isAnswered }

    // MARK: Coming back

    /// How long to wait; throws if there is no coming back.
    private func pause(after error: ClientError, _ task: some LevelOneTask) throws(ClientError) -> Duration {
        guard error.mayPass(onceEntered: hasEntered) || wasMisled else { throw error }
        wasMisled = false
        servers.next()
        let pause = delay.take(
            asked: askedPause,
            growingTo: task.patience.longestPause,
            chance: .random(in: 0...1)
        )
        askedPause = nil
        switch task.patience {
        case .once: throw error
        case .always: guard hasEntered else { throw error }
        case .until(let deadline):
            guard .now + pause < deadline else {
                throw state.hasDoubtfulLines ? .notConfirmed(wasSent: true) : error
            }
        }
        return pause
    }

    private func rest(until end: MonotonicTime, _ task: some LevelOneTask) throws(ClientError) {
        // A reader that is stuck would only be cut off again.
        while !state.isOver, !end.hasCome && !task.isInHurry || task.isFull {
            _ = try wait(for: Polling.Entry(nil, for: .readable), task, until: end.hasCome ? .never : end)
        }
    }

    /// Waits for a descriptor, and for what a task has beside it; returns what the descriptor is ready for.
    private func wait(
        for descriptor: Polling.Entry,
        _ task: some LevelOneTask,
        until deadline: MonotonicTime
    ) throws(ClientError) -> Readiness {
        var entries = [descriptor] + task.watched
        Polling.wait(for: &entries, until: min(deadline, task.deadline))
        try task.proceed(entries.dropFirst().map(\.readiness), &state)
        return entries[0].readiness
    }

    // MARK: One connection

    private func stay(_ task: some LevelOneTask) throws(ClientError) {
        var configuration = configuration
        configuration.dialled = servers.dialled
        guard let opened = try connect(configuration, task) else { return }
        let link = try LevelOneLink(opened, configuration, buffers)
        defer { link.close() }
        do throws(ClientError) { try stay(over: link, task) } catch {
            // Who does not come back leaves nobody to be waited for.
            if !error.mayPass(onceEntered: true) { link.sayGoodbye(quits: state.phase == .present) }
            throw error
        }
        link.sayGoodbye(quits: false)
    }

    /// A connection whose server is verified; nil if nobody wants it any more.
    private func connect(
        _ configuration: ClientConfiguration,
        _ task: some LevelOneTask
    ) throws(ClientError) -> OpenedConnection? {
        if let opened = opened.take() { return opened }
        let attempt = try ConnectionAttempt(configuration)
        while !state.isOver {
            do throws(ClientError) { if let opened = try attempt.take() { return opened } } catch {
                // Nothing was said yet, and the server that was asked for may be there.
                if !error.mayPass(onceEntered: true) { wasMisled = servers.forgetCurrent() }
                throw error
            }
            var until = MonotonicTime.never
            if case .until(let deadline) = task.patience {
                guard !deadline.hasCome else { throw .notConfirmed(wasSent: state.hasDoubtfulLines) }
                until = deadline
            }
            _ = try wait(for: Polling.Entry(attempt.descriptor, for: .readable), task, until: until)
        }
        return nil
    }

    private func stay(over link: LevelOneLink, _ task: some LevelOneTask) throws(ClientError) {
        state.begin()
        var leavesBy = MonotonicTime.never
        while true {
            try takeMessages(from: link, task)
            if state.isOver { return }
            try send(over: link)
            if state.phase == .leaving, leavesBy == .never { leavesBy = .now + configuration.leaveTimeout }
            if leavesBy.hasCome {
                state.lose()
                return
            }
            try link.checkEnd(isGreeted: state.phase != .greeting)
            try wait(for: link, task, until: leavesBy)
        }
    }

    private func takeMessages(from link: LevelOneLink, _ task: some LevelOneTask) throws(ClientError) {
        while !state.isOver, !task.isFull, let message = try link.next(state.phase) {
            let news: [LevelOneNews]
            do throws(LevelOneFault) { news = try state.take(message) } catch {
                throw .protocolBroken("\(error)")
            }
            // On a plain connection whoever is on the way could send us anywhere, and the passphrase with us.
            if case .hello(let hello) = message.kind, case .tls = configuration.security {
                servers.learn(hello.nodes, using: &random)
            }
            if case .entered = message.kind {
                hasEntered = true
                delay.reset()
            }
            for item in news {
                try task.take(item, &state)
                if case .bye(let reason, let after) = item { try end(reason, after) }
            }
        }
    }

    /// The server ends the connection.
    private func end(_ reason: Code<ByeReason>, _ after: UInt64?) throws(ClientError) {
        guard state.phase != .leaving else { return state.lose() }
        // Who could not answer a ping because of a stuck reader comes back by that reader's going on.
        guard after != nil || reason.known == .idle else { throw .dismissed(reason: reason.word) }
        // Others are there at once.
        askedPause = reason.known == .stopping && !servers.isEmpty ? nil : after
        throw .endedByServer
    }

    private func send(over link: LevelOneLink) throws(ClientError) {
        for outgoing in state.takeOutgoing() {
            switch outgoing {
            case .message(let message):
                // From here on the server's answer is padded as it likes, and so are our lines.
                if case .enter = message.kind { link.paddingMultiple = configuration.paddingMultiple }
                try link.queue(message)
            case .passphrase:
                guard let passphrase else { throw .wrongPassphrase(weSentOne: false) }
                try link.send(passphrase.passphrase, until: .now + configuration.silenceTimeout)
            }
        }
        link.flush()
    }

    private func wait(
        for link: LevelOneLink,
        _ task: some LevelOneTask,
        until leavesBy: MonotonicTime
    ) throws(ClientError) {
        var until = min(leavesBy, link.silenceLimit(isGreeted: state.phase != .greeting))
        if case .until(let deadline) = task.patience, state.phase != .leaving {
            guard !deadline.hasCome else { throw .notConfirmed(wasSent: state.hasDoubtfulLines) }
            until = min(until, deadline)
        }
        let isFull = task.isFull
        let isReady = link.isReady && !isFull
        let readiness = try wait(
            for: link.entry(reads: !isFull),
            task,
            until: isReady ? .start : isFull ? leavesBy : until
        )
        if isFull {
            link.noteNotRead()
        } else if isReady || !readiness.isDisjoint(with: [.readable, .hungUp]) {
            link.receive()
        }
    }
}

extension ClientError {
    /// Whether the same may go well a moment later.
    ///
    /// - Parameter onceEntered: whether this server has let us in before: then what looks like a wrong port is a server
    ///   that stops or starts.
    func mayPass(onceEntered: Bool) -> Bool {
        switch self {
        case .connectionLost, .endedByServer, .serverVanished, .transportFailed(.truncated), .turnedAway,
            .unreachable:
            true
        case .controlSocket(_, .system(let error)): !error.isNotPermitted
        case .handshakeCut, .handshakeTimedOut, .hostUnknown, .levelOneMissing: onceEntered
        default: false
        }
    }
}
