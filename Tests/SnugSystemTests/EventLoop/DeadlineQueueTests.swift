// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugSystem

/// A heap of deadlines against a list that is sorted anew each time.
@Suite struct DeadlineQueueTests {
    @Test(arguments: 0..<40)
    func deadlinesComeInTheirOrderAndNoneIsLost(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = DeadlineQueue()
        var model: [(time: MonotonicTime, number: UInt32)] = []
        for number in 0..<UInt32(600) {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1, 2:
                // Few times, so that many are equal.
                let time = MonotonicTime.start + .milliseconds(Int.random(in: 0...40, using: &random))
                queue.insert(time, id: RegistrationID(slot: number, generation: 1))
                model.append((time, number))
            case 3:
                let now = MonotonicTime.start + .milliseconds(Int.random(in: 0...20, using: &random))
                let due = queue.popDue(by: now)
                let first = model.map(\.time).min()
                guard let due else {
                    #expect(first.map { $0 > now } ?? true)
                    break
                }
                #expect(due.time == first && due.time <= now)
                let index = model.firstIndex { $0.number == due.id.slot && $0.time == due.time }
                #expect(index != nil)
                if let index { model.remove(at: index) }
            default:
                guard Int.random(in: 0..<8, using: &random) == 0 else { break }
                let rest = UInt32.random(in: 0...2, using: &random)
                queue.removeAll { $1.slot % 3 == rest }
                model.removeAll { $0.number % 3 == rest }
            }
            #expect(queue.count == model.count)
            #expect(queue.earliest == model.map(\.time).min())
        }
        var last = MonotonicTime.start
        while let due = queue.popDue(by: .never) {
            #expect(due.time >= last)
            last = due.time
            model.removeAll { $0.number == due.id.slot }
        }
        #expect(model.isEmpty && queue.earliest == nil)
    }
}
