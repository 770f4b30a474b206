// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms

/// Which nodes there are, as all of them know it: the same messages in the same order make the same directory.
///
/// It has no clock but the log's. While nobody could put anything into that, no time passes: after an outage of the bus
/// nobody is taken for gone because another one was heard of first.
struct NodeDirectory: Equatable, Sendable {
    struct Node: Equatable, Sendable {
        let number: NodeNumber
        let sender: UInt64
        let profile: NodeProfile
        fileprivate(set) var lastCounter: UInt64
        /// On the directory's clock.
        fileprivate(set) var lastHeard: Int64
        /// Whether it was not heard of for too long, and has not come back.
        fileprivate(set) var isAway = false
    }

    /// What has to be done about a message.
    enum Effect: Equatable {
        case came(NodeNumber, address: String?)
        /// The state as it is now is to be kept.
        case checkpoint
        case gone(NodeNumber, hasSaidGoodbye: Bool)
        case requests([Request])
        /// The message was not for us, or not in order.
        case skipped(String)
        /// The message is of a sender that does not take part.
        case stranger(ClusterMessage)
        /// What a sender has of the log, and of the state that was last to be kept.
        case told(UInt64, log: Checkpoint, state: Checkpoint?)
    }

    /// In rising order of their numbers.
    private(set) var nodes: [Node] = []
    private var lastNumber: UInt64 = 0
    /// Milliseconds in which the log was in use.
    private(set) var clock: Int64 = 0
    /// The order's time behind the last message, by what the nodes say; nil as long as none has said it.
    ///
    /// It does not go back, whatever they say.
    private(set) var time: ChatTime?
    /// The message behind which the state was last to be kept; 0 for none.
    private(set) var checkpoint: UInt64 = 0
    /// How much came since.
    private(set) var sinceCheckpoint: UInt64 = 0

    /// Without a message for so long, a node is taken for gone.
    static let silence: Int64 = 5_000
    /// As much time passes at most from one message to the next: each node sends one every second.
    static let longestPause: Int64 = 1_000
    /// A node that stays away for so long is forgotten.
    static let longestAbsence: Int64 = 3_600_000
    static let mostNodes = 256

    subscript(sender: UInt64) -> Node? { nodes.first { $0.sender == sender } }

    /// Those that were heard of.
    var present: [Node] { nodes.filter { !$0.isAway } }

    /// Those of which anybody may propose that they are gone.
    var silent: [NodeNumber] {
        nodes.filter { !$0.isAway && clock - $0.lastHeard >= Self.silence }.map(\.number)
    }

    /// Takes a message of the log.
    mutating func apply(_ message: ClusterMessage, at sequence: UInt64) -> [Effect] {
        nodes.removeAll { $0.isAway && clock - $0.lastHeard > Self.longestAbsence }
        guard let index = nodes.firstIndex(where: { $0.sender == message.sender }) else {
            guard case .hello(let profile) = message.content else { return [.stranger(message)] }
            passTime(to: message.time)
            return add(profile, message)
        }
        guard message.counter > nodes[index].lastCounter else {
            return [.skipped("a message that came twice")]
        }
        passTime(to: message.time)
        nodes[index].lastCounter = message.counter
        nodes[index].lastHeard = clock
        let number = nodes[index].number
        var effects: [Effect] = []
        if nodes[index].isAway {
            nodes[index].isAway = false
            effects.append(.came(number, address: nodes[index].profile.address))
        }
        return effects + take(message, from: number, at: sequence)
    }

    private mutating func passTime(to milliseconds: Int64) {
        // Who does not know what time it is says 0.
        guard milliseconds > (time?.milliseconds ?? 0) else { return }
        if let time { clock += min(milliseconds - time.milliseconds, Self.longestPause) }
        time = ChatTime(milliseconds: milliseconds)
    }

    private mutating func add(_ profile: NodeProfile, _ message: ClusterMessage) -> [Effect] {
        guard nodes.count < Self.mostNodes, let number = NodeNumber(lastNumber + 1) else {
            return [.skipped("a server more than there may be")]
        }
        lastNumber += 1
        var effects: [Effect] = []
        // It was started again, and its predecessor is gone; or two have one address, and the later one has it.
        if let address = profile.address {
            for other in nodes where other.profile.address == address {
                nodes.removeAll { $0.sender == other.sender }
                if !other.isAway { effects.append(.gone(other.number, hasSaidGoodbye: false)) }
            }
        }
        nodes.append(
            Node(
                number: number,
                sender: message.sender,
                profile: profile,
                lastCounter: message.counter,
                lastHeard: clock
            )
        )
        return effects + [.came(number, address: profile.address)]
    }

    private mutating func take(
        _ message: ClusterMessage,
        from node: NodeNumber,
        at sequence: UInt64
    ) -> [Effect] {
        sinceCheckpoint += 1
        switch message.content {
        case .checkpoint(let replaced):
            guard replaced == checkpoint else { return [] }
            (checkpoint, sinceCheckpoint) = (sequence, 0)
            return [.checkpoint]
        case .goodbye:
            nodes.removeAll { $0.number == node }
            return [.gone(node, hasSaidGoodbye: true)]
        case .gone(let number):
            guard silent.contains(number), let index = nodes.firstIndex(where: { $0.number == number }) else {
                return []
            }
            nodes[index].isAway = true
            return [.gone(number, hasSaidGoodbye: false)]
        case .heartbeat(let log, let state): return [.told(message.sender, log: log, state: state)]
        case .hello: return [.skipped("a server that takes part already")]
        case .requests(let requests):
            sinceCheckpoint += UInt64(requests.count)
            // 0 is nobody's session: what nobody asks for.
            guard requests.allSatisfy({ $0.session.rawValue == 0 || $0.session.node == node }) else {
                return [.skipped("requests of another server's sessions")]
            }
            return [.requests(requests)]
        }
    }
}

// MARK: Bytes

extension NodeDirectory: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(nodes)
        bytes.put(lastNumber)
        bytes.put(UInt64(clock))
        bytes.put(time?.milliseconds)
        bytes.put(checkpoint)
        bytes.put(sinceCheckpoint)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        nodes = try bytes.value()
        lastNumber = try bytes.number(below: UInt64(NodeNumber.bound))
        clock = Int64(try bytes.number(below: 1 << 62))
        let milliseconds: Int64? = try bytes.value()
        time = milliseconds.map { ChatTime(milliseconds: $0) }
        checkpoint = try bytes.value()
        sinceCheckpoint = try bytes.number(below: 1 << 62)
        let numbers = nodes.map(\.number)
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }), nodes.count <= Self.mostNodes,
            UInt64(numbers.last?.rawValue ?? 0) <= lastNumber,
            nodes.allSatisfy({ (0...clock).contains($0.lastHeard) }),
            milliseconds.map({ (1..<ClusterMessage.timeBound).contains($0) }) ?? true
        else { throw CodingFault() }
    }
}

extension NodeDirectory.Node: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(number)
        bytes.put(sender)
        bytes.put(profile)
        bytes.put(lastCounter)
        bytes.put(lastHeard)
        bytes.put(isAway)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(
            number: try bytes.value(),
            sender: try bytes.value(),
            profile: try bytes.value(),
            lastCounter: try bytes.value(),
            lastHeard: try bytes.value(),
            isAway: try bytes.value()
        )
    }
}
#endif
