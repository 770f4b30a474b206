// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms

/// What a server does that shares its chat's order with others.
extension HubState {
    /// What came of it is known when the order brings the request; until then its conclusion waits here.
    mutating func append(_ request: Request, _ conclusion: Conclusion) -> Int {
        if case .leaving(let session) = conclusion {
            seats[session]?.isLeaving = true
            // Who wants to go does not wait for others.
            if order.state != .fine { unseat(session) }
        }
        let operators = order.operators
        if case .operators(let keys) = request.kind { order.operators = keys }
        payWhatIsOwed()
        let isInTurn = order.state != .gone && order.owed.isEmpty
        switch isInTurn ? send(request, conclusion) : .notNow {
        case .notNow: return lose(request, conclusion)
        case .taken: break
        case .tooLarge:
            order.operators = operators
            return refuse(request, conclusion)
        }
        guard let session = conclusion.talker, seats[session] != nil else { return 0 }
        seats[session]?.underWay += 1
        return 0
    }

    private mutating func send(_ request: Request, _ conclusion: Conclusion) -> RequestLogAnswer {
        guard let log else { return .notNow }
        order.lastTicket += 1
        let answer = log.append(request, ticket: order.lastTicket)
        switch answer {
        case .notNow: break
        case .taken: order.wait(request, conclusion)
        case .tooLarge:
            var what = "a request"
            if case .operators(let keys) = request.kind { what = "a list of \(keys.count) operators" }
            report.append(.orderTakesNo(what))
        }
        return answer
    }

    /// A request that the order does not take now: whoever asked is told so, and what has to be said is said later.
    private mutating func lose(_ request: Request, _ conclusion: Conclusion) -> Int {
        switch request.kind {
        case .end, .operators, .returned: order.owed.append((request, conclusion))
        default: break
        }
        return refuse(request, conclusion)
    }

    /// Tells whoever asked that nothing came of it, and returns the answer's bytes.
    private mutating func refuse(_ request: Request, _ conclusion: Conclusion) -> Int {
        switch conclusion {
        case .nobody, .returning: return 0
        case .arrival(_, as: let session, loop: _, let told): told(session, .outOfTouch)
        case .control(_, let told): told(.refused(.outOfTouch))
        case .leaving(let session): unseat(session)
        case .levelOne(let session, let ref, let isAnswered):
            guard isAnswered else { return 0 }
            return post(
                ServerMessage(.refused(LevelOne.refused(.outOfTouch, at: now)), ref: ref),
                toLevelOne: session
            )
        case .text(let session, let isAnswered):
            return isAnswered ? post(LevelZero.text(for: .outOfTouch, at: now), to: session) : 0
        }
        return 0
    }

    /// Says what could not be said before; all else has to wait for that.
    private mutating func payWhatIsOwed() {
        guard order.state != .gone, !order.owed.isEmpty else { return }
        let owed = order.owed
        for (index, (request, conclusion)) in owed.enumerated() where !isOutOfDate(request) {
            switch send(request, conclusion) {
            case .notNow:
                order.owed.removeFirst(index)
                return
            case .taken: break
            // It would hold up all others for ever.
            case .tooLarge: _ = refuse(request, conclusion)
            }
        }
        order.owed.removeFirst(owed.count)
    }

    private func isOutOfDate(_ request: Request) -> Bool {
        switch request.kind {
        case .operators(let keys): keys != order.operators
        // Whoever is called back and is not here would never be ended by anybody.
        case .returned: seats[request.session]?.isLeaving ?? true
        default: false
        }
    }

    /// Whether a session has as much under way as it may; once it has not any more, its loop is told.
    mutating func mustWait(_ session: SessionID) -> Bool {
        guard log != nil, let underWay = seats[session]?.underWay, underWay >= Self.maximumUnderWay else {
            return false
        }
        seats[session]?.isHeldBack = true
        return true
    }

    private mutating func arrived(_ session: SessionID) {
        guard var seat = seats[session], seat.underWay > 0 else { return }
        seat.underWay -= 1
        if seat.isHeldBack, seat.underWay <= Self.maximumUnderWay / 2 {
            seat.isHeldBack = false
            if !isSealed { mailboxes[seat.loop].post(.goesOn(session)) }
        }
        seats[session] = seat
    }

    // MARK: What the order brings

    /// Decides on one message's requests.
    mutating func apply(_ requests: [Request], tickets: [UInt64]?, at sequence: UInt64, time: ChatTime) {
        order.sequence = sequence
        order.isTickUnderWay = false
        now = time
        for (index, request) in requests.enumerated() {
            var conclusion = Conclusion.nobody
            if let tickets, tickets.indices.contains(index),
                let (_, found) = order.take(tickets[index])
            {
                conclusion = found
                if let session = found.talker { arrived(session) }
            }
            // By itself, as with one server: all servers do so.
            doWhatIsDue(at: time)
            _ = conclude(request, decide(request), conclusion)
            if case .nodeEnded(let node, _) = request.kind, node == order.node { callBackOwn() }
        }
        payWhatIsOwed()
        // What was before this server came is no news, and was told elsewhere.
        if order.node == .alone { forgetNews() }
    }

    private mutating func forgetNews() {
        report = []
        lineCount = 0
        deliveryCount = 0
    }

    /// The others hold this server for gone, which it is not: its sessions go on, but for those that are over.
    private mutating func callBackOwn() {
        guard !isSealed else { return }
        report.append(.orderHadGivenUp)
        for (session, seat) in seats where !seat.isLeaving {
            let name = chat.heldName(of: session)
            order.held[session] = name
            _ = append(Request(.returned, by: session), .returning(session, name))
        }
    }

