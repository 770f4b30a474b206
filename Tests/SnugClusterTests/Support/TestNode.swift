// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import SnugServer
import SnugSystem
import TestSupport

@testable import SnugCluster

/// A node with a chat and nobody to serve: what the log brings is applied, and kept.
final class TestNode: RequestLogReader {
    struct Seen: Sendable {
        var chat: Chat
        var node: NodeNumber?
        var answers: [UInt64: Answer] = [:]
        var sequences: [UInt64] = []
        var lines: [String] = []
        var states: [RequestLogState] = []
        var others: [String] = []
        /// Sentences.
        var odd: [String] = []
        var digests: [UInt64: Bytes32] = [:]
        var fault: RequestLogFault?
        var restored = 0
        var ended: [NodeNumber] = []
        var lost: [UInt64] = []
        /// The order's, at each message and in each line.
        var times: [ChatTime] = []
        var lineTimes: [ChatTime] = []
    }

    let seen: Lock<Seen>
    let log: JetStreamLog
    private let ticket = Lock<UInt64>(0)
    private let counter = Lock<UInt64>(0)

    /// One that takes part.
    convenience init(
        _ settings: BusSettings,
        limits: ChatLimits = ChatLimits(),
        agreed: [String] = ["--max-rooms 200"],
        clockAhead milliseconds: Int64 = 0
    ) throws {
        let log = try JetStreamLog(settings, agreed: agreed) {
            let now = OrderClock.Reading.now
            return OrderClock.Reading(wall: now.wall + milliseconds, running: now.running)
        }
        self.init(of: log, limits: limits)
        try log.start(self)
    }

    /// One that is brought what a test reads.
    init(of log: JetStreamLog, limits: ChatLimits = ChatLimits()) {
        seen = Lock(Seen(chat: Chat(limits: limits)))
        self.log = log
    }

    var chat: Chat { seen.withLock { $0.chat } }
    var hash: Bytes32? { stateDigest(of: chat.snapshot.coded) }

    func restore(_ chat: Chat) {
        seen.withLock {
            $0.chat = chat
            $0.restored += 1
        }
    }

    func begin(as node: NodeNumber) { seen.withLock { $0.node = node } }

    func apply(_ requests: [Request], tickets: [UInt64]?, at sequence: UInt64, time: ChatTime) {
        seen.withLock { seen in
            seen.sequences.append(sequence)
            for (index, request) in requests.enumerated() {
                if case .nodeEnded(let node, _) = request.kind { seen.ended.append(node) }
                let outcome = seen.chat.apply(request, at: sequence, time: time)
                seen.lines += outcome.events.map { "\($0.sequence) \($0.who?.name.text ?? "-") \($0.kind)" }
                seen.lineTimes += outcome.events.map(\.time)
                if let tickets { seen.answers[tickets[index]] = outcome.answer }
            }
        }
    }

    func lose(_ tickets: [UInt64]) { seen.withLock { $0.lost += tickets } }

    func noteOther(_ node: NodeNumber, _ change: NodeChange) {
        seen.withLock { $0.others.append("\(node) \(change)") }
    }
    func noteTime(_ time: ChatTime) { seen.withLock { $0.times.append(time) } }
    func noteOdd(_ sentence: String) { seen.withLock { $0.odd.append(sentence) } }
    func noteState(at sequence: UInt64, _ digest: Bytes32) { seen.withLock { $0.digests[sequence] = digest } }
    func logFailed(_ fault: RequestLogFault) { seen.withLock { $0.fault = fault } }
    func logChanged(to state: RequestLogState) { seen.withLock { $0.states.append(state) } }

    /// Asks, and waits for the answer.
    @discardableResult
    func ask(_ kind: Request.Kind, by session: SessionID) throws -> Answer {
        let ticket = put(kind, by: session)
        guard let ticket else { throw TestClient.TimedOut(description: "the log does not take it") }
        return try answer(ticket)
    }

    /// Asks, and does not wait; nil if the log does not take it.
    func put(_ kind: Request.Kind, by session: SessionID) -> UInt64? {
        let ticket = ticket.withLock {
            $0 += 1
            return $0
        }
        return log.append(Request(kind, by: session), ticket: ticket) == .taken ? ticket : nil
    }

    func answer(_ ticket: UInt64) throws -> Answer {
        var answer: Answer?
        try eventually("the answer of \(ticket)") {
            answer = seen.withLock { $0.answers[ticket] }
            return answer != nil
        }
        return answer ?? .done
    }

    /// Lets somebody in.
    func enter(_ name: String) throws -> (SessionID, Entered) {
        let node = seen.withLock { $0.node } ?? .alone
        let number = counter.withLock {
            $0 += 1
            return $0
        }
        guard let session = SessionID(node, counter: number) else {
            throw TestClient.TimedOut(description: "an id")
        }
        var entry = Entry(NameRequest(name), fallbackName: "anon", level: .typed)
        entry.newToken = Bytes32(
            Array(repeating: UInt8(node.rawValue), count: 24)
                + (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        )
        .map { TokenDigest($0) }
        guard case .entered(let entered) = try ask(.enter(entry), by: session) else {
            throw TestClient.TimedOut(description: "\(name) is not let in")
        }
        return (session, entered)
    }

    func say(_ text: String, _ session: SessionID) -> UInt64? {
        ChatLine(text).flatMap { put(.say(Speech($0), to: nil, ref: nil), by: session) }
    }

    /// What was said, in the order in which it came.
    var said: [String] { seen.withLock { $0.lines.filter { $0.contains("said") } } }
}
#endif
