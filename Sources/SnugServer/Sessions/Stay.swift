// SPDX-License-Identifier: Apache-2.0

/// How far a member's stay has come.
enum Stay: Equatable {
    case active
    /// No more input is taken; what came before is still said.
    case ending(ServerEvent.Departure, LastLines)
    /// Out of the room, with its last messages still to be sent: all up to a position of the backlog, which is known
    /// once the notice of the leaving is there.
    case left(until: Int?)
    /// Everything is sent, our goodbye included, and the peer's is waited for.
    case lingering
    case closed

    /// How much is still said of what a member sent before its stay ended.
    enum LastLines: Equatable {
        /// All of it, at its rate: the peer has only ended its input, as a filter does, and still listens.
        case all
        /// So many lines or commands, at once.
        case few(Int)

        /// What was on its way is still said; hours of lines are not.
        static let atMost = LastLines.few(10)
    }

    /// Whether what the member sent is still taken.
    var isProcessing: Bool {
        switch self {
        case .active, .ending: true
        case .left, .lingering, .closed: false
        }
    }

    /// Whether everything was sent that the member should get.
    var isOver: Bool {
        switch self {
        case .lingering, .closed: true
        case .active, .ending, .left: false
        }
    }

    /// The end of what the member should still get; nil as long as it is not known.
    var lastPosition: Int? {
        if case .left(let position) = self { position } else { nil }
    }

    /// Whether only a few last lines are still said.
    var isLimitedToFew: Bool {
        if case .ending(_, .few) = self { true } else { false }
    }

    /// Whether nothing may be said any more, and all that is left to do is to leave.
    var isExhausted: Bool {
        if case .ending(_, .few(0)) = self { true } else { false }
    }

    /// Ends the member's input; who still listens may turn out to be gone, but nobody gets more lines than before.
    mutating func end(_ departure: ServerEvent.Departure, saying lines: LastLines) {
        switch self {
        case .active: self = .ending(departure, lines)
        case .ending(let earlier, .all): self = .ending(earlier, lines)
        case .ending, .left, .lingering, .closed: break
        }
    }

    /// One of the last lines or commands is being taken.
    mutating func countFrame() {
        if case .ending(let departure, .few(let remaining)) = self {
            self = .ending(departure, .few(max(0, remaining - 1)))
        }
    }
}

/// What is known of a peer's end of the connection.
enum Reach {
    case open
    /// The peer has ended its input, whether or not all of that is read: there is no FIN to be watched for any more.
    case halfClosed
    /// The peer cannot be reached any more: nothing is made for it and nothing is sent to it.
    case lost
}
