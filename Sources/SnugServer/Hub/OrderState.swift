// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What a server remembers of the order that it shares.
struct OrderState {
    /// Which of the servers this is.
    var node = NodeNumber.alone
    var state = RequestLogState.fine
    /// The place of the last message that was applied.
    var sequence: UInt64 = 0
    var lastTicket: UInt64 = 0
    /// What is under way, and what is to be done about it, by ticket.
    private(set) var waiting: [UInt64: (request: Request, conclusion: Conclusion)] = [:]
    /// The tickets of those who are to be let in.
    private var arrivals: [SessionID: UInt64] = [:]
    /// What has to be said once the order takes something again; no more than there are sessions.
    var owed: [(request: Request, conclusion: Conclusion)] = []
    /// Sessions here that the others hold for gone, and that do not go on yet.
    var held: [SessionID: MemberName] = [:]
    /// The last list that was to be said.
    var operators: [PersonKey] = []
    var isTickUnderWay = false

    /// What was sent under the last ticket is under way.
    mutating func wait(_ request: Request, _ conclusion: Conclusion) {
        waiting[lastTicket] = (request, conclusion)
        if case .arrival(_, as: let session, loop: _, told: _) = conclusion { arrivals[session] = lastTicket }
    }

    mutating func take(_ ticket: UInt64) -> (request: Request, conclusion: Conclusion)? {
        guard let found = waiting.removeValue(forKey: ticket) else { return nil }
        if case .arrival(_, as: let session, loop: _, told: _) = found.conclusion { arrivals[session] = nil }
        return found
    }

    /// In the order in which they were sent.
    mutating func takeAll() -> [(request: Request, conclusion: Conclusion)] {
        defer { (waiting, arrivals) = ([:], [:]) }
        return waiting.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Nobody waits any more for that session to be let in; nil if it is decided already.
    mutating func giveUp(_ session: SessionID) -> Request? {
        guard let ticket = arrivals.removeValue(forKey: session), let request = waiting[ticket]?.request
        else {
            return nil
        }
        waiting[ticket] = (request, .nobody)
        return request
    }
}
