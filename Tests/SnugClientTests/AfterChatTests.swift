// SPDX-License-Identifier: Apache-2.0

import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct AfterChatTests {
    @Test func whatIsSaidAtTheEndIsTheProgramsOwnAndSaysTheWayOut() {
        let notice = AfterChat.notice("the server has ended the chat")
        #expect(
            notice.text == "*! disconnected: the server has ended the chat (Enter on an empty line leaves)"
        )
        #expect(AfterChat.keptLine.text == "*! not sent (Enter on an empty line leaves)")
        for text in [notice, AfterChat.keptLine] { #expect(text.parts.allSatisfy { $0.role == .program }) }
    }

    @Test func aReasonFromAServerReachesNoTerminalRaw() {
        let text = AfterChat.notice("bye\u{1B}[2J\u{7}\n* ben left *").text
        #expect(text == "*! disconnected: bye␛[2J␇ * ben left * (Enter on an empty line leaves)")
    }
}
