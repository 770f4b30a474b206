// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugHistory

struct RecordChangesTests {
    @Test func onlyTheLastChangeOfARecordWaits() {
        var changes = RecordChanges()
        for topic in ["a", "b", "c"] {
            #expect(take(.room(RoomRecord(name: "dev", topic: topic)), limit: 1, in: &changes))
        }
        #expect(changes.rooms.count == 1)
        #expect(changes.rooms[ExactText("dev")]??.topic == "c")
        #expect(take(.roomGone(name: "dev"), limit: 1, in: &changes))
        #expect(changes.rooms[ExactText("dev")] == .some(nil))
    }

    @Test func beyondTheLimitNewRecordsAreRefusedAndKnownOnesStillChange() {
        var changes = RecordChanges()
        #expect(take(.banGone(number: 1), limit: 2, in: &changes))
        #expect(take(.roomGone(name: "x"), limit: 2, in: &changes))
        #expect(!take(.banGone(number: 2), limit: 2, in: &changes))
        #expect(take(.room(RoomRecord(name: "x")), limit: 2, in: &changes))
        #expect(take(.sequence(9), limit: 2, in: &changes))
        #expect(changes.sequence == 9 && changes.bans.count == 1)
    }

    @Test func whatCameLaterWinsOverWhatIsTakenBack() throws {
        let key = try #require(StoredDigest.sample(1))
        var first = RecordChanges()
        var second = RecordChanges()
        _ = first.take(.key(KeyRecord(key: key, name: "aisha", lastUsed: 1)), limit: 9)
        _ = first.take(.banGone(number: 4), limit: 9)
        _ = second.take(.keyGone(key), limit: 9)
        let all = first.followed(by: second)
        #expect(all.keys[key] == .some(nil))
        #expect(all.bans.keys.sorted() == [4])
    }

    @Test func aPersonWhoIsForgottenIsForgottenHereToo() throws {
        let key = try #require(StoredDigest.sample(1))
        var changes = RecordChanges()
        _ = changes.take(.key(KeyRecord(key: key, name: "aisha", lastUsed: 1)), limit: 9)
        changes.forget(.person(name: "aisha", key: nil))
        #expect(changes.isEmpty)
        _ = changes.take(.room(RoomRecord(name: "dev")), limit: 9)
        changes.forget(.room(name: "dev"))
        #expect(changes.isEmpty)
    }

    /// Outside of the macro, which lends its operands for reading only.
    private func take(_ change: HistoryChange, limit: Int, in changes: inout RecordChanges) -> Bool {
        changes.take(change, limit: limit)
    }
}
