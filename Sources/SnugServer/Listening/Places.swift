// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// How far someone without a name has come, with the time until its next step in which nobody may take its place.
///
/// The times are what a step takes an honest client over a link with a round trip of 300 ms. Whoever takes longer is let
/// be as long as there are places.
enum Step {
    /// Has sent nothing. A client's first bytes come together with the end of its TCP handshake.
    case accepted
    /// Has sent something, and its handshake is under way.
    case began
    /// Must wait until its address may begin another handshake.
    case waitsForHandshake
    /// The connection is ready, and the passphrase or the name is missing.
    case connected
    /// Has sent a passphrase, and must wait for its address's turn to be answered.
    case waitsForAnswer
    /// Knows the passphrase, which nobody does who attacks from outside.
    case authenticated
    /// Was said goodbye to, or has hung up.
    case leaving

    var time: Duration {
        switch self {
        case .accepted, .leaving: .milliseconds(200)
        case .began, .connected: .milliseconds(500)
        case .waitsForHandshake, .waitsForAnswer: .seconds(1)
        case .authenticated: .seconds(10)
        }
    }

    /// It is not the peer who is waited for.
    var waitsForUs: Bool {
        switch self {
        case .waitsForHandshake, .waitsForAnswer: true
        case .accepted, .began, .connected, .authenticated, .leaving: false
        }
    }
}

/// One who has a place in ``Places``, and remembers which.
protocol PlaceHolder: AnyObject {
    var place: Int { get set }
}

/// The places of those who have no name yet, and who has to leave when all are taken.
///
/// That is whoever is furthest beyond its time; being new costs nobody its place, and neither does having come far help
/// those who then go no further. An address with more connections than most has less time for each, one with fewer has
/// more: so a thousand connections from a few addresses push out each other, and not the one that comes alone.
struct Places<Holder: PlaceHolder> {
    private var entries: [Entry] = []
    private var groups: [[UInt8]: Group] = [:]
    /// How many addresses there are; those that are exempt from counting are one for each connection.
    private var addresses = 0

    private struct Entry {
        let holder: Holder
        let address: [UInt8]?
        let group: Group
        var step = Step.accepted
        var since: MonotonicTime
    }

    /// The connections of one address.
    private final class Group {
        var count = 0
    }

    /// An office where many come at once is not driven out by a flood in which each address has one connection.
    private static var largestShare: Double { 4 }

    var count: Int { entries.count }

    var holders: [Holder] { entries.map(\.holder) }

    /// Gives a place to someone who has just come.
    ///
    /// - Parameter address: nil for those whose connections are not counted together.
    mutating func add(_ holder: Holder, from address: [UInt8]?, now: MonotonicTime) {
        let known = address.flatMap { groups[$0] }
        let group = known ?? Group()
        if known == nil {
            addresses += 1
            if let address { groups[address] = group }
        }
        group.count += 1
        holder.place = entries.count
        entries.append(Entry(holder: holder, address: address, group: group, since: now))
    }

    /// Notes that someone has made a step.
    mutating func advance(_ holder: Holder, to step: Step, now: MonotonicTime) {
        guard let index = index(of: holder) else { return }
        entries[index].step = step
        entries[index].since = now
    }

    /// Gives someone's place back; a second time does nothing.
    mutating func remove(_ holder: Holder) {
        guard let index = index(of: holder) else { return }
        let entry = entries.swapRemove(at: index)
        if index < entries.count { entries[index].holder.place = index }
        entry.group.count -= 1
        guard entry.group.count == 0 else { return }
        addresses -= 1
        if let address = entry.address { groups[address] = nil }
    }

    /// Whether someone's address has less than half as many connections as the others on average.
    func isModest(_ holder: Holder) -> Bool {
        index(of: holder).map { share(of: entries[$0]) < 0.5 } ?? false
    }

    /// Whether anybody would have to leave for a newcomer.
    func hasOverdue(now: MonotonicTime) -> Bool {
        entries.contains { lateness(of: $0, now: now) >= 1 }
    }

    /// Those who have to leave if others come: at most `limit`, the latest first.
    func overdue(atMost limit: Int, now: MonotonicTime) -> [Holder] {
        entries.lazy
            .map { (holder: $0.holder, lateness: lateness(of: $0, now: now)) }
            .filter { $0.lateness >= 1 }
            .sorted { $0.lateness > $1.lateness }
            .prefix(limit)
            .map(\.holder)
    }

    /// Who has to leave if another one comes from `address`, which has all the connections it may have.
    ///
    /// Nobody who waits for us: where many wait for their turn, each newcomer would push out the one who is next.
    func overdue(from address: [UInt8], now: MonotonicTime) -> Holder? {
        guard let group = groups[address] else { return nil }
        return entries.lazy
            .filter { $0.group === group && !$0.step.waitsForUs }
            .map { (holder: $0.holder, lateness: $0.since.duration(to: now) / $0.step.time) }
            .filter { $0.lateness >= 1 }
            .max { $0.lateness < $1.lateness }?
            .holder
    }

    private func index(of holder: Holder) -> Int? {
        let index = holder.place
        return entries.indices.contains(index) && entries[index].holder === holder ? index : nil
    }

    /// How much of its time someone has used up.
    private func lateness(of entry: Entry, now: MonotonicTime) -> Double {
        entry.since.duration(to: now) / entry.step.time * min(share(of: entry), Self.largestShare)
    }

    /// How many connections an address has, compared with the average.
    private func share(of entry: Entry) -> Double {
        Double(entry.group.count) * Double(addresses) / Double(entries.count)
    }
}

extension Array {
    /// Removes an element by putting the last one into its place.
    fileprivate mutating func swapRemove(at index: Int) -> Element {
        swapAt(index, count - 1)
        return removeLast()
    }
}
