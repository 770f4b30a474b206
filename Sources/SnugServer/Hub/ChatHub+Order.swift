// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What the order that several servers share brings to this one.
extension ChatHub: RequestLogReader {
    var chat: Chat { state.withLock { $0.chat } }

    func restore(_ chat: Chat) { change { $0.restore(chat) } }

    /// Refuses a history file that has numbers which the order, all of which is read, gives to others once more.
    func requireHistory(_ path: String) throws(RequestLogFault) {
        guard state.withLock({ $0.history.lastSequence > $0.chat.lastSequence }) else { return }
        throw RequestLogFault(
            "the history file \(path) has lines that the order of the chat has lost",
            hint: "move it away: a new one gets all that the order has",
            kind: .configuration
        )
    }

    func begin(as node: NodeNumber) { change { $0.order.node = node } }

    func apply(_ requests: [Request], tickets: [UInt64]?, at sequence: UInt64, time: ChatTime) {
        logClock.set(time)
        change { $0.apply(requests, tickets: tickets, at: sequence, time: time) }
    }

    func lose(_ tickets: [UInt64]) { change { $0.lose(tickets) } }

    func noteOther(_ node: NodeNumber, _ change: NodeChange) {
        switch change {
        case .came(let address): report(.nodeCame(node, address: address))
        case .gone(let hasSaidGoodbye): report(.nodeGone(node, hasSaidGoodbye: hasSaidGoodbye))
        }
    }

    func logChanged(to state: RequestLogState) { change { $0.orderChanged(to: state) } }

    func noteOdd(_ sentence: String) { report(.orderIsOdd(sentence)) }

    func noteState(at sequence: UInt64, _ digest: Bytes32) { report(.orderReached(sequence, digest)) }

    func logFailed(_ fault: RequestLogFault) {
        orderFault.withLock { $0 = fault }
        report(.orderIsLost(fault))
    }

    private func change(_ body: (inout HubState) -> Void) {
        let events = withState { state in
            body(&state)
            state.sealIfAllIsSaid()
            return state.takeReport()
        }
        notifyAll()
        for event in events { report(event) }
    }

    /// Where some of the other servers are, for those who lose this one.
    var otherAddresses: [String] {
        let fit = log?.otherAddresses.filter { (1...LevelOne.maximumNameBytes).contains($0.utf8.count) }
        return Array((fit ?? []).prefix(LevelOne.maximumNodes))
    }

    /// How the order does that this server shares; nil if it shares none.
    var orderFigures: (state: RequestLogState, underWay: Int, sequence: UInt64)? {
        guard log != nil else { return nil }
        return state.withLock { ($0.order.state, $0.order.waiting.count, $0.order.sequence) }
    }
}
