// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal
internal import SnugTransport

/// Somebody who chats at level 1: what the server tells is shown, and what is typed is said.
///
/// Knows when to do something; what is shown and what typed lines mean is `Conversation`'s to say, and how the server is
/// told is `LevelOneState`'s.
final class ConversationTask: LevelOneTask {
    let patience = Patience.always
    private(set) var isInHurry = false

    private let input: Int32
    private let open: () throws(SystemError) -> any ChatInterface
    /// Nil until one was let in: whoever is refused keeps the terminal as it was.
    private(set) var interface: (any ChatInterface)?
    /// So that closing the window is a goodbye, and the name is free at once.
    private var stopRequests: StopRequests?
    private var conversation: Conversation
    private let describeConnection: (ServerMessage.Hello?) -> [String]
    private var hello: ServerMessage.Hello?

    /// What our asking to be let into rooms is known by, until we are.
    private var joins: Set<String> = []
    private var nextAttempt: MonotonicTime?
    /// When what is not confirmed is not waited for any more; nil as long as nobody wants out.
    private var leavesBy: MonotonicTime?
    /// Whether the user ended the chat by `/quit`.
    private(set) var hasQuit = false

    /// For lines that were typed just before the end.
    private static let confirmationTimeout = Duration.seconds(2)

    /// Chats over what `open` gives, which is called once one is in.
    ///
    /// - Parameters:
    ///   - input: the descriptor that keys are read from.
    ///   - describeConnection: how the connection is protected, and what the server keeps, a line each.
    init(
        _ options: ConversationOptions,
        input: Int32,
        describeConnection: @escaping (ServerMessage.Hello?) -> [String],
        open: @escaping () throws(SystemError) -> any ChatInterface
    ) {
        conversation = Conversation(options)
        self.input = input
        self.describeConnection = describeConnection
        self.open = open
    }

    // MARK: What is waited for

    var isFull: Bool { interface?.isFull == true }

    /// What is waited for, in the order of ``watched``.
    private enum Source: Int, CaseIterable {
        case keys, signals, output, stopRequests

        /// Whether it has something, by what a wait has found.
        func isReady(_ readiness: [Readiness]) -> Bool {
            readiness.indices.contains(rawValue) && !readiness[rawValue].isEmpty
        }
    }

    var watched: [Polling.Entry] { Source.allCases.map(entry) }

    private func entry(for source: Source) -> Polling.Entry {
        switch source {
        case .keys: Polling.Entry(interface == nil || leavesBy != nil ? nil : input, for: .readable)
        case .output: Polling.Entry(interface?.output, for: .writable)
        case .signals: Polling.Entry(interface?.signals, for: .readable)
        case .stopRequests: Polling.Entry(stopRequests?.descriptor, for: .readable)
        }
    }

    var deadline: MonotonicTime {
        guard let interface else { return .never }
        // While a connection is waited for, the seconds are counted down.
        let tick = nextAttempt.map { $0.hasCome ? MonotonicTime.never : min($0, .now + .seconds(1)) }
        return min(min(interface.deadline, conversation.deadline), min(tick ?? .never, leavesBy ?? .never))
    }

    // MARK: What the server says

