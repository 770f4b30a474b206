// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

@Suite struct DeadlinesTests {
    @Test(arguments: 0..<20)
    func theEarliestAndTheFirstDueAreThoseOfAPlainList(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var deadlines = Deadlines()
        var model: [Deadlines.Purpose: MonotonicTime] = [:]
        for _ in 0..<200 {
            guard let purpose = Deadlines.Purpose.allCases.randomElement(using: &random) else { continue }
            let time = MonotonicTime(at: .random(in: 0...20, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                deadlines[purpose] = nil
                model[purpose] = nil
            case 1:
                deadlines.keep(purpose, while: true, from: time)
                model[purpose] = model[purpose] ?? time
            case 2:
                deadlines.keep(purpose, while: false, from: time)
                model[purpose] = nil
            default:
                deadlines[purpose] = time
                model[purpose] = time
            }
            #expect(deadlines[purpose] == model[purpose])
            #expect(deadlines.earliest == model.values.min())
            let now = MonotonicTime(at: 10)
            let due = model.filter { $0.value <= now }.keys.min { $0.rawValue < $1.rawValue }
            #expect(deadlines.due(by: now) == due)
        }
    }

    @Test func thereIsRoomForEachPurpose() {
        var deadlines = Deadlines()
        for purpose in Deadlines.Purpose.allCases {
            deadlines[purpose] = .start
            #expect(deadlines.due(by: .start) != nil)
            deadlines[purpose] = nil
        }
        #expect(deadlines.earliest == nil && deadlines.due(by: .start) == nil)
    }
}

extension MonotonicTime {
    init(at milliseconds: Int) { self = .start + .milliseconds(milliseconds) }
}
