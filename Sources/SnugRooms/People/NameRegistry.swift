// SPDX-License-Identifier: Apache-2.0

/// Which names are taken, by whom, and which belong to a key while nobody uses them.
///
/// No two holders ever have names that look alike.
struct NameRegistry: Sendable {
    /// Who has a name.
    enum Holder: Hashable, Sendable {
        /// Whoever has this key, present or not.
        case key(PersonKey)
        /// Somebody without a key, while present.
        case person(PersonID)
    }

    /// By each look of each name that is taken.
    private var holders: [String: Holder] = [:]
    private(set) var nextHighSuffix = NameRegistry.firstHighSuffix

    /// The names that belong to keys, by themselves.
    private var owned: [String: KeyName] = [:]
    /// The texts of each key's names, the least recently used first.
    private var namesOfKeys: [PersonKey: [String]] = [:]
    /// The texts of those that nobody uses at the moment.
    private var unused = AgeQueue<String>()
    private let limits: ChatLimits

    init(limits: ChatLimits) {
        self.limits = limits
    }

    // MARK: Taken and free

    func isFree(_ name: MemberName, for holder: Holder) -> Bool {
        name.looks.allSatisfy { look in holders[look].map { $0 == holder } ?? true }
    }

    /// All whose names look like this one: at most one for each of its looks, in no order.
    func holders(of name: MemberName) -> Set<Holder> {
        Set(name.looks.compactMap { holders[$0] })
    }

    /// Whether the name, written like this, belongs to the key.
    func owns(_ name: MemberName, _ key: PersonKey) -> Bool {
        owned[name.text]?.key == key
    }

    /// Makes a name that was free for `id` its own.
    mutating func take(_ name: MemberName, for id: PersonID) {
        hold(name, by: .person(id))
    }

    /// Gives up a name of somebody without a key.
    mutating func free(_ name: MemberName) {
        for look in name.looks { holders[look] = nil }
    }

    private mutating func hold(_ name: MemberName, by holder: Holder) {
        for look in name.looks { holders[look] = holder }
    }

    // MARK: Suffixes

    /// The suffixes that are tried first, so that a small crowd gets small numbers again and again.
    fileprivate static let lowSuffixes: ClosedRange<UInt64> = 2...9
    private static let firstHighSuffix = lowSuffixes.upperBound + 1

    /// `name` with the first number behind it that makes it free.
    ///
    /// Beyond the low numbers one counter serves all names and never goes back: each number is tried once in the life
    /// of the chat, so ten thousand people who all ask for "bob" cost one try each.
    mutating func suffixed(_ name: MemberName, for holder: Holder) -> MemberName {
        for number in Self.lowSuffixes {
            if let candidate = name.suffixed(number), isFree(candidate, for: holder) { return candidate }
        }
        while true {
            let candidate = name.suffixed(nextHighSuffix)
            nextHighSuffix += 1
            if let candidate, isFree(candidate, for: holder) { return candidate }
        }
    }
}

// MARK: Names of keys

extension NameRegistry {
    /// When the next name is free because it was not used for too long.
    var nextExpiry: ChatTime? {
        unused.firstTime.map { $0.adding(milliseconds: limits.keyNameMilliseconds) }
    }

    /// The name that the key used last.
    func lastName(of key: PersonKey) -> MemberName? {
        namesOfKeys[key]?.last.flatMap { owned[$0]?.name }
    }

    /// Makes a name that was free for `key` its own, and in use.
    mutating func take(
        _ name: MemberName,
        for key: PersonKey,
        at time: ChatTime,
        _ changes: inout Few<DurableChange>
    ) {
        // Its own names that look like this one are replaced by it: "Aisha" by "AISHA".
        for text in namesOfKeys[key] ?? [] where text != name.text {
            guard let other = owned[text], other.name.looksLike(name) else { continue }
            giveUp(text, &changes)
        }
        remember(KeyName(name: name, key: key, lastUsed: time), &changes)
        unused.remove(name.text)
        while let names = namesOfKeys[key], names.count > limits.namesOfAKey, let oldest = names.first {
            giveUp(oldest, &changes)
        }
        makePlace(&changes)
    }

    /// The name is not in use any more, and belongs to its key for as long as names do.
    mutating func putDown(
        _ name: MemberName,
        of key: PersonKey,
        at time: ChatTime,
        _ changes: inout Few<DurableChange>
    ) {
        guard owned[name.text]?.key == key else { return }
        remember(KeyName(name: name, key: key, lastUsed: time), &changes)
        unused.put(name.text, at: time)
        makePlace(&changes)
    }

    /// Frees the names that were not used for too long.
    mutating func expire(_ now: ChatTime, _ changes: inout Few<DurableChange>) {
        let last = now.adding(milliseconds: -limits.keyNameMilliseconds)
        while let text = unused.removeFirst(putBy: last) { giveUp(text, &changes) }
    }

    /// Names that were kept, the least recently used first; one that is not free is left out.
    mutating func restore(_ names: [KeyName]) {
        var changes = Few<DurableChange>()
        for record in names where isFree(record.name, for: .key(record.key)) && owned[record.name.text] == nil
        {
            remember(record, &changes)
            unused.put(record.name.text, at: record.lastUsed)
        }
        makePlace(&changes)
    }

    private mutating func remember(_ record: KeyName, _ changes: inout Few<DurableChange>) {
        let text = record.name.text
        hold(record.name, by: .key(record.key))
        owned[text] = record
        var names = namesOfKeys[record.key] ?? []
        names.removeAll { $0 == text }
        names.append(text)
        namesOfKeys[record.key] = names
        changes.append(.keyName(record))
    }

    private mutating func makePlace(_ changes: inout Few<DurableChange>) {
        while unused.count > limits.keyNames, let oldest = unused.first { giveUp(oldest.key, &changes) }
    }

    private mutating func giveUp(_ text: String, _ changes: inout Few<DurableChange>) {
        guard let record = owned.removeValue(forKey: text) else { return }
        free(record.name)
        unused.remove(text)
        namesOfKeys[record.key]?.removeAll { $0 == text }
        if namesOfKeys[record.key]?.isEmpty == true { namesOfKeys[record.key] = nil }
        changes.append(.keyNameFreed(record.name))
    }
}

// MARK: Snapshot

extension NameRegistry {
    /// What cannot be made again of the people who are present.
    struct Snapshot: Equatable, Sendable {
        var nextHighSuffix = NameRegistry.firstHighSuffix
        /// Those of each key in its order; in use or not.
        var names: [KeyName] = []
        /// Texts and times, in their order.
        var unused: [KeptTime<String>] = []
    }

    var snapshot: Snapshot {
        Snapshot(
            nextHighSuffix: nextHighSuffix,
            names: namesOfKeys.keys.sorted().flatMap { (namesOfKeys[$0] ?? []).compactMap { owned[$0] } },
            unused: unused.all.map { KeptTime($0.key, at: $0.time) }
        )
    }

    /// Names of people without keys are taken afterwards.
    init(_ snapshot: Snapshot, limits: ChatLimits) {
        self.init(limits: limits)
        nextHighSuffix = snapshot.nextHighSuffix
        var changes = Few<DurableChange>()
        for record in snapshot.names { remember(record, &changes) }
        for entry in snapshot.unused { unused.put(entry.key, at: entry.time) }
    }
}

/// Something with a time, in a snapshot.
struct KeptTime<Key: Equatable & Sendable>: Equatable, Sendable {
    let key: Key
    let time: ChatTime

    init(_ key: Key, at time: ChatTime) {
        self.key = key
        self.time = time
    }
}
