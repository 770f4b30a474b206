// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Someone who may have to wait for a turn to talk.
protocol Speaker: AnyObject {
    var talk: TalkPart { get set }
}

/// A speaker's part in a ``TalkQueue``.
struct TalkPart {
    fileprivate(set) var isQueued = false
    fileprivate var wantsMore = false
    fileprivate var creditBytes = 0
}

/// Whose turn it is to talk, while the members of a loop together want to say more than their ``TalkBudget``.
///
/// Deficit round robin (Shreedhar and Varghese 1995): in each round everyone who waits may say as many bytes as the
/// others, so a short line does not wait behind everybody's long ones.
struct TalkQueue<Member: Speaker> {
    private var budget: TalkBudget
    /// Nil where a turn has begun.
    private var waiting: [Member?] = []
    private var first = 0

    /// What each may say in one round, beside what it did not use in those before.
    private static var creditBytes: Int { 512 }

    init(_ budget: TalkBudget) { self.budget = budget }

    /// Takes a share for a line of `bytes` bytes to so many readers; if there is none, the member waits for its turn.
    mutating func take(_ bytes: Int, readers: Int, for member: Member, now: MonotonicTime) -> Bool {
        // Who is not in the queue stands behind those who are.
        let mayTake = member.talk.isQueued ? member.talk.creditBytes >= bytes : first == waiting.count
        guard mayTake, budget.take(bytes: bytes, readers: readers, now: now) else {
            member.talk.wantsMore = true
            if !member.talk.isQueued { enqueue(member) }
            return false
        }
        if member.talk.isQueued { member.talk.creditBytes -= bytes }
        return true
    }

    /// The next one to talk, who says what it may and is then passed to ``endTurn(of:)``; nil if nobody may now.
    mutating func beginTurn(now: MonotonicTime) -> Member? {
        guard let time = nextTurn(now: now), time <= now, let member = waiting[first] else { return nil }
        waiting[first] = nil
        first += 1
        if first > 64, first > waiting.count / 2 {
            waiting.removeFirst(first)
            first = 0
        }
        member.talk.creditBytes += Self.creditBytes
        member.talk.wantsMore = false
        return member
    }

    /// Who wants to say more has another turn behind all others.
    mutating func endTurn(of member: Member) {
        if member.talk.wantsMore { waiting.append(member) } else { member.talk = TalkPart() }
    }

    /// When the next turn may begin; nil if nobody waits.
    func nextTurn(now: MonotonicTime) -> MonotonicTime? {
        first < waiting.count ? budget.nextTake(now: now) : nil
    }

    /// Forgets all who wait.
    mutating func removeAll() {
        waiting.removeAll()
        first = 0
    }

    private mutating func enqueue(_ member: Member) {
        member.talk.isQueued = true
        waiting.append(member)
    }
}
