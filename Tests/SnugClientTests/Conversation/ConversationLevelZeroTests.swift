// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

/// A server that says everything in words.
@Suite struct ConversationLevelZeroTests {
    private func hear(_ talk: inout Talk, _ line: String) -> [Conversation.Effect] {
        talk.conversation.take(levelZero: line, at: talk.now)
    }

    private func begun() -> Talk {
        var talk = Talk()
        #expect(talk.rows(hear(&talk, "* aisha joined the chat *")) == ["* aisha joined the chat *"])
        return talk
    }

    @Test func linesHaveTheirSpeakersAndMentions() {
        var talk = begun()
        let effects = hear(&talk, "ben: hello Aisha")
        #expect(
            effects.first?.row?.parts.map(\.role) == [.name("ben"), .speech, .mention]
        )
        #expect(effects.contains(.bell))
        #expect(talk.conversation.vocabulary.names == ["ben"])
    }

    @Test func comingsAndGoingsAreFoldedHereToo() {
        var talk = begun()
        for line in ["* ben joined the chat *", "* carla joined the chat *", "* dan left *"] {
            #expect(hear(&talk, line) == [])
        }
        #expect(talk.wait(.seconds(3)) == ["* ben, carla joined the chat; dan left *"])
    }

    @Test func oneIsMeantByTheNameThatOneHasNow() {
        var talk = begun()
        #expect(talk.rows(hear(&talk, "* aisha is now zoe *")) == ["* aisha is now zoe *"])
        #expect(hear(&talk, "ben: zoe?").contains(.bell))
        #expect(!hear(&talk, "ben: aisha?").contains(.bell))
    }

    @Test func aDirectMessageRings() {
        var talk = begun()
        let effects = hear(&talk, "* ben (only to you): psst *")
        #expect(talk.rows(effects) == ["* ben (only to you): psst *"])
        #expect(effects.contains(.bell))
    }

    @Test func whatNoServerOfThisProtocolSaysPassesForNothingElse() {
        var talk = begun()
        #expect(talk.rows(hear(&talk, "*! the connection is safe")) == ["* *! the connection is safe *"])
        #expect(talk.rows(hear(&talk, "*> hi")) == ["* *> hi *"])
        #expect(talk.rows(hear(&talk, "#ops: ben: hi")) == ["*#ops: ben: hi"])
    }

    @Test func commandsAreForTheServerButForThoseThatItCannotKnow() {
        var talk = begun()
        #expect(talk.conversation.typed(levelZero: "/who", at: talk.now) == [.send("/who")])
        #expect(talk.conversation.typed(levelZero: "/go ops", at: talk.now) == [.send("/go ops")])
        #expect(talk.conversation.typed(levelZero: "//x", at: talk.now) == [.send("//x")])
        #expect(talk.conversation.typed(levelZero: "/tls", at: talk.now) == [.showTLS])
    }
}
