// SPDX-License-Identifier: Apache-2.0

package import SnugRooms

/// An order of requests that several servers share: each of them applies all of it to a chat of its own.
package protocol RequestLog: AnyObject, Sendable {
    /// Below 2^53 and the same for all servers of one order: clients, and files of history, know by it that sequence
    /// numbers go on from what they have.
    var epoch: UInt64 { get }

    /// Where clients find the other servers that are there now, each as `host:port`; any thread may ask, and nobody
    /// waits.
    var otherAddresses: [String] { get }

    /// Begins to bring what the log holds, all on one thread of the log's own, and returns once this server has its
    /// number and its chat is where the others' are.
    ///
    /// Called once, before any door is open.
    func start(_ reader: any RequestLogReader) throws(RequestLogFault)

    /// Puts a request behind all others.
    ///
    /// Called by any thread, mostly under the hub's lock: it waits for nothing, and calls nobody back before it returns.
    ///
    /// - Parameter ticket: comes back with the request, or by ``RequestLogReader/lose(_:)``; each is given once.
    /// - Returns: whether it is taken. What was taken comes back some time, in the order in which it was given, or is
    ///   lost, unless this server ends first.
    func append(_ request: Request, ticket: UInt64) -> RequestLogAnswer

    /// Publishes what was taken, says goodbye for this server and ends the threads, in a bounded time; a second time
    /// does nothing.
    ///
    /// Nothing more is brought once it has returned.
    func stop()
}

/// What a log of requests brings, to whoever has the chat: all on one thread, in one order.
///
/// What is called may wait for the chat's lock, and for nothing else.
package protocol RequestLogReader: AnyObject, Sendable {
    /// The chat at the end of the last message that was applied, for a snapshot.
    var chat: Chat { get }

    /// Goes on from another server's chat; only before anything else was applied, or, if what lies between is not kept
    /// any more, in the place of it.
    ///
    /// What this server had under way is answered as lost.
    func restore(_ chat: Chat)

    /// This server's sessions have this number from now on: before its first own request.
    ///
    /// What is brought before it is no news: it counts and is logged nowhere.
    func begin(as node: NodeNumber)

    /// The requests of one message, in their order.
    ///
    /// - Parameters:
    ///   - tickets: those of the requests, if they are this server's own; as many as requests.
    ///   - sequence: the message's place in the log.
    ///   - time: the order's time: the same for all servers, and never less than before.
    func apply(_ requests: [Request], tickets: [UInt64]?, at sequence: UInt64, time: ChatTime)

    /// This server's requests with these tickets were taken, and will not come: whoever asked is told so.
    func lose(_ tickets: [UInt64])

    /// Another server has come, or is gone; its sessions end by a request of their own (``Request/Kind/nodeEnded``), for
    /// `goodbye` if it has said that, and for `cut` if not.
    func noteOther(_ node: NodeNumber, _ change: NodeChange)

    /// The order's time has come to this, whether anybody has asked for anything or not.
    func noteTime(_ time: ChatTime)

    /// Something about the log, or about this server in it, that somebody should look after, in a sentence.
    func noteOdd(_ sentence: String)

    /// What all that follows from the log is like behind one of its messages: the same on all servers.
    func noteState(at sequence: UInt64, _ digest: Bytes32)

    /// The order cannot be followed any more: this server has to end.
    func logFailed(_ fault: RequestLogFault)

    /// How the log does; said once for each change.
    func logChanged(to state: RequestLogState)
}

/// What a log says to a request.
package enum RequestLogAnswer: Equatable, Sendable {
    case taken
    /// Too much is under way, or the log cannot be reached.
    case notNow
    /// It will never be taken.
    case tooLarge
}

/// How a log does.
package enum RequestLogState: Equatable, Sendable {
    /// What is appended comes back soon.
    case fine
    /// Nothing of what was appended has come back for 2 s or longer.
    case slow
    /// It cannot be reached: nothing more is taken until it can.
    case gone
}

/// What has become of another server of the same order.
package enum NodeChange: Equatable, Sendable {
    /// With its public address, if it has one.
    case came(address: String?)
    /// It was not heard of for too long, or has said goodbye.
    case gone(hasSaidGoodbye: Bool)
}

/// Why a server cannot take part in an order: one sentence and what to do about it, as the program says them.
public struct RequestLogFault: Error, Equatable, Sendable {
    /// One lower-case sentence without a full stop.
    public let sentence: String

    /// What to do about it.
    public let hint: String

    /// What kind of fault it is.
    public let kind: Kind

    /// What a program's exit code tells.
    public enum Kind: Equatable, Sendable {
        /// Something is to be set otherwise.
        case configuration
        /// It goes on if it is started again.
        case passing
        /// Whoever has the order does not let this server in, or cannot be trusted.
        case refused
        /// Nobody answers.
        case unreachable
    }

    /// A fault that the program is to say like this.
    package init(_ sentence: String, hint: String, kind: Kind) {
        self.sentence = sentence
        self.hint = hint
        self.kind = kind
    }
}
