// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(5))) struct ReportTests {
    @Test func everyClaimHoldsOnARealChat() {
        let report = RecordedChat.report()
        #expect(report.claims.filter { !$0.held } == [])
        print(report.terminalText(colour: false))
    }
}