    func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError) {
        // Nobody who was never let in has a screen to be told on.
        if case .refused(let refused, ref: nil) = news, interface == nil { throw ClientError(refused) }
        if case .message(let message) = news { try note(message) }
        let effects = conversation.take(news, at: .now)
        // A line that is confirmed is never to be seen twice.
        try refresh()
        try perform(effects)
        if case .message(let message) = news { lookBack(after: message, &state) }
    }

    private func note(_ message: ServerMessage) throws(ClientError) {
        switch message.kind {
        case .hello(let hello): self.hello = hello
        case .entered:
            nextAttempt = nil
            conversation.noteAttempt(inSeconds: nil)
            guard interface == nil else { return }
            do throws(SystemError) {
                interface = try open()
                stopRequests = try StopRequests()
            } catch { throw .inputFailed(error) }
        default: break
        }
    }

    /// Whoever joins a room asks for what was said there: only on entering the chat that is told unasked.
    private func lookBack(after message: ServerMessage, _ state: inout LevelOneState) {
        guard let ref = message.ref, case .event(let event) = message.kind, case .joined = event.kind,
            joins.remove(ref) != nil
        else { return }
        let lines = LevelOneState.Manner.person.history
        let question = conversation.lookBack(in: event.room, lines: lines)
        state.ask(question.kind, ref: question.ref)
    }

    func comeBack(after error: ClientError, in pause: Duration) {
        isInHurry = false
        joins = []
        nextAttempt = .now + pause
        try? perform(conversation.lost(error.reasonOfLoss, at: .now))
        try? refresh()
    }

    // MARK: What the user does

    func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError) {
        guard let interface else { return }
        do throws(SystemError) {
            if Source.signals.isReady(readiness) { try interface.takeSignal() }
            try interface.proceed()
        } catch { throw .outputFailed(error) }
        if Source.stopRequests.isReady(readiness) {
            stopRequests?.take()
            state.quit()
        }
        if Source.keys.isReady(readiness) { try read(from: interface, &state) }
        try perform(conversation.proceed(at: .now))
        leaveOnceConfirmed(&state)
        try refresh()
    }

    private func read(
        from interface: any ChatInterface,
        _ state: inout LevelOneState
    ) throws(ClientError) {
        let actions: [UserAction]
        // Only now: much more is told than is typed.
        interface.setVocabulary(conversation.vocabulary)
        do throws(SystemError) {
            actions = try interface.take(try Polling.read(input, atMost: 4_096))
        } catch { throw .inputFailed(error) }
        conversation.noteKey(at: .now)
        for action in actions where leavesBy == nil {
            switch action {
            case .endOfInput: leavesBy = .now + Self.confirmationTimeout
            case .hurry: isInHurry = nextAttempt != nil
            case .leave: state.quit()
            case .line(let text):
                isInHurry = nextAttempt != nil
                try perform(conversation.typed(text, at: .now), &state)
            case .room(let number): try perform(conversation.switchRoom(number: number, at: .now))
            }
        }
    }

    private func perform(
        _ acts: [Conversation.Act],
        _ state: inout LevelOneState
    ) throws(ClientError) {
        for act in acts {
            switch act {
            case .ask(let message): state.ask(message.kind, ref: message.ref)
            case .clear: try clear()
            case .join(let room, let ref):
                if state.ask(.join(room: room), ref: ref) != nil { joins.insert(ref) }
            case .leave(let room, let ref): state.ask(.leave(room: room), ref: ref)
            case .nick(let name, let ref): state.ask(.nick(name: name), ref: ref)
            case .quit:
                hasQuit = true
                leavesBy = .now + Self.confirmationTimeout
            case .say(let line): try say(line, &state)
            case .show(let text): try perform([.show(text)])
            case .showTLS:
                for line in describeConnection(hello) { try perform(conversation.remark(line, at: .now)) }
            }
        }
    }

    private func say(_ line: OwnLine, _ state: inout LevelOneState) throws(ClientError) {
        let ref: String?
        switch line.target {
        case .person(let name): ref = state.say(line.text, to: name)
        case .room(let room): ref = state.say(line.text, in: room, isAction: line.isAction)
        }
        if let ref { return conversation.noteSent(line, ref: ref) }
        let words =
            "not said, since \(LevelOneState.maximumUnanswered) lines wait for the server: \(line.text)"
        try perform(conversation.remark(words, at: .now))
    }

    /// Whoever wants out leaves when what was said has arrived; what cannot arrive is not waited for.
    private func leaveOnceConfirmed(_ state: inout LevelOneState) {
        guard let leavesBy else { return }
        guard state.isAnswered || nextAttempt != nil || leavesBy.hasCome else { return }
        state.quit()
        // A deadline that stays in the past would spin.
        self.leavesBy = .never
    }

    // MARK: The screen

    private func perform(_ effects: [Conversation.Effect]) throws(ClientError) {
        do throws(SystemError) {
            for effect in effects {
                switch effect {
                case .bell: try interface?.ring()
                case .notify(let text): try interface?.notify(text)
                case .show(let text): try interface?.show(text)
                }
            }
        } catch { throw .outputFailed(error) }
    }

    private func clear() throws(ClientError) {
        do throws(SystemError) { try interface?.clear() } catch { throw .outputFailed(error) }
    }

    private func refresh() throws(ClientError) {
        guard let interface else { return }
        if let nextAttempt {
            let rest = MonotonicTime.now.duration(to: nextAttempt).components
            conversation.noteAttempt(inSeconds: nextAttempt.hasCome ? 0 : Int(rest.seconds) + 1)
        }
        do throws(SystemError) {
            try interface.setLive(conversation.liveRows)
            try interface.setPrompt(conversation.prompt)
        } catch { throw .outputFailed(error) }
    }

    func finish() throws(ClientError) {
        do throws(SystemError) { try interface?.finish() } catch { throw .outputFailed(error) }
    }
}

extension ClientError {
    /// Why a connection was lost, in a sentence that says so already; at this level nothing is missing because of it.
    fileprivate var reasonOfLoss: String {
        switch self {
        case .connectionLost(let error): error.reason
        case .transportFailed(.truncated): "it was cut"
        default: description
        }
    }
}
