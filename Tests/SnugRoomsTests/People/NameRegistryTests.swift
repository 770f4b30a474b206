// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

@Suite struct NameRegistryTests {
    private var names: NameRegistry
    private var changes = Few<DurableChange>()
    private let owner = PersonKey(testing: 1)
    private let other = PersonKey(testing: 2)
    private let day: Int64 = 86_400_000

    init() {
        var limits = ChatLimits()
        limits.keyNames = 3
        limits.namesOfAKey = 2
        names = NameRegistry(limits: limits)
    }

    private mutating func use(_ name: String, _ key: PersonKey, day number: Int64 = 0) {
        let time = ChatTime(milliseconds: number * day)
        names.take(.of(name), for: key, at: time, &changes)
        names.putDown(.of(name), of: key, at: time, &changes)
    }

    private func isFree(_ name: String, _ key: PersonKey? = nil) -> Bool {
        names.isFree(.of(name), for: key.map { .key($0) } ?? .person(PersonID(rawValue: 1)))
    }

    @Test mutating func aNameOfAKeyIsTakenForEveryoneElseInEveryDisguise() {
        use("aisha", owner)
        for disguise in ["aisha", "AISHA", "аіѕһа"] {
            #expect(!isFree(disguise) && !isFree(disguise, other) && isFree(disguise, owner))
        }
    }

    @Test mutating func aNewSpellingReplacesTheOldOne() {
        use("aisha", owner)
        use("AISHA", owner)
        #expect(names.snapshot.names.map(\.name.text) == ["AISHA"])
        #expect(names.lastName(of: owner)?.text == "AISHA" && !isFree("aisha"))
    }

    @Test mutating func aKeyKeepsItsLastNamesOnly() {
        for name in ["one", "two", "one", "three"] { use(name, owner) }
        #expect(isFree("two") && !isFree("one") && !isFree("three"))
    }

    @Test mutating func theLeastRecentlyUsedNameGivesWay() {
        for number in UInt8(1)...4 { use("name\(number)", PersonKey(testing: number)) }
        #expect(isFree("name1") && !isFree("name2") && !isFree("name4"))
    }

    @Test mutating func aNameInUseNeverExpiresNorGivesWay() {
        names.take(.of("aisha"), for: owner, at: ChatTime(milliseconds: 0), &changes)
        for number in UInt8(2)...9 { use("name\(number)", PersonKey(testing: number)) }
        names.expire(ChatTime(milliseconds: 1000 * day), &changes)
        #expect(!isFree("aisha") && isFree("name9") && names.nextExpiry == nil)
    }

    @Test mutating func namesExpireNinetyDaysAfterTheirLastUse() {
        use("aisha", owner)
        use("bob", other, day: 1)
        #expect(names.nextExpiry == ChatTime(milliseconds: 90 * day))
        names.expire(ChatTime(milliseconds: 90 * day - 1), &changes)
        #expect(!isFree("aisha"))
        names.expire(ChatTime(milliseconds: 90 * day), &changes)
        #expect(isFree("aisha") && !isFree("bob"))
        #expect(changes.last == .keyNameFreed(.of("aisha")))
    }

    @Test mutating func nobodyPutsDownTheNameOfAnotherKey() {
        names.take(.of("aisha"), for: owner, at: ChatTime(milliseconds: 0), &changes)
        names.putDown(.of("aisha"), of: other, at: ChatTime(milliseconds: 0), &changes)
        #expect(names.nextExpiry == nil && changes.count == 1)
    }

    @Test mutating func namesThatWereKeptAreTakenOncePerLook() {
        let time = ChatTime(milliseconds: 0)
        names.restore([
            KeyName(name: .of("aisha"), key: owner, lastUsed: time),
            KeyName(name: .of("AISHA"), key: other, lastUsed: time),
        ])
        #expect(isFree("aisha", owner) && !isFree("aisha", other))
        #expect(names.lastName(of: other) == nil)
    }

    @Test mutating func aSnapshotHoldsAllOfIt() {
        use("aisha", owner)
        names.take(.of("bob"), for: other, at: ChatTime(milliseconds: 5), &changes)
        var limits = ChatLimits()
        limits.keyNames = 3
        limits.namesOfAKey = 2
        let copy = NameRegistry(names.snapshot, limits: limits)
        #expect(copy.snapshot == names.snapshot && copy.nextExpiry == names.nextExpiry)
        #expect(!copy.isFree(.of("bob"), for: .key(owner)))
    }
}
