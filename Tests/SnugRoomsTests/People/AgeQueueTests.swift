// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct AgeQueueTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func itIsAListInTheOrderOfTheLastTimeThoughSomeTimesGoBack(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = AgeQueue<Int>()
        var model: [(key: Int, time: ChatTime)] = []
        for step in 0..<3000 {
            let isBack = Int.random(in: 0...9, using: &random) == 0
            let back = isBack ? Int64.random(in: 0...20, using: &random) : 0
            let time = ChatTime(milliseconds: Int64(step / 3) - back)
            let key = Int.random(in: 0...20, using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0...1:
                queue.put(key, at: time)
                model.removeAll { $0.key == key }
                let earlier = model.lastIndex { $0.time <= time }
                model.insert((key, time), at: earlier.map { $0 + 1 } ?? 0)
            case 2:
                #expect(queue.remove(key) == model.contains { $0.key == key }, "seed \(seed)")
                model.removeAll { $0.key == key }
            default:
                let last = ChatTime(milliseconds: Int64(step / 3) - Int64.random(in: 0...20, using: &random))
                let isDue = model.first.map { $0.time <= last } ?? false
                #expect(queue.removeFirst(putBy: last) == (isDue ? model.first?.key : nil), "seed \(seed)")
                if isDue { model.removeFirst() }
            }
            #expect(queue.all.map(\.key) == model.map(\.key), "seed \(seed)")
            #expect(queue.all.map(\.time) == model.map(\.time), "seed \(seed)")
            #expect(queue.first?.key == model.first?.key && queue.count == model.count, "seed \(seed)")
        }
    }

    @Test func whatIsPutDownAgainAndAgainTakesNoMoreMemory() {
        var queue = AgeQueue<Int>()
        for step in 0..<10_000 {
            queue.put(step % 3, at: ChatTime(milliseconds: Int64(step)))
            #expect(queue.remembered <= 2 * queue.count + 17)
        }
    }
}
