// SPDX-License-Identifier: Apache-2.0

import SnugTerminal
import Testing

@Suite struct StyledTextTests {
    @Test func theTextIsWhatItsPartsSayInTheirOrder() {
        var text = StyledText("12:01 ", .time)
        text.append("ben", .name("ben"))
        text.append(": hello", .speech)
        #expect(text.text == "12:01 ben: hello")
        #expect(text.parts.map(\.role) == [.time, .name("ben"), .speech])
    }
}
