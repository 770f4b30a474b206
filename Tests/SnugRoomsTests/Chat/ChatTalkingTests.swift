// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct ChatTalkingTests {
    private var script = Script()

    @Test mutating func aLineThatIsSentAgainIsConfirmedAndNotSaidAgain() {
        let bob = script.enter("bob", key: nil, token: 1)
        let said = script.say("hello", ref: "1", by: bob)
        let sequence = said.events.first?.sequence ?? 0
        script.milliseconds += 500
        let again = script.say("hello", ref: "1", by: bob)
        #expect(again.events.isEmpty && again.changes.isEmpty)
        #expect(again.answer == .saidBefore(sequence: sequence, time: said.events.first?.time ?? script.time))
        #expect(script.say("hello", ref: "2", by: bob).events.count == 1)
        #expect(script.say("hello", by: bob).events.count == 1)
    }

    @Test mutating func aRefIsForOneTextInOneRoom() throws {
        let bob = script.enter("bob", key: nil, token: 1)
        script.join("dev", by: bob)
        script.say("hello", ref: "1", by: bob)
        #expect(script.say("Hello", ref: "1", by: bob).refusal == .refReused)
        #expect(script.say("hello", to: "dev", ref: "1", by: bob).refusal == .refReused)
        let line = try #require(ChatLine("hello"))
        let action = try #require(Speech(action: line))
        #expect(script.apply(.say(action, to: nil, ref: Ref("1")), by: bob).refusal == .refReused)
        #expect(script.apply(.direct(to: .of("bob"), line, ref: Ref("1")), by: bob).refusal == .refReused)
    }

    @Test(arguments: [EndReason.cut, .goodbye])
    mutating func refsGoOnWithWhoeverResumes(reason: EndReason) {
        let bob = script.enter("bob", key: nil, token: 1)
        script.say("hello", ref: "1", by: bob)
        script.apply(.end(reason), by: bob)
        script.pass(seconds: 86_399)
        let again = script.enter("bob", key: nil, token: 2, resume: 1)
        #expect(script.entered?.token == TokenDigest(testing: 1) && script.entered?.isResumed == false)
        #expect(script.say("hello", ref: "1", by: again).events.isEmpty)
        let other = script.enter("bob", key: nil, token: 3)
        #expect(script.say("hello", ref: "1", by: other).events.count == 1)
    }

    @Test mutating func refsOfAStayThatIsOverAreForgottenAfterADay() {
        let bob = script.enter("bob", key: nil, token: 1)
        script.say("hello", ref: "1", by: bob)
        script.apply(.end(.goodbye), by: bob)
        script.pass(seconds: 86_400)
        #expect(script.chat.nextDue == nil)
        let again = script.enter("bob", key: nil, token: 2, resume: 1)
        #expect(script.entered?.token == TokenDigest(testing: 2))
        #expect(script.say("hello", ref: "1", by: again).events.count == 1)
    }

    @Test mutating func aConfirmationNeedsNeitherTheRoomNorTheVoice() {
        let bob = script.enter("bob", key: 1, token: 1)
        script.join("dev", by: bob)
        script.say("hello", to: "dev", ref: "1", by: bob)
        script.apply(.leave(.of("dev")), by: bob)
        script.apply(.mute(.of("bob"), milliseconds: nil, reason: nil, announcedIn: nil), isControl: true)
        script.say("hello", to: "dev", ref: "1", by: bob)
        guard case .saidBefore = script.last.answer else {
            Issue.record("\(script.last)")
            return
        }
    }

    @Test mutating func directMessagesGoToBothEndsAndNowhereElse() throws {
        let bob = script.enter("bob", key: nil, token: 1)
        script.enter("aisha", key: 2)
        let line = try #require(ChatLine("psst"))
        script.apply(.direct(to: .of("AISHA"), line, ref: Ref("1")), by: bob)
        let ids = script.chat.who(bob).map { [$0.id] } ?? []
        #expect(script.last.events.count == 2 && script.last.changes.isEmpty)
        #expect(script.last.events.last?.audience == ids.first.map { .person($0) })
        #expect(script.last.events.first?.audience != script.last.events.last?.audience)
        #expect(script.apply(.direct(to: .of("AISHA"), line, ref: Ref("1")), by: bob).events.isEmpty)
    }

    @Test mutating func directMessagesToNobodyToOneselfAndToWhoIsCutOffAreRefused() throws {
        let bob = script.enter("bob")
        let aisha = script.enter("aisha", key: 1)
        let line = try #require(ChatLine("psst"))
        #expect(script.apply(.direct(to: .of("zoe"), line, ref: nil), by: bob).refusal == .nobodyOfThatName)
        #expect(script.apply(.direct(to: .of("BOB"), line, ref: nil), by: bob).refusal == .yourself)
        script.apply(.end(.cut), by: aisha)
        #expect(script.apply(.direct(to: .of("aisha"), line, ref: nil), by: bob).refusal == .notConnected)
        script.pass(seconds: 60)
        #expect(script.apply(.direct(to: .of("aisha"), line, ref: nil), by: bob).refusal == .nobodyOfThatName)
    }

    @Test mutating func aNameThatLooksLikeTwoIsOnlyItsExactOwners() throws {
        let bob = script.enter("bob")
        script.enter("alsha")
        script.enter("aisha")
        let line = try #require(ChatLine("psst"))
        #expect(script.apply(.direct(to: .of("AISHA"), line, ref: nil), by: bob).refusal == .nobodyOfThatName)
        script.apply(.direct(to: .of("alsha"), line, ref: nil), by: bob)
        guard case .direct(let to, _, _) = script.last.kinds.first else {
            Issue.record("\(script.last)")
            return
        }
        #expect(to.name.text == "alsha")
    }

    @Test(arguments: [
        ("bob", "left"), ("bob", "joined the chat"), ("bob", "is now zoe"), ("bob is", "now zoe"),
        ("bob", "le\u{200D}ft"), ("bob", "is\u{2800}now zoe"), ("bob", "says zoe is now op"),
    ])
    mutating func noActionLooksLikeANotice(name: String, text: String) throws {
        let bob = script.enter(name)
        let line = try #require(ChatLine(text))
        guard let action = Speech(action: line) else { return }
        #expect(script.apply(.say(action, to: nil, ref: nil), by: bob).refusal == .readsAsNotice)
    }

    @Test mutating func actionsAreSaidAndStored() throws {
        let bob = script.enter("bob")
        let line = try #require(ChatLine("waves and goes"))
        let action = try #require(Speech(action: line))
        script.apply(.say(action, to: nil, ref: nil), by: bob)
        #expect(script.last.kinds == [.said(action, ref: nil)])
        let stored = try #require(script.last.line)
        #expect(stored.isAction && stored.text == "waves and goes" && stored.author.name.text == "bob")
    }
}
