// SPDX-License-Identifier: Apache-2.0
#if Cluster

/// Whether other nodes have what this one has, behind the same messages.
///
/// Each node judges by itself, because what differs may be the log that it reads. So nodes are known by their senders here:
/// what number one has, and whether it has one, depends on the log.
struct Agreement {
    enum Verdict: Equatable {
        /// Most nodes have the same.
        case agreed
        case open
        /// Most nodes have something else; of as many and as many, those with the one that was started first are right.
        ///
        /// Nobody gives up before so many have said so.
        case outvoted
    }

    private struct Vote {
        let sequence: UInt64
        let isSame: Bool
    }

    /// This node's.
    private let sender: UInt64
    /// What this node has, the last of it, each where its number says.
    private var own: [Checkpoint?]
    private var votes: [UInt64: Vote] = [:]

    /// - Parameter count: of so many messages it is known what this node had behind them.
    init(of count: Int, by sender: UInt64) {
        self.sender = sender
        own = Array(repeating: nil, count: max(1, count))
    }

    /// This node has this; what was in its place is forgotten with what was said of it.
    mutating func know(_ checkpoint: Checkpoint) {
        let place = place(of: checkpoint.sequence)
        if let old = own[place] { votes = votes.filter { $0.value.sequence != old.sequence } }
        own[place] = checkpoint
    }

    /// Another one says that it has this.
    mutating func hear(_ checkpoint: Checkpoint, from other: UInt64) {
        guard let mine = known(checkpoint.sequence) else { return }
        votes[other] = Vote(sequence: checkpoint.sequence, isSame: mine == checkpoint)
    }

    /// Another one has read something else, as is known behind this message.
    mutating func refute(_ other: UInt64, behind sequence: UInt64) {
        votes[other] = Vote(sequence: sequence, isSame: false)
    }

    /// What it said does not count any more.
    mutating func forget(_ other: UInt64) { votes[other] = nil }

    /// What follows from it for this node, if those are there beside it.
    func verdict(among present: [UInt64]) -> Verdict {
        let others = present.filter { $0 != sender }
        let same = others.filter { isHeard($0) } + [sender]
        let differing = others.filter { isContradicted(by: $0) }
        let count = others.count + 1
        if differing.count * 2 > count { return .outvoted }
        let isTie = differing.count == same.count && differing.count + same.count == count
        if isTie, let first = differing.min(), same.allSatisfy({ first < $0 }) { return .outvoted }
        return own.contains { $0 != nil } && same.count * 2 > count ? .agreed : .open
    }

    /// The first of these who has not said that it has something else.
    func first(among present: [UInt64]) -> UInt64? {
        present.first { $0 == sender || !isContradicted(by: $0) }
    }

    /// Whether that one has said that it has the same.
    func isHeard(_ other: UInt64) -> Bool { votes[other]?.isSame == true }

    /// Whether that one has something else.
    func isContradicted(by other: UInt64) -> Bool { votes[other]?.isSame == false }

    private func place(of sequence: UInt64) -> Int { Int(sequence % UInt64(own.count)) }

    private func known(_ sequence: UInt64) -> Checkpoint? {
        own[place(of: sequence)].flatMap { $0.sequence == sequence ? $0 : nil }
    }
}
#endif
