// SPDX-License-Identifier: Apache-2.0

package import SnugRooms
package import SnugServer
internal import SnugSystem

/// What every order of requests promises, whoever gives it; tried with several threads for each server.
package enum OrderPromise: String, CaseIterable, Sendable {
    case allServersAreBroughtEverythingOnceInOneOrder
    case eachSpeakersRequestsComeInItsOwnOrder
    case whoAskedIsAnsweredOnceAndNobodyElseIs
    case refusalsAreAnsweredAsSuch
    case timeAndNumbersNeverGoBackAndAreTheSameOnAllServers
    case equalPlacesInTheOrderAreEqualChats

    /// Has people of all servers ask for much at once, and returns in what the order does not keep its promise.
    package func faults(with servers: [any OrderedServer]) throws -> [String] {
        let story = try OrderStory(servers)
        return switch self {
        case .allServersAreBroughtEverythingOnceInOneOrder: story.faultsOfOrder
        case .eachSpeakersRequestsComeInItsOwnOrder: story.faultsOfSpeakers
        case .whoAskedIsAnsweredOnceAndNobodyElseIs: story.faultsOfAnswers
        case .refusalsAreAnsweredAsSuch: story.faultsOfRefusals
        case .timeAndNumbersNeverGoBackAndAreTheSameOnAllServers: story.faultsOfTime
        case .equalPlacesInTheOrderAreEqualChats: story.faultsOfChats
        }
    }
}

/// A server with a chat that an order brings requests to.
package protocol OrderedServer: AnyObject, Sendable {
    var number: NodeNumber { get }
    var chat: Chat { get }
    /// Everything that was brought, in its order.
    var brought: [BroughtRequest] { get }

    /// False if the order does not take it.
    func append(_ request: Request, ticket: UInt64) -> Bool
}

/// A request that an order has brought, and what came of it.
package struct BroughtRequest: Equatable, Sendable {
    package let request: Request
    package let outcome: Outcome
    /// The chat's last number behind it.
    package let last: UInt64
    /// Nil for another server's.
    package let ticket: UInt64?

    package init(request: Request, outcome: Outcome, last: UInt64, ticket: UInt64?) {
        self.request = request
        self.outcome = outcome
        self.last = last
        self.ticket = ticket
    }
}

/// What was asked for at all servers, and what came of it at each.
private struct OrderStory {
    struct Speaker: Sendable {
        let server: any OrderedServer
        let session: SessionID
        let requests: [Request]
        let firstTicket: UInt64

        var tickets: Range<UInt64> { firstTicket..<firstTicket + UInt64(requests.count) }
    }

    let speakers: [Speaker]
    let servers: [(server: any OrderedServer, brought: [BroughtRequest])]

    init(_ servers: [any OrderedServer]) throws {
        let speakers = servers.flatMap { server in
            (1...2).compactMap { Speaker(at: server, number: $0) }
        }
        let refused = Lock(0)
        let threads = try speakers.map { speaker in
            try RunningThread(name: "speaker") {
                for (request, ticket) in zip(speaker.requests, speaker.tickets)
                where !speaker.server.append(request, ticket: ticket) {
                    refused.withLock { $0 += 1 }
                }
            }
        }
        for thread in threads { thread.join() }
        let sessions = Set(speakers.map(\.session))
        let count = speakers.reduce(0) { $0 + $1.requests.count } - refused.withLock { $0 }
        func ofStory(_ server: any OrderedServer) -> [BroughtRequest] {
            server.brought.filter { sessions.contains($0.request.session) }
        }
        let deadline = MonotonicTime.now + .seconds(120)
        while !servers.allSatisfy({ ofStory($0).count >= count }) {
            guard MonotonicTime.now < deadline else { break }
            Polling.pause(.milliseconds(10))
        }
        self.speakers = speakers
        self.servers = servers.map { ($0, ofStory($0)) }
    }

    var faultsOfOrder: [String] {
        let first = servers.first?.brought.map(\.request) ?? []
        let count = speakers.reduce(0) { $0 + $1.requests.count }
        return servers.flatMap { server, brought in
            [
                brought.count == count ? nil : "\(brought.count) of \(count) came to \(server.number)",
                brought.map(\.request) == first ? nil : "another order at \(server.number)",
            ].compactMap(\.self)
        }
    }

    var faultsOfSpeakers: [String] {
        servers.flatMap { server, brought in
            speakers.compactMap { speaker in
                brought.map(\.request).filter { $0.session == speaker.session } == speaker.requests
                    ? nil : "\(server.number) has not heard \(speaker.session.rawValue) as it spoke"
            }
        }
    }

