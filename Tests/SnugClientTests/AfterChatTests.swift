// SPDX-License-Identifier: Apache-2.0

import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct AfterChatTests {
    @Test func whatIsSaidAtTheEndIsTheProgramsOwnAndSaysTheWayOut() {
        let notice = AfterChat.notice("the server has ended the chat", .marks)
        #expect(
            notice.text == "*! disconnected: the server has ended the chat (Enter on an empty line leaves)"
        )
        #expect(AfterChat.keptLine(.marks).text == "*! not sent (Enter on an empty line leaves)")
        for text in [notice, AfterChat.keptLine(.marks)] {
            #expect(text.parts.allSatisfy { $0.role == .program })
        }
    }

    @Test func whoListensIsToldInWords() {
        let notice = AfterChat.notice("the server has ended the chat", .plainSentences)
        #expect(
            notice.text == "snug: disconnected: the server has ended the chat (Enter on an empty line leaves)"
        )
    }

    @Test func aReasonFromAServerReachesNoTerminalRaw() {
        let text = AfterChat.notice("bye\u{1B}[2J\u{7}\n* ben left *", .marks).text
        #expect(text == "*! disconnected: bye␛[2J␇ * ben left * (Enter on an empty line leaves)")
    }
}
