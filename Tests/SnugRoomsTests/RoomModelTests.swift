// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import TestSupport
import Testing

/// One member's client: it knows the room only from what it is told.
private struct Witness {
    let id: MemberID
    var present: [MemberID: MemberName]
    var lastSequence: UInt64
    var ownLinesHeard = 0

    mutating func hears(_ event: RoomEvent) -> Bool {
        guard event.sequence > lastSequence else { return false }
        lastSequence = event.sequence
        switch event.kind {
        case .joined(let name): return present.updateValue(name, forKey: event.member) == nil
        case .left(let name): return present.removeValue(forKey: event.member) == name
        case .renamed(let old, let new): return present.updateValue(new, forKey: event.member) == old
        case .said(let name, _):
            if event.member == id { ownLinesHeard += 1 }
            return present[event.member] == name
        }
    }
}

@Suite struct RoomModelTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func everyMembersTranscriptTellsTheSameMembership(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var room = Room(maximumMembers: 12)
        var witnesses: [Witness] = []
        var joined: [MemberID] = []
        var left: Set<MemberID> = []

        for _ in 0..<3000 {
            switch Int.random(in: 0...9, using: &random) {
            case 0...2:
                guard
                    case .admitted(let new) = room.join(
                        requestedName: someName(using: &random),
                        fallbackName: "anon-1"
                    )
                else {
                    #expect(room.count == 12, "seed \(seed)")
                    continue
                }
                #expect(joined.last.map { $0 < new.id } ?? true, "seed \(seed)")
                joined.append(new.id)
                let before = witnesses.first?.present ?? [:]
                witnesses.append(Witness(id: new.id, present: before, lastSequence: new.event.sequence - 1))
                tell(new.event, to: &witnesses, seed: seed)
            case 3...4:
                guard let id = joined.randomElement(using: &random) else { continue }
                let event = room.leave(id)
                #expect((event != nil) == left.insert(id).inserted, "seed \(seed)")
                witnesses.removeAll { $0.id == id }
                if let event { tell(event, to: &witnesses, seed: seed) }
            default:
                guard let id = joined.randomElement(using: &random) else { continue }
                let frame =
                    Bool.random(using: &random)
                    ? "/nick " + someName(using: &random) : someName(using: &random)
                let action = room.apply(.parse(frame), from: id)
                if left.contains(id) { #expect(action.event == nil && action.notices == [], "seed \(seed)") }
                if let event = action.event { tell(event, to: &witnesses, seed: seed) }
            }
            expectAgreement(room, witnesses, seed: seed)
        }
        #expect(joined.count - left.count == room.count, "seed \(seed)")
    }

    private func tell(_ event: RoomEvent, to witnesses: inout [Witness], seed: UInt64) {
        for index in witnesses.indices where !(event.excludesItsMember && witnesses[index].id == event.member)
        {
            let agrees = witnesses[index].hears(event)
            #expect(agrees, "seed \(seed): \(event)")
        }
    }

    private func expectAgreement(_ room: Room, _ witnesses: [Witness], seed: UInt64) {
        #expect(room.count == witnesses.count, "seed \(seed)")
        for witness in witnesses {
            let names = witness.present.sorted { $0.key < $1.key }.map(\.value)
            #expect(names == room.names && witness.ownLinesHeard == 0, "seed \(seed)")
        }
        let names = room.names
        for (index, name) in names.enumerated() {
            #expect(!names[..<index].contains { $0.looksLike(name) }, "seed \(seed): \(name)")
        }
    }

    private func someName(using random: inout SeededGenerator) -> String {
        let common = ["bob", "BOB", "ВОВ", "bob-2", "aisha", "аіѕһа", "AISHA", "ali", "AlI", "", "*", "a, b"]
        if Bool.random(using: &random), let name = common.randomElement(using: &random) { return name }
        return hostileText(using: &random)
    }
}
