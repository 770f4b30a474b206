// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugHistory

struct RecordChangesTests {
    @Test func onlyTheLastChangeOfARecordWaits() {
        var changes = RecordChanges()
        for topic in ["a", "b", "c"] {
            #expect(take(.room(.sample("dev", topic: topic)), limit: 1, in: &changes))
        }
        #expect(changes.rooms.count == 1)
        #expect(changes.rooms["dev"]??.topic?.text == "c")
        #expect(take(.roomForgotten("dev"), limit: 1, in: &changes))
        #expect(changes.rooms["dev"] == .some(nil))
    }

    @Test func beyondTheLimitNewRecordsAreRefusedAndKnownOnesStillChange() {
        var changes = RecordChanges()
        #expect(take(.sanctionEnded(number: 1), limit: 2, in: &changes))
        #expect(take(.roomForgotten("x"), limit: 2, in: &changes))
        #expect(!take(.sanctionEnded(number: 2), limit: 2, in: &changes))
        #expect(take(.room(.sample("x")), limit: 2, in: &changes))
        changes.raise(9)
        #expect(changes.sequence == 9 && changes.sanctions.count == 1)
    }

    @Test func whatCameLaterWinsOverWhatIsTakenBack() throws {
        let key = try #require(PersonKey.sample(1))
        var first = RecordChanges()
        var second = RecordChanges()
        _ = first.take(.keyName(.sample("aisha", key, lastUsed: 1)), limit: 9)
        _ = first.take(.sanctionEnded(number: 4), limit: 9)
        _ = second.take(.keyNameFreed("aisha"), limit: 9)
        let all = first.followed(by: second)
        #expect(all.keyNames[ExactText("aisha")] == .some(nil))
        #expect(all.sanctions.keys.sorted() == [4])
    }

    @Test func aPersonWhoIsForgottenIsForgottenHereToo() throws {
        let key = try #require(PersonKey.sample(1))
        var changes = RecordChanges()
        _ = changes.take(.keyName(.sample("aisha", key, lastUsed: 1)), limit: 9)
        changes.forget(.person(name: "aisha", key: nil))
        #expect(changes.isEmpty)
        _ = changes.take(.room(.sample("dev")), limit: 9)
        changes.forget(.room(name: "dev"))
        #expect(changes.isEmpty)
    }

    /// Outside of the macro, which lends its operands for reading only.
    private func take(_ change: DurableChange, limit: Int, in changes: inout RecordChanges) -> Bool {
        changes.take(change, limit: limit)
    }
}
