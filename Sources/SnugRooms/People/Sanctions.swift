// SPDX-License-Identifier: Apache-2.0

/// The bans and mutes that are in force, at most one of each kind for each target.
struct Sanctions: Sendable {
    private struct Subject: Hashable, Sendable {
        let kind: Sanction.Kind
        let target: Sanction.Target
    }

    /// In the order of their numbers.
    private(set) var all: [Sanction] = []
    private var numbers: [Subject: UInt64] = [:]
    private(set) var lastNumber: UInt64 = 0

    /// When the next one is over.
    private(set) var nextEnd: ChatTime?

    init() {}

    /// With these and no others.
    init(_ sanctions: [Sanction], lastNumber: UInt64) {
        for sanction in sanctions.sorted(by: { $0.number < $1.number })
        where self[sanction.number] == nil { add(sanction) }
        self.lastNumber = max(lastNumber, all.last?.number ?? 0)
    }

    var isEmpty: Bool { all.isEmpty }

    /// What keeps whoever has this key and address from entering or talking.
    func inForce(_ kind: Sanction.Kind, key: PersonKey?, address: AddressKey?) -> Sanction? {
        guard !isEmpty else { return nil }
        if let key, let sanction = self[kind, .key(key)] { return sanction }
        // A mute is for a person, and whoever has a key is known by it. A ban is for everyone at the address, or its
        // target would come back with a new key.
        guard let address, kind == .ban || key == nil else { return nil }
        return self[kind, .address(address)]
    }

    /// The one of that kind for that target.
    subscript(kind: Sanction.Kind, target: Sanction.Target) -> Sanction? {
        numbers[Subject(kind: kind, target: target)].flatMap { self[$0] }
    }

    /// The one with that number.
    subscript(number: UInt64) -> Sanction? {
        index(of: number).map { all[$0] }
    }

    /// The number that the next one gets.
    var nextNumber: UInt64 { lastNumber + 1 }

    /// Adds one whose number is greater than all, instead of the one of that kind for that target.
    mutating func add(_ sanction: Sanction) {
        let subject = Subject(kind: sanction.kind, target: sanction.target)
        if let number = numbers[subject] { _ = remove(number) }
        all.append(sanction)
        numbers[subject] = sanction.number
        lastNumber = max(lastNumber, sanction.number)
        reckonEnd()
    }

    /// Ends the one with that number.
    mutating func remove(_ number: UInt64) -> Sanction? {
        guard let index = index(of: number) else { return nil }
        let sanction = all.remove(at: index)
        numbers[Subject(kind: sanction.kind, target: sanction.target)] = nil
        reckonEnd()
        return sanction
    }

    /// Ends those that are over.
    mutating func expire(_ now: ChatTime, _ changes: inout Few<DurableChange>) {
        guard let nextEnd, nextEnd <= now else { return }
        for sanction in all where sanction.until.map({ $0 <= now }) ?? false {
            numbers[Subject(kind: sanction.kind, target: sanction.target)] = nil
            changes.append(.sanctionEnded(number: sanction.number))
        }
        all.removeAll { $0.until.map { $0 <= now } ?? false }
        reckonEnd()
    }

    private mutating func reckonEnd() {
        nextEnd = all.lazy.compactMap(\.until).min()
    }

    private func index(of number: UInt64) -> Int? {
        let index = all.partitionPoint { $0.number >= number }
        return index < all.count && all[index].number == number ? index : nil
    }
}
