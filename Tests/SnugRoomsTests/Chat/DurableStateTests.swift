// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct DurableStateTests {
    /// A chat that was ended and begun again with what its changes say.
    private func restarted(_ script: Script, after seconds: Int64 = 0, _ model: DurableModel) -> Script {
        let time = ChatTime(milliseconds: script.milliseconds + seconds * 1000)
        let state = model.state(for: script.chat)
        var restored = Script(Chat(restoring: state, limits: script.chat.limits, at: time))
        restored.milliseconds = time.milliseconds
        #expect(restored.chat.nextDue == restored.chat.reckonedNextDue())
        return restored
    }

    @Test func whatWasSaidUnderARefIsNotSaidAgainAfterARestart() {
        var script = Script()
        var model = DurableModel()
        let bob = script.enter("bob", key: 1, token: 1)
        model.apply(script.last)
        model.apply(script.say("hello", ref: "1", by: bob))
        let sequence = script.last.events.first?.sequence

        var again = restarted(script, model)
        let session = again.enter("bob", key: 1, token: 2, resume: 1)
        #expect(again.entered?.token == TokenDigest(testing: 1))
        #expect((again.last.events.first?.sequence ?? 0) > (sequence ?? .max))
        guard case .saidBefore(sequence, _) = again.say("hello", ref: "1", by: session).answer else {
            Issue.record("\(again.last)")
            return
        }
        #expect(again.say("hullo", ref: "1", by: session).refusal == .refReused)

        var late = restarted(script, after: 86_400, model)
        let lateSession = late.enter("bob", key: 1, token: 2, resume: 1)
        #expect(late.say("hello", ref: "1", by: lateSession).events.count == 1)
    }

    @Test func aRoomWithoutHistoryWaitsForItsPeopleAfterARestart() throws {
        var script = Script()
        var model = DurableModel()
        let bob = script.enter("bob", key: 1)
        model.apply(script.join("dev", by: bob))
        model.apply(script.apply(.makePrivate(.of("dev")), by: bob))

        var again = restarted(script, model)
        let owner = again.enter("bob", key: 1)
        again.join("dev", by: owner)
        #expect(try again.chat.room(.of("dev"), for: owner).isPrivate)
        again.pass(seconds: 60)
        #expect(again.chat.allRooms.count == 2)

        var lonely = restarted(script, model)
        lonely.pass(seconds: 60)
        #expect(lonely.chat.allRooms.map(\.id) == [.main] && lonely.last.changes.count == 1)
    }

    @Test func aStartBeforeTheClockIsSetTakesNeitherRoomsWithLinesNorNames() {
        var script = Script()
        var model = DurableModel()
        let bob = script.enter("bob", key: 1)
        model.apply(script.last)
        model.apply(script.join("dev", by: bob))
        model.apply(script.apply(.makePrivate(.of("dev")), by: bob))
        model.apply(script.say("hello", to: "dev", by: bob))

        var again = Script(Chat(restoring: model.state(for: script.chat), at: ChatTime(milliseconds: 0)))
        again.milliseconds = 0
        again.pass(seconds: 10)
        again.milliseconds = script.milliseconds
        again.pass(seconds: 3600)
        #expect(again.chat.allRooms.map(\.name.text) == ["main", "dev"])
        #expect(again.nameGiven(to: "bob") != "bob")
        again.pass(seconds: 86_400)
        #expect(again.chat.allRooms.map(\.name.text) == ["main"])
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func bansNamesAndRoomsAreTheSameAfterARestart(seed: UInt64) {
        var source = RandomChat(seed: seed)
        var limits = source.limits()
        limits.historyMilliseconds = 86_400_000
        var chat = Chat(limits: limits)
        var model = DurableModel()
        for _ in 0..<800 {
            let (request, sequence, time) = source.next()
            model.apply(chat.apply(request, at: sequence, time: time))
            guard Int.random(in: 0...19, using: &source.random) == 0 else { continue }
            let restored = Chat(restoring: model.state(for: chat), limits: limits, at: chat.now)
            #expect(restored.allSanctions == chat.allSanctions, "seed \(seed)")
            #expect(restored.snapshot.lastSanction == chat.snapshot.lastSanction, "seed \(seed)")
            let recorded = chat.rooms.all.filter(\.isRecorded).map(\.record)
            #expect(restored.rooms.all.map(\.record) == recorded, "seed \(seed)")
            let kept = [restored, chat].map { $0.snapshot.roomsByLastLine.filter { $0.key != .main } }
            #expect(kept[0] == kept[1], "seed \(seed): rooms are kept for another time")
            for name in chat.names.snapshot.names {
                let isFree = restored.names.isFree(name.name, for: .person(PersonID(rawValue: 0)))
                #expect(!isFree || chat.names.snapshot.names.count > limits.keyNames, "seed \(seed)")
            }
            #expect(restored.lastSequence == chat.lastSequence && restored.peopleCount == 0, "seed \(seed)")
        }
    }

    @Test func damagedRecordsAreLeftOut() {
        var state = DurableState()
        state.lastSequence = .max
        state.lastSanction = .max
        let key = PersonKey(testing: 1)
        for name in ["dev", "DEV"] {
            let id = RoomID(rawValue: name == "dev" ? 5 : 6)
            let record = RoomRecord(
                id: id,
                name: .of(name),
                topic: nil,
                ownerKey: nil,
                isPrivate: false,
                invitedKeys: [key, key]
            )
            state.rooms += [record, record]
        }
        let future = ChatTime(milliseconds: .max)
        state.keyNames = [
            KeyName(name: .of("bob"), key: key, lastUsed: future),
            KeyName(name: .of("BOB"), key: PersonKey(testing: 2), lastUsed: future),
        ]
        let ban = Sanction(
            number: 3,
            kind: .ban,
            target: .key(key),
            name: .of("bob"),
            until: nil,
            reason: nil,
            by: nil
        )
        state.sanctions = [ban, ban]
        var script = Script(Chat(restoring: state, at: ChatTime(milliseconds: 0)))
        #expect(script.chat.allRooms.map(\.name.text) == ["main", "dev"])
        #expect(script.chat.allSanctions == [ban])
        script.enter("zoe", key: 3)
        #expect(script.refusal == nil && script.chat.lastSequence < Chat.sequenceBound)
    }
}
