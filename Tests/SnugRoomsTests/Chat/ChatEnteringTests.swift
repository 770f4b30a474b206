// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct ChatEnteringTests {
    private var script = Script()

    @Test mutating func aStayThatWasCutIsKeptForSixtySecondsAndThenLeftIsToldOnce() {
        let bob = script.enter("bob", key: nil, token: 1)
        let aisha = script.enter("aisha", key: nil, token: 2)
        #expect(script.apply(.end(.cut), by: bob).events.isEmpty)
        script.pass(seconds: 59)
        #expect(script.last.events.isEmpty && script.names(for: aisha) == ["bob", "aisha"])
        #expect(script.chat.nextDue == ChatTime(milliseconds: script.milliseconds + 1000))
        script.pass(seconds: 1)
        #expect(script.last.kinds == [.left(.ended(.cut))] && script.names(for: aisha) == ["aisha"])
        script.pass(seconds: 60)
        #expect(script.last.events.isEmpty && script.chat.nextDue == nil)
    }

    @Test mutating func whoComesBackInTimeWasNeverAway() {
        let bob = script.enter("bob", key: nil, token: 1)
        script.join("dev", by: bob)
        script.apply(.end(.slow), by: bob)
        script.pass(seconds: 30)
        let again = script.enter("somebody", key: nil, token: 9, resume: 1)
        #expect(script.last.events.isEmpty && script.name(again) == "bob")
        #expect(script.entered?.isResumed == true && script.entered?.rooms.count == 2)
        #expect(script.entered?.token == TokenDigest(testing: 1))
        script.pass(seconds: 60)
        #expect(script.last.events.isEmpty && script.name(again) == "bob")
    }

    @Test mutating func whoGetsAnotherNameThanTheOneAskedForIsToldWhy() {
        script.enter("bob")
        #expect(script.entered?.notices == [])
        script.enter("bob")
        #expect(script.entered?.notices == [.nameTaken(given: .of("bob"), name: .of("bob-2"))])
        script.enter("b\u{7}ob-3")
        #expect(script.entered?.notices == [.nameCleaned(given: "b␇ob-3", name: .of("bob-3"))])
        script.enter("")
        #expect(script.entered?.notices == [.nameGiven(.of("anon-1"))])
    }

    @Test mutating func whoIsHereAlreadyWithItsKeyIsToldWhoItIs() {
        script.enter("zoe", key: 1)
        #expect(script.entered?.notices == [])
        script.enter("zoe", key: 1)
        #expect(script.entered?.notices == [])
        script.enter("", key: 1)
        #expect(script.entered?.notices == [])
        let second = script.enter("ben", key: 1)
        #expect(script.name(second) == "zoe" && script.entered?.notices == [.nameOfKey(.of("zoe"))])
    }

    @Test mutating func aTokenPutsAnEarlierConnectionOut() {
        let old = script.enter("bob", key: nil, token: 1)
        let new = script.enter("bob", key: nil, resume: 1)
        #expect(script.last.kinds == [.ended(.replaced)])
        #expect(script.last.events.first?.audience == .session(old))
        #expect(script.name(old) == nil && script.name(new) == "bob")
        #expect(script.apply(.end(.cut), by: old).events.isEmpty && script.chat.peopleCount == 1)
    }

    @Test(arguments: [(nil, 1), (1, nil), (1, 2)] as [(UInt8?, UInt8?)])
    mutating func aTokenOfAnotherKeysPersonResumesNothing(owner: UInt8?, thief: UInt8?) {
        let bob = script.enter("bob", key: owner, token: 1)
        for reason in [EndReason.cut, .goodbye] {
            let intruder = script.enter("bob", key: thief, token: 2, resume: 1)
            #expect(script.name(intruder) == "bob-2" && script.entered?.isResumed == false)
            #expect(script.entered?.token == TokenDigest(testing: 2))
            script.apply(.end(.goodbye), by: intruder)
            if reason == .cut { script.apply(.end(.cut), by: bob) }
        }
    }

    @Test mutating func oneKeyIsOnePersonWithHoweverManyConnections() {
        let laptop = script.enter("aisha", key: 1)
        let phone = script.enter("other", key: 1)
        #expect(script.last.events.isEmpty && script.name(phone) == "aisha")
        #expect(script.names(for: laptop) == ["aisha"])
        #expect(script.apply(.end(.goodbye), by: laptop).events.isEmpty)
        #expect(script.apply(.end(.goodbye), by: phone).kinds == [.left(.ended(.goodbye))])
    }

    @Test mutating func aGoodbyeOnOneDeviceLeavesTheOtherOneItsTime() {
        let laptop = script.enter("aisha", key: 1)
        let phone = script.enter("aisha", key: 1)
        script.apply(.end(.cut), by: phone)
        #expect(script.apply(.end(.goodbye), by: laptop).events.isEmpty)
        script.pass(seconds: 60)
        #expect(script.last.kinds == [.left(.ended(.cut))])
    }

    @Test mutating func aMemberOfTextWithoutAKeyLeavesAtOnceHoweverItEnds() {
        for reason in EndReason.allCases {
            let bob = script.enter("bob", .text)
            #expect(script.apply(.end(reason), by: bob).kinds == [.left(.ended(reason))])
        }
    }

    @Test mutating func textWithAKeyComesBackIntoTheRoomItWasIn() {
        let bob = script.enter("bob", .text) { $0.key = PersonKey(testing: 1) }
        script.join("dev", by: bob)
        script.apply(.end(.cut), by: bob)
        let again = script.enter("bob", .text) { $0.key = PersonKey(testing: 1) }
        #expect(script.last.events.isEmpty && script.names(for: again) == ["bob"])
        #expect((try? script.chat.room(nil, for: again))?.name.text == "dev")
    }

    @Test mutating func aNameBelongsToItsKeyForNinetyDaysAfterItWasUsed() {
        let aisha = script.enter("aisha", key: 1)
        script.pass(seconds: 100 * 86_400)
        script.apply(.end(.goodbye), by: aisha)
        script.pass(seconds: 90 * 86_400 - 1)
        for disguise in ["aisha", "AISHA", "аіѕһа"] {
            #expect(script.nameGiven(to: disguise, key: nil) != disguise)
            #expect(script.nameGiven(to: disguise, key: 2) != disguise)
        }
        let owner = script.enter("AISHA", key: 1)
        #expect(script.name(owner) == "AISHA")
        script.apply(.end(.goodbye), by: owner)
        script.pass(seconds: 90 * 86_400)
        #expect(script.nameGiven(to: "aisha", key: 3) == "aisha")
    }

    @Test mutating func whoHasAKeyAndNamesNothingGetsItsLastName() {
        let aisha = script.enter("aisha", key: 1)
        script.apply(.rename(NameRequest("zoe")), by: aisha)
        script.apply(.end(.goodbye), by: aisha)
        #expect(script.nameGiven(to: "", key: 1) == "zoe" && script.entered?.notices == [])
        #expect(script.nameGiven(to: "aisha", key: 2) == "aisha-2")
    }

    @Test mutating func whoMayComeBackGivesWayToWhoIsHere() {
        script = Script { $0.sessions = 2 }
        let bob = script.enter("bob", key: nil, token: 1)
        script.enter("aisha", key: nil, token: 2)
        script.enter("zoe", key: nil)
        #expect(script.refusal == .chatIsFull)
        script.apply(.end(.cut), by: bob)
        let zoe = script.enter("zoe", key: nil)
        #expect(script.name(zoe) == "zoe" && script.names(for: zoe) == ["aisha", "zoe"])
    }

    @Test mutating func aSessionEntersOnceAndAsksForNothingBefore() {
        let bob = script.enter("bob")
        script.apply(.enter(Entry(NameRequest("zoe"), fallbackName: "x")), by: bob)
        #expect(script.refusal == .enteredAlready && script.name(bob) == "bob")
        #expect(script.say("hello", by: .nobody).refusal == .notEntered)
        #expect(script.apply(.end(.cut), by: .nobody) == .nothing)
    }

    @Test mutating func aPersonHasABoundedNumberOfConnections() {
        script = Script { $0.sessionsOfAPerson = 2 }
        let first = script.enter("bob", key: 1)
        script.enter("bob", key: 1)
        script.enter("bob", key: 1)
        #expect(script.refusal == .tooManySessions)
        script.apply(.end(.cut), by: first)
        #expect(script.nameGiven(to: "bob", key: 1) == "bob")
    }

    @Test mutating func whoAsksForNoNameIsToldAnotherThingThanWhoAsksForOneThatIsNone() {
        let aisha = script.enter("aisha")
        #expect(script.apply(.rename(NameRequest("  ")), by: aisha).refusal == .nameMissing)
        #expect(script.apply(.rename(NameRequest("***")), by: aisha).refusal == .nameNotFit)
    }
}
