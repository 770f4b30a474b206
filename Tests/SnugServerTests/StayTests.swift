// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugServer

@Suite struct StayTests {
    @Test func aListenerThatTurnsOutToBeGoneGetsFewLinesButNobodyGetsMoreThanBefore() {
        var stay = Stay.active
        #expect(stay.isProcessing && !stay.isLimitedToFew && !stay.isExhausted)
        stay.end(.ended, saying: .all)
        #expect(stay.isProcessing && !stay.isLimitedToFew)
        stay.end(.quit, saying: .few(2))
        #expect(stay == .ending(.ended, .few(2)), "it had ended its input before")
        stay.end(.quit, saying: .all)
        stay.end(.quit, saying: .few(10))
        #expect(stay == .ending(.ended, .few(2)))
    }

    @Test func afterTheLastLineThereIsNoMore() {
        var stay = Stay.active
        stay.countFrame()
        #expect(stay == .active, "who is there has no last line")
        stay.end(.ended, saying: .few(2))
        stay.countFrame()
        #expect(!stay.isExhausted)
        stay.countFrame()
        #expect(stay.isExhausted && stay.isProcessing)
        stay.countFrame()
        #expect(stay == .ending(.ended, .few(0)))
    }

    @Test(arguments: [Stay.left(until: nil), .left(until: 5), .lingering, .closed])
    func whoHasLeftStaysOut(_ stay: Stay) {
        var later = stay
        later.end(.quit, saying: .all)
        later.countFrame()
        #expect(later == stay && !later.isProcessing && !later.isLimitedToFew && !later.isExhausted)
    }

    @Test func whoIsLeavingIsSentTheLastMessagesAndNothingBehindTheGoodbye() {
        let sent: [Stay] = [.active, .ending(.quit, .all), .left(until: nil), .left(until: 5)]
        #expect(sent.allSatisfy { !$0.isOver })
        #expect([Stay.lingering, .closed].allSatisfy { $0.isOver })
    }
}
