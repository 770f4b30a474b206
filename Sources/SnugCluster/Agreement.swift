// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms

/// Whether other nodes have what this one has, behind the same messages.
///
/// Each node judges by itself, because what differs may be the log that it reads.
struct Agreement {
    enum Verdict: Equatable {
        /// Most nodes have the same.
        case agreed
        case open
        /// Most nodes have something else; of as many and as many, those with the one that came first are right.
        ///
        /// Nobody gives up before so many have said so.
        case outvoted
    }

    private struct Vote {
        let sequence: UInt64
        let isSame: Bool
    }

    /// What this node has, the last of it, each where its number says.
    private var own: [Checkpoint?]
    private var votes: [NodeNumber: Vote] = [:]

    /// - Parameter count: of so many messages it is known what this node had behind them.
    init(of count: Int) { own = Array(repeating: nil, count: max(1, count)) }

    /// This node has this; what was in its place is forgotten with what was said of it.
    mutating func know(_ checkpoint: Checkpoint) {
        let place = place(of: checkpoint.sequence)
        if let old = own[place] { votes = votes.filter { $0.value.sequence != old.sequence } }
        own[place] = checkpoint
    }

    /// Another one says that it has this.
    mutating func hear(_ checkpoint: Checkpoint, from node: NodeNumber) {
        guard let mine = known(checkpoint.sequence) else { return }
        votes[node] = Vote(sequence: checkpoint.sequence, isSame: mine == checkpoint)
    }

    /// Another one has read something else, as is known behind this message.
    mutating func refute(_ node: NodeNumber, behind sequence: UInt64) {
        votes[node] = Vote(sequence: sequence, isSame: false)
    }

    /// What it said does not count any more.
    mutating func forget(_ node: NodeNumber) { votes[node] = nil }

    /// What follows from it for this node, which has no number yet or this one, if those are there.
    func verdict(for node: NodeNumber?, among present: [NodeNumber]) -> Verdict {
        let others = present.filter { $0 != node }
        let same = others.filter { votes[$0]?.isSame == true } + [node].compactMap(\.self)
        let differing = others.filter { votes[$0]?.isSame == false }
        let count = others.count + 1
        // One without a number yet is none of them, and counts.
        let sameCount = node == nil ? same.count + 1 : same.count
        if differing.count * 2 > count { return .outvoted }
        let isTie = differing.count == sameCount && differing.count + sameCount == count
        if isTie, let first = differing.min(), same.allSatisfy({ first < $0 }) { return .outvoted }
        return own.contains { $0 != nil } && sameCount * 2 > count ? .agreed : .open
    }

    /// The first of those who are there and have not said that they have something else.
    func first(for node: NodeNumber?, among present: [NodeNumber]) -> NodeNumber? {
        present.filter { $0 == node || votes[$0]?.isSame != false }.min()
    }

    /// Whether that one has said that it has the same.
    func isHeard(_ node: NodeNumber) -> Bool { votes[node]?.isSame == true }

    private func place(of sequence: UInt64) -> Int { Int(sequence % UInt64(own.count)) }

    private func known(_ sequence: UInt64) -> Checkpoint? {
        own[place(of: sequence)].flatMap { $0.sequence == sequence ? $0 : nil }
    }
}
#endif
