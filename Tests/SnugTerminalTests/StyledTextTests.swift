// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

@Suite struct StyledTextTests {
    @Test func theTextIsWhatItsPartsSayInTheirOrder() {
        var text = StyledText("12:01 ", .time)
        text.append("ben", .name("ben"))
        text.append(": hello", .speech)
        #expect(text.text == "12:01 ben: hello")
        #expect(text.parts.map(\.role) == [.time, .name("ben"), .speech])
    }

    @Test func joinersAreTakenFromItsEndAndNowhereElse() {
        let family = StyledText.Part("👨\u{200D}👩", .speech)
        let joiners = StyledText.Part("\u{200D}\u{200D}", .mention)
        #expect(StyledText([family, joiners]).withoutLastJoiners == StyledText([family]))
        #expect(StyledText([joiners, family]).withoutLastJoiners == StyledText([joiners, family]))
        #expect(StyledText([joiners, joiners]).withoutLastJoiners == StyledText())
        #expect(StyledText().withoutLastJoiners == StyledText())
        #expect("न\u{200C}\u{200D}".withoutLastJoiners == "न\u{200C}")
    }
}
