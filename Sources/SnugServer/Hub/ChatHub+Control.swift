// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What the server's owner decides and may know.
extension ChatHub {
    /// Lets those with these keys moderate from now on, and nobody else but who comes through the control socket.
    ///
    /// - Returns: what the log has of it.
    @discardableResult
    func setOperators(_ keys: [PersonKey]) -> [ServerEvent] {
        var events = withState { state in
            state.ask(.operators(keys), at: clock())
            return state.takeReport()
        }
        let isLeftOut = events.contains { if case .orderTakesNo = $0 { true } else { false } }
        if !isLeftOut { events.append(.operatorsRead(count: keys.count)) }
        notifyAll()
        for event in events { report(event) }
        return events
    }

    /// What became of something that the server's owner wanted done to somebody.
    enum Moderation {
        /// With what the log has of it.
        case done(String)
        case refused(Refusal)
        /// The server stops: nobody would be told any more.
        case tooLate
    }

    /// Kicks, mutes or bans somebody, or takes that back, and logs which process wanted it.
    ///
    /// - Parameter told: called once, before this returns unless the order of several servers has to bring it first. It
    ///   must wait for nothing.
    func moderate(
        _ kind: Request.Kind,
        for process: PeerProcess,
        told: @escaping @Sendable (Moderation) -> Void
    ) {
        let events = withState { state -> [ServerEvent] in
            guard !state.isSealed else {
                told(.tooLate)
                return []
            }
            state.ask(kind, isControl: true, at: clock(), then: .control(process, told: told))
            return state.takeReport()
        }
        notifyAll()
        for event in events { report(event) }
    }

    /// All rooms, private ones too, in the order in which they were opened.
    var allRooms: [RoomSummary] { state.withLock { $0.chat.allRooms } }

    /// All bans and mutes, in the order of their numbers.
    var allSanctions: [Sanction] { state.withLock { $0.chat.allSanctions } }

    /// Everybody's connections, in no order.
    var allSessions: [SessionID] { state.withLock { Array($0.seats.keys) } }

    /// How much there is of everything.
    struct Figures {
        let people: Int
        let sessions: Int
        let rooms: Int
        let lines: UInt64
        let deliveries: UInt64
    }

    var figures: Figures {
        state.withLock { state in
            Figures(
                people: state.chat.peopleCount,
                sessions: state.seats.count,
                rooms: state.chat.roomCount,
                lines: state.lineCount,
                deliveries: state.deliveryCount
            )
        }
    }

    // MARK: Asking the loops

    /// A connection, as the chat knows it.
    struct Seated {
        let id: SessionID
        let loop: Int
        let who: Who
        let rooms: [RoomName]
    }

    /// Those of the sessions that are still here, in the same order.
    func seated(_ sessions: some Sequence<SessionID>) -> [Seated] {
        state.withLock { state in
            sessions.compactMap { id in
                guard let seat = state.seats[id], let who = state.chat.who(id) else { return nil }
                return Seated(id: id, loop: seat.loop, who: who, rooms: state.chat.roomNames(of: id))
            }
        }
    }

    /// Has the loops say what they know of these sessions.
    func ask(about seated: [Seated], waker: LoopWaker) -> Census {
        ask(Set(seated.map(\.loop)), .sessions(seated.map(\.id)), waker)
    }

    /// Has the loops say what waits for everybody together.
    func askAboutEveryone(waker: LoopWaker) -> Census { ask(ofEveryLoop: .everyone, waker: waker) }

    /// Has every loop answer.
    func ask(ofEveryLoop subject: Census.Subject, waker: LoopWaker) -> Census {
        ask(Set(mailboxes.indices), subject, waker)
    }

    private func ask(_ loops: Set<Int>, _ subject: Census.Subject, _ waker: LoopWaker) -> Census {
        let census = Census(of: subject, loops: loops.count, waker: waker)
        for loop in loops {
            mailboxes[loop].post(.census(census))
            mailboxes[loop].notify()
        }
        return census
    }
}
