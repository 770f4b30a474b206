// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms
internal import SnugServer
internal import SnugSystem

/// What a node has taken from its people and has not got back from the log.
///
/// What comes while one message is on its way is the next message, all together: so a busy log carries few and large ones.
struct Outgoing {
    /// A message that is to be published until it is confirmed.
    struct Message {
        let counter: UInt64
        let bytes: [UInt8]
    }

    private struct Batch {
        var coded: [UInt8] = []
        var tickets: [UInt64] = []
    }

    private struct UnderWay {
        let since: MonotonicTime
        let tickets: [UInt64]
        let byteCount: Int
    }

    private let sender: UInt64
    private let limits: Limits
    private var batches: [Batch] = []
    private var contents: [ClusterMessage.Content] = []
    private var underWay: [UInt64: UnderWay] = [:]
    private var lastCounter: UInt64 = 0
    private var byteCount = 0
    private var requestCount = 0

    /// Bounds of what waits, published or not.
    struct Limits {
        var bytes = 8_388_608
        var requests = 65_536
        /// Of one message; a bus takes a megabyte, if nobody has changed that.
        var messageBytes = 262_144
    }

    init(sender: UInt64, limits: Limits = Limits()) {
        self.sender = sender
        self.limits = limits
    }

    /// Puts a request behind the others, unless too much is under way, or it is too large for a message.
    mutating func append(_ request: Request, _ ticket: UInt64) -> RequestLogAnswer {
        guard requestCount < limits.requests, byteCount < limits.bytes else { return .notNow }
        let coded = request.coded
        let most = limits.messageBytes - Self.headBytes
        guard coded.count <= most else { return .tooLarge }
        if batches.last.map({ $0.coded.count + coded.count > most }) ?? true { batches.append(Batch()) }
        batches[batches.count - 1].coded += coded
        batches[batches.count - 1].tickets.append(ticket)
        byteCount += coded.count
        requestCount += 1
        return .taken
    }

    /// Of what comes ahead of the requests, at most: five bytes, a tag, and four numbers.
    private static let headBytes = 48

    /// Has the node say something of its own, ahead of requests.
    mutating func append(_ content: ClusterMessage.Content) { contents.append(content) }

    /// The next message, which says that it is this time, and is under way from now on; nil if nothing waits.
    mutating func take(at now: MonotonicTime, saying time: Int64) -> Message? {
        if !contents.isEmpty { return take(contents.removeFirst(), at: now, saying: time) }
        guard !batches.isEmpty else { return nil }
        let batch = batches.removeFirst()
        let counter = nextCounter()
        underWay[counter] = UnderWay(since: now, tickets: batch.tickets, byteCount: batch.coded.count)
        let bytes = ClusterMessage.requests(
            batch.tickets.count,
            batch.coded,
            sender: sender,
            counter: counter,
            time: time
        )
        return Message(counter: counter, bytes: bytes)
    }

    /// The same, of something that waits for nothing else.
    mutating func take(
        _ content: ClusterMessage.Content,
        at now: MonotonicTime,
        saying time: Int64
    ) -> Message {
        let counter = nextCounter()
        let message = ClusterMessage(sender: sender, counter: counter, time: time, content: content)
        underWay[counter] = UnderWay(since: now, tickets: [], byteCount: 0)
        return Message(counter: counter, bytes: message.coded)
    }

    private mutating func nextCounter() -> UInt64 {
        lastCounter += 1
        return lastCounter
    }

    /// The log has brought a message back; returns the tickets of its requests, and of those that are lost.
    ///
    /// A message before it that has not come back never will: they are published in their order.
    mutating func takeTickets(of counter: UInt64) -> (own: [UInt64], lost: [UInt64]) {
        let lost = underWay.keys.filter { $0 < counter }.sorted().flatMap { forget($0) }
        return (forget(counter), lost)
    }

    private mutating func forget(_ counter: UInt64) -> [UInt64] {
        guard let message = underWay.removeValue(forKey: counter) else { return [] }
        byteCount -= message.byteCount
        requestCount -= message.tickets.count
        return message.tickets
    }

    /// When the oldest message went that has not come back.
    var oldest: MonotonicTime? { underWay.values.lazy.map(\.since).min() }

    /// How many requests have not come back.
    var count: Int { requestCount }
}
#endif
