// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// Ask, decide, conclude: how a request reaches the chat, and what is done about the answer.
extension HubState {
    /// So many requests of one session may wait for the order before nothing more of it is taken.
    static let maximumUnderWay = 32

    /// Puts a request to the chat, and returns how many bytes whoever asked gets to read for it at once.
    @discardableResult
    mutating func ask(
        _ kind: Request.Kind,
        by session: SessionID = nobody,
        isControl: Bool = false,
        at time: ChatTime,
        then conclusion: Conclusion = .nobody
    ) -> Int {
        let request = Request(kind, by: session, isControl: isControl)
        guard log == nil else {
            now = time
            return append(request, conclusion)
        }
        // By itself, because it happened before whoever asks now was here, or where it is going.
        doWhatIsDue(at: time)
        return conclude(request, decide(request), conclusion)
    }

    /// Does what has come due by `time`, and tells of it.
    mutating func doWhatIsDue(at time: ChatTime) {
        now = time
        guard let due = chat.nextDue, due <= time else { return }
        post(decide(Request(.tick, by: Self.nobody)), askedBy: nil)
    }

    /// Does what is to be done about a request that the chat has decided on, and returns the answer's bytes.
    mutating func conclude(_ request: Request, _ outcome: Outcome, _ conclusion: Conclusion) -> Int {
        switch conclusion {
        case .nobody: post(outcome, askedBy: request.session, ref: request.kind.ref?.text)
        case .arrival(let newcomer, as: let session, let loop, let told):
            let refusal = admit(newcomer.value, as: session, on: loop, outcome)
            told(session, refusal)
        case .control(let process, let told): told(conclude(request.kind, outcome, askedFor: process))
        case .leaving(let session):
            unseat(session)
            post(outcome, askedBy: session)
        case .levelOne(let session, let ref, let isAnswered):
            post(outcome, askedBy: session, ref: ref)
            guard isAnswered else { return 0 }
            return answer(heard(outcome.answer, by: session), to: request.kind, ref: ref, session)
        case .returning(let session, let name): goOn(session, name, outcome)
        case .text(let session, let isAnswered):
            let lines = lineCount
            post(outcome, askedBy: session)
            // Who speaks text is not sent its own.
            deliveryCount &-= lineCount - lines
            // Nobody is told if the person was in that room already, with another session.
            if case .joined = outcome.answer, let who = chat.who(session) {
                follow(who.id, outcome.events.first?.sequence ?? chat.lastSequence + 1)
            }
            if isAnswered { return post(heard(outcome.answer, by: session), to: session) }
        }
        return 0
    }

    /// Who sits here and is not in for the chat is held for cut, which is not its fault.
    func heard(_ refusal: Refusal, by session: SessionID) -> Refusal {
        log != nil && refusal.code == .notEntered && seats[session] != nil ? .outOfTouch : refusal
    }

    private func heard(_ answer: Answer, by session: SessionID) -> Answer {
        guard case .refused(let refusal) = answer else { return answer }
        return .refused(heard(refusal, by: session))
    }

    // MARK: Going

    /// What somebody is logged as who leaves now; nil if it has left, or if the chat has put it out.
    func nameOfLeaving(_ session: SessionID) -> MemberName? {
        guard log != nil else { return chat.who(session)?.name }
        return seats[session]?.isLeaving == false ? chat.heldName(of: session) : nil
    }

    // MARK: Coming

    /// Seats somebody whom the chat has let in, ahead of the event that tells everyone; returns why not, if it has not.
    private mutating func admit(
        _ newcomer: Newcomer,
        as session: SessionID,
        on loop: Int,
        _ outcome: Outcome
    ) -> Refusal? {
        guard case .entered(let entered) = outcome.answer else {
            post(outcome, askedBy: nil)
            if case .refused(let refusal) = outcome.answer { return refusal }
            return nil
        }
        let arrival = HandedOver(Arrival(newcomer, as: session, called: entered.who.name))
        if let login = newcomer.login {
            // What comes after this is seen as it happens.
            let last = (outcome.events.first?.sequence).map { $0 - 1 } ?? chat.lastSequence
            seat(entered, as: session, on: loop, arrival, login, through: last)
            post(outcome, askedBy: session)
            for notice in newcomer.warnings + entered.notices + notStored + notInOrder {
                guard let message = LevelOne.message(for: notice) else { continue }
                _ = post(message, toLevelOne: session)
            }
            return nil
        }
        seat(entered, as: session, on: loop, arrival)
        post(outcome, askedBy: session)
        postName(entered, to: session, after: outcome)
        // Whoever speaks the lesson's protocol is told nothing new while nothing outlasts the process.
        let kept = history.isOnDisk ? kept : []
        for notice in newcomer.warnings + entered.notices + kept + notInOrder { post(notice, to: session) }
        return nil
    }

    // MARK: The server's owner

    private mutating func conclude(
        _ kind: Request.Kind,
        _ outcome: Outcome,
        askedFor process: PeerProcess
    ) -> ChatHub.Moderation {
        let earlier = takeReport()
        post(outcome, askedBy: nil)
        let events = takeReport()
        report = earlier
        if case .refused(let refusal) = outcome.answer { return .refused(refusal) }
        let sentences = events.compactMap { event in
            if case .moderated(let sentence) = event { sentence } else { nil }
        }
        var sentence = sentences.joined(separator: "; ")
        // Who has no key is kept out by the address, and others may have the same one.
        if case .ban = kind, let ban = chat.allSanctions.last.map(ServerMessage.Ban.init) {
            sentence += ": \(ban.what) stays out"
        }
        report.append(.controlled(process, sentence))
        return .done(sentence)
    }
}

extension Refusal {
    /// Nothing was asked of the chat, which several servers have, because this one cannot reach the others.
    static let outOfTouch = Refusal(.outOfTouch)
}

extension Request.Kind {
    /// What a client calls the line, wherever its author's connections are.
    fileprivate var ref: Ref? {
        switch self {
        case .direct(to: _, _, let ref), .say(_, to: _, let ref): ref
        default: nil
        }
    }
}
