// SPDX-License-Identifier: Apache-2.0

/// Things in the order in which they were last put down, with the time of that: what is due first stands first.
///
/// For what all lasts equally long. Each operation costs a constant on average, as long as times do not go back, and no
/// more is remembered than twice what is in it.
struct AgeQueue<Key: Hashable & Sendable>: Sendable {
    struct Entry: Sendable {
        let key: Key
        let time: ChatTime
        fileprivate let turn: UInt64
    }

    /// With some that were taken out or put down again since; the first one never is.
    private var entries: [Entry] = []
    private var head = 0
    private var turns: [Key: UInt64] = [:]
    private var lastTurn: UInt64 = 0

    /// The one that was put down first.
    var first: Entry? { head < entries.count ? entries[head] : nil }

    /// When the first one was put down.
    var firstTime: ChatTime? { head < entries.count ? entries[head].time : nil }

    /// The number of things in it.
    var count: Int { turns.count }

    /// The number of entries that take memory.
    var remembered: Int { entries.count }

    /// All in their order.
    var all: [Entry] { entries[head...].filter(isCurrent) }

    /// Puts it behind all that were put down by then.
    mutating func put(_ key: Key, at time: ChatTime) {
        lastTurn += 1
        turns[key] = lastTurn
        let later = entries[head...].reversed().prefix { $0.time > time }.count
        entries.insert(Entry(key: key, time: time, turn: lastTurn), at: entries.count - later)
        forgetOld()
    }

    /// Takes it out, and says whether it was in.
    @discardableResult
    mutating func remove(_ key: Key) -> Bool {
        guard turns.removeValue(forKey: key) != nil else { return false }
        forgetOld()
        return true
    }

    /// Takes the first one out if it was put down at `time` or before.
    mutating func removeFirst(putBy time: ChatTime) -> Key? {
        guard let first, first.time <= time else { return nil }
        remove(first.key)
        return first.key
    }

    private func isCurrent(_ entry: Entry) -> Bool { turns[entry.key] == entry.turn }

    private mutating func forgetOld() {
        while head < entries.count, !isCurrent(entries[head]) { head += 1 }
        if entries.count > 2 * turns.count + 16 {
            entries = all
            head = 0
        }
    }
}