    var faultsOfAnswers: [String] {
        servers.compactMap { server, brought in
            let own = speakers.filter { $0.server === server }.flatMap(\.tickets)
            let answered = brought.compactMap(\.ticket)
            return answered.sorted() == own.sorted() ? nil : "\(server.number) was told of \(answered)"
        }
    }

    var faultsOfRefusals: [String] {
        servers.flatMap { server, brought in
            brought.compactMap { brought in
                let isRefused = if case .refused = brought.outcome.answer { true } else { false }
                // Everybody is in main already.
                let isToBe = if case .join = brought.request.kind { true } else { false }
                return isRefused == isToBe
                    ? nil : "\(server.number): \(brought.request) -> \(brought.outcome)"
            }
        }
    }

    var faultsOfTime: [String] {
        func numbers(_ brought: [BroughtRequest]) -> [[Int64]] {
            brought.flatMap(\.outcome.events).map { [Int64($0.sequence), $0.time.milliseconds] }
        }
        let first = numbers(servers.first?.brought ?? [])
        let rise = zip(first, first.dropFirst()).allSatisfy { $0[0] < $1[0] && $0[1] <= $1[1] }
        return (rise && !first.isEmpty ? [] : ["\(first)"])
            + servers.compactMap { server, brought in
                numbers(brought) == first ? nil : "other times or numbers at \(server.number)"
            }
    }

    var faultsOfChats: [String] {
        let states = servers.map { ($0.server.number, $0.server.chat.snapshot.coded) }
        let others = states.filter { $0.1 != states.first?.1 }.map { "another chat at \($0.0)" }
        let lasts = Set(servers.map { $0.brought.map(\.last) })
        return others + (lasts.count == 1 ? [] : ["the chats had other numbers on their way"])
    }
}

extension OrderStory.Speaker {
    /// Comes in, talks, asks for what is refused, and goes.
    init?(at server: any OrderedServer, number: UInt64) {
        guard let session = SessionID(server.number, counter: 1_000 + number), let line = ChatLine("hello")
        else {
            return nil
        }
        let entry = Entry(NameRequest("bob"), fallbackName: "anon-1", level: .typed)
        var kinds = [Request.Kind.enter(entry)]
        for turn in 0..<60 {
            kinds.append(turn % 10 == 7 ? .join(.main) : .say(Speech(line), to: nil, ref: Ref("\(turn)")))
        }
        self.server = server
        self.session = session
        requests = (kinds + [.end(.goodbye)]).map { Request($0, by: session) }
        firstTicket = 1_000 * number
    }
}

/// A server that a ``RequestLog`` brings requests to, with a chat and nobody to serve.
package final class OrderedReader: RequestLogReader, OrderedServer {
    private struct State {
        var chat = Chat()
        var number = NodeNumber.alone
        var brought: [BroughtRequest] = []
        var lost: [UInt64] = []
    }

    private let log: any RequestLog
    private let state = Lock(State())

    /// Begins to be brought what `log` holds.
    package init(_ log: any RequestLog) throws(RequestLogFault) {
        self.log = log
        try log.start(self)
    }

    package var number: NodeNumber { state.withLock { $0.number } }
    package var chat: Chat { state.withLock { $0.chat } }
    package var brought: [BroughtRequest] { state.withLock { $0.brought } }
    /// The tickets of requests that were lost.
    package var lost: [UInt64] { state.withLock { $0.lost } }

    package func append(_ request: Request, ticket: UInt64) -> Bool {
        log.append(request, ticket: ticket) == .taken
    }

    package func restore(_ chat: Chat) { state.withLock { $0.chat = chat } }
    package func begin(as node: NodeNumber) { state.withLock { $0.number = node } }
    package func lose(_ tickets: [UInt64]) { state.withLock { $0.lost += tickets } }
    package func noteOther(_ node: NodeNumber, _ change: NodeChange) {}
    package func noteTime(_ time: ChatTime) {}
    package func noteOdd(_ sentence: String) {}
    package func noteState(at sequence: UInt64, _ digest: Bytes32) {}
    package func logFailed(_ fault: RequestLogFault) {}
    package func logChanged(to state: RequestLogState) {}

    package func apply(_ requests: [Request], tickets: [UInt64]?, at sequence: UInt64, time: ChatTime) {
        state.withLock { state in
            for (index, request) in requests.enumerated() {
                let outcome = state.chat.apply(request, at: sequence, time: time)
                let ticket = tickets.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                let last = state.chat.lastSequence
                state.brought.append(
                    BroughtRequest(request: request, outcome: outcome, last: last, ticket: ticket)
                )
            }
        }
    }
}