    /// Puts out whose stay has ended while it was held: it is told why, and of nothing more, its own leaving included.
    mutating func dismissForgotten(by request: Request, _ outcome: Outcome) {
        switch request.kind {
        case .ban, .enter, .kick, .nodeEnded, .tick: break
        // Nothing else ends somebody else's stay.
        default: return
        }
        for (session, name) in order.held where chat.heldName(of: session) == nil {
            guard let seat = seats[session], !seat.isLeaving else { continue }
            let reason = tell(session, seat, name, whatEndsItsStay: outcome)
            if !isSealed { mailboxes[seat.loop].post(.dismissal(of: session, name, reason)) }
            unseat(session)
        }
    }

    private func tell(
        _ session: SessionID,
        _ seat: Seat,
        _ name: MemberName,
        whatEndsItsStay outcome: Outcome
    ) -> EndReason {
        if case .entered(let entered) = outcome.answer, entered.who.name == name { return .replaced }
        guard let event = outcome.events.first, case .room(let room) = event.audience else { return .cut }
        let reason: EndReason
        switch event.kind {
        case .banned: reason = .banned
        case .kicked: reason = .kicked
        default: return .cut
        }
        if let rooms = seat.levelOneRooms {
            if rooms.contains(room) { post(event, in: room, toLevelOne: session) }
        } else if seat.room == room {
            _ = post(LevelZero.frame(for: event), to: session)
        }
        return reason
    }

    /// A session goes on where its person is now, or is put out if its stay was over before it could.
    mutating func goOn(_ session: SessionID, _ name: MemberName?, _ outcome: Outcome) {
        post(outcome, askedBy: session)
        order.held[session] = nil
        if let who = chat.who(session) {
            follow(who.id, chat.lastSequence + 1)
        } else if let seat = seats[session] {
            if !isSealed { mailboxes[seat.loop].post(.dismissal(of: session, name ?? .anonymous, .cut)) }
            unseat(session)
        }
    }

    /// What was taken and will not come: whoever asked is told so.
    mutating func lose(_ tickets: [UInt64]) {
        for ticket in tickets {
            guard let (request, conclusion) = order.take(ticket) else { continue }
            if let session = conclusion.talker { arrived(session) }
            if case .tick = request.kind { order.isTickUnderWay = false }
            _ = lose(request, conclusion)
        }
        payWhatIsOwed()
    }

    /// Asks for what has come due by `time`, once at a time.
    mutating func askForWhatIsDue(at time: ChatTime) {
        guard log != nil else { return doWhatIsDue(at: time) }
        now = time
        guard !order.isTickUnderWay, let due = chat.nextDue, due <= time else { return }
        order.isTickUnderWay = true
        ask(.tick, at: time)
    }

    /// When there is something to do without anybody asking for it.
    var nextDue: ChatTime? { order.isTickUnderWay ? nil : chat.nextDue }

    /// A connection's lobby does not wait any longer for it to be let in; false if it is decided already.
    mutating func giveUp(_ session: SessionID) -> Bool {
        guard let request = order.giveUp(session) else { return false }
        // It comes in, and goes: behind each other, as the order has them.
        _ = append(Self.end(of: request), .nobody)
        return true
    }

    /// What takes back that somebody is to be let in.
    ///
    /// A stay that it goes on with is not over by that.
    private static func end(of arrival: Request) -> Request {
        var reason = EndReason.goodbye
        if case .enter(let entry) = arrival.kind, entry.resume != nil { reason = .cut }
        return Request(.end(reason), by: arrival.session)
    }

    /// Goes on from another server's chat; who is here and not in that one is put out.
    mutating func restore(_ restored: Chat) {
        let names = seats.keys.sorted().map { ($0, chat.heldName(of: $0)) }
        for (request, conclusion) in order.takeAll() {
            if let session = conclusion.talker { arrived(session) }
            // It may still come in, and nobody would be there.
            if case .arrival = conclusion { order.owed.append((Self.end(of: request), .nobody)) }
            _ = lose(request, conclusion)
        }
        replaceChat(with: restored)
        // What the others said meanwhile is in their histories and not in this one.
        let last = history.lastSequence
        if last < restored.lastSequence { history.append(gap: last + 1...restored.lastSequence) }
        for (session, name) in names { goOn(session, name, Outcome()) }
    }

    // MARK: How the order does

    /// What is to be known of the order by who comes.
    var notInOrder: [Notice] { order.state == .slow ? [.orderIsSlow] : [] }

    /// Tells everybody that the order has become slow, or cannot be reached, or is as it should be.
    mutating func orderChanged(to state: RequestLogState) {
        guard order.state != state else { return }
        order.state = state
        switch state {
        case .fine:
            // One that was asked for meanwhile was not taken.
            order.isTickUnderWay = false
            report.append(.orderIsBack)
            tellAll(.orderIsBack)
            payWhatIsOwed()
        case .slow:
            report.append(.orderIsSlow)
            tellAll(.orderIsSlow)
        case .gone:
            report.append(.orderIsGone)
            tellAll(.orderIsGone)
        }
        guard state != .fine else { return }
        for (session, seat) in seats where seat.isLeaving { unseat(session) }
    }

    /// Tells everybody here something about this server.
    mutating func tellAll(_ notice: Notice) {
        let text = FrameEncoder.frame(cutting: LevelZero.text(for: notice))
        let message = LevelOne.message(for: notice).map { LevelOne.frames($0) } ?? []
        for (session, seat) in seats { _ = post(seat.levelOneRooms == nil ? text : message, to: session) }
    }
}
