// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import TestSupport
import Testing

@testable import SnugServer

/// What people who speak text are told, of what they and others type.
@Suite struct TextChatTests {
    private let desk: TextDesk

    init() throws { desk = try TextDesk() }

    @Test func aMemberJoinsTalksAndLeaves() throws {
        let aisha = try desk.enter("aisha")
        #expect(aisha.posted == ["* aisha joined the chat *"])
        #expect(try desk.type(" hello ", as: aisha) == ["aisha: hello"])
        #expect(try desk.type("", as: aisha) == [])
        #expect(try desk.leave(aisha) == [])
    }

    @Test func aFullChatLetsNobodyInUntilSomeoneLeaves() throws {
        var limits = ChatLimits()
        limits.sessions = 1
        let desk = try TextDesk(limits)
        let aisha = try desk.enter("aisha")
        #expect(throws: Refusal.self) { try desk.enter("bob") }
        _ = try desk.leave(aisha)
        #expect(try desk.enter("bob").posted == ["* bob joined the chat *"])
    }

    @Test func whoFillsAFrameWithWholeNamesAndCountsTheRest() throws {
        let fox = String(repeating: "🦊", count: 20)
        let first = try desk.enter(fox)
        for _ in 1..<1000 { _ = try desk.enter(fox) }
        let text = String(try #require(try desk.type("/who", as: first).first).dropFirst("1 < ".count))
        #expect(text.utf8.count <= 8192 && text.utf8.count > 8192 - 84)
        let named = text.split(separator: ", ").count
        #expect(text.hasSuffix(" and \(1000 - named) more *"))
    }

    @Test func commandsAreAnsweredToTheirSenderAlone() throws {
        let aisha = try desk.enter("aisha")
        let commands = [
            "/help", "/who", "/", "/ /", "/ who", "/eval 1", "/nick", "/nick *", "/\u{301}who", "/msg",
            "/msg bob",
            "/r hello", "/join", "/join *", "/rooms", "/topic", "/private", "/invite bob", "/me", "/kick bob",
            "/mute bob", "/ban bob", "/bans", "/unban x", "/unban 3",
        ]
        for command in commands {
            let posted = try desk.type(command, as: aisha)
            #expect(posted.count == 1 && posted[0].hasPrefix("1 < * "), "\(command): \(posted)")
        }
        #expect(try desk.type("/eval 1", as: aisha) == ["1 < * /eval is no command; /help lists them *"])
        #expect(try desk.type("/nick", as: aisha) == ["1 < * usage: /nick NAME *"])
        #expect(try desk.type("/nick  ", as: aisha) == ["1 < * usage: /nick NAME *"])
        #expect(try desk.type("/nick *:", as: aisha) == ["1 < * \"*:\" cannot be a name; you keep yours *"])
    }

    @Test func whoeverLosesPartOfALineIsTold() throws {
        let aisha = try desk.enter("aisha")
        let posted = try desk.type(String(repeating: "x", count: 501), as: aisha)
        #expect(posted.count == 2 && posted[0].count == 507)
        #expect(posted[1].hasPrefix("1 < * your line was cut to 500 characters"))
    }

    // MARK: Names

    @Test(arguments: ["", " ", "*", "\u{200B}"])
    func aNameOfNothingBecomesTheFallback(raw: String) throws {
        let guest = try desk.enter(raw, fallbackName: "anon-53422")
        #expect(
            guest.posted == [
                "* anon-53422 joined the chat *", "1 < * no name was left to show; you are anon-53422 *",
            ]
        )
        #expect(try desk.enter(raw, fallbackName: "anon-53422").name.text == "anon-53422-2")
        #expect(try desk.enter("", fallbackName: "").name.text == "anon")
    }

    @Test func aTakenNameGetsANumberAndItsOwnerIsTold() throws {
        let first = try desk.enter("aisha")
        #expect(first.posted == ["* aisha joined the chat *"])
        for (raw, name) in [("aisha", "aisha-2"), ("Aisha", "Aisha-3"), ("аіѕһа", "аіѕһа-4")] {
            let guest = try desk.enter(raw)
            #expect(guest.name.text == name)
            #expect(
                guest.posted.last?.hasSuffix("is taken or looks like a taken name; you are \(name) *") == true
            )
        }
    }

    @Test func nickChangesTheNameForEveryone() throws {
        let aisha = try desk.enter("aisha")
        #expect(try desk.type("/nick zoe", as: aisha) == ["* aisha is now zoe *"])
        #expect(try desk.type("hi", as: aisha) == ["zoe: hi"])
        #expect(try desk.type("/nick zoe", as: aisha) == ["1 < * you are zoe already *"])
        #expect(try desk.enter("aisha").name.text == "aisha")
    }

    @Test(arguments: ["bob", "Bob", "ВоЬ", "*b*o*b*"])
    func nickToATakenNameIsRefused(disguise: String) throws {
        let aisha = try desk.enter("aisha")
        _ = try desk.enter("bob")
        let posted = try desk.type("/nick " + disguise, as: aisha)
        #expect(
            posted.count == 1 && posted[0].hasSuffix("is taken or looks like a taken name; you keep yours *")
        )
        #expect(try desk.type("hi", as: aisha) == ["aisha: hi"])
    }

    @Test func aCleanedNameIsSaidToItsOwner() throws {
        #expect(try desk.enter("*bob*").posted.last?.contains("\"*bob*\" is not fit for a name") == true)
    }

    @Test(arguments: [
        "abcdefghijklmnopqrst", "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊", "abcdefghijklmnopq rs",
    ])
    func aLongTakenNameMakesRoomForItsNumber(raw: String) throws {
        _ = try desk.enter(raw)
        for number in 2...30 {
            let name = try desk.enter(raw).name.text
            #expect(name.hasSuffix("-\(number)") && name.count <= 20 && name.utf8.count <= 80)
            #expect(!name.contains(" -"))
        }
    }

    @Test func aFreedNameIsFreeAtOnce() throws {
        let (first, second) = (try desk.enter("bob"), try desk.enter("bob"))
        _ = try desk.leave(first)
        #expect(try desk.enter("BOB").name.text == "BOB")
        _ = try desk.leave(second)
        #expect(try desk.enter("bob").name.text == "bob-2")
    }

    @Test func aMemberMayChangeTheCaseOfItsOwnName() throws {
        let aisha = try desk.enter("aisha")
        #expect(try desk.type("/nick AISHA", as: aisha) == ["* aisha is now AISHA *"])
        #expect(try desk.type("/nick AISHA", as: aisha) == ["1 < * you are AISHA already *"])
        #expect(try desk.enter("aisha").name.text == "aisha-2")
        _ = try desk.leave(aisha)
        #expect(try desk.enter("alsha").name.text == "alsha")
        #expect(try desk.enter("aisha").name.text == "aisha")
    }

    @Test func nickNeedsANameOfWhichSomethingIsLeft() throws {
        let aisha = try desk.enter("aisha")
        #expect(try desk.type("/nick *:", as: aisha) == ["1 < * \"*:\" cannot be a name; you keep yours *"])
        let cut = try desk.type("/nick abcdefghijklmnopqrstuvw", as: aisha)
        #expect(cut.count == 2 && cut[0] == "* aisha is now abcdefghijklmnopqrst *")
    }

    @Test func tenThousandMembersMayAskForOneName() throws {
        var limits = ChatLimits()
        limits.sessions = 20_000
        let desk = try TextDesk(limits)
        let guests = try (0..<10_000).map { _ in try desk.enter("bob") }
        #expect(Set(guests.map(\.name)).count == 10_000)
        for guest in guests.reversed() { _ = try desk.leave(guest) }
        #expect(try desk.enter("bob").name.text == "bob")
    }

    // MARK: Keys

    private static func key(_ byte: UInt8) -> PersonKey? {
        Bytes32(Array(repeating: byte, count: 32)).map { PersonKey($0) }
    }

    @Test func whoComesBackWithItsKeyWithinAMinuteWasNeverAway() throws {
        _ = try desk.enter("ann")
        let ben = try desk.enter("ben") { $0.key = Self.key(1) }
        #expect(try desk.leave(ben, .cut) == [])
        desk.pass(milliseconds: 59_000)
        #expect(try desk.enter("ben") { $0.key = Self.key(2) }.name.text == "ben-2")
        let again = try desk.enter("ben") { $0.key = Self.key(1) }
        #expect(again.name.text == "ben")
        #expect(again.posted == ["4 < * ben joined the chat *"], "and nobody else is told")
        #expect(try desk.type("hello", as: again) == ["ben: hello"])
        #expect(try desk.leave(again, .cut) == [])
        desk.pass(milliseconds: 60_000)
        desk.hub.tick()
        #expect(try desk.posted() == ["* ben left *"])
    }

    @Test func aNameBelongsToTheKeyThatTookItFirst() throws {
        let ben = try desk.enter("ben") { $0.key = Self.key(1) }
        #expect(try desk.leave(ben) == [])
        #expect(try desk.enter("BEN").name.text == "BEN-2")
        desk.pass(milliseconds: 89 * 86_400_000)
        #expect(try desk.enter("ben") { $0.key = Self.key(1) }.name.text == "ben")
    }

    @Test func onePersonWithTwoConnectionsIsShownOnceAndLeavesWithTheLast() throws {
        let ann = try desk.enter("ann")
        let laptop = try desk.enter("ben") { $0.key = Self.key(1) }
        let phone = try desk.enter("benny") { $0.key = Self.key(1) }
        let note = "3 < * your key is here already: you are ben on this connection as well *"
        #expect(phone.name.text == "ben" && phone.posted == ["3 < * ben joined the chat *", note])
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, ben *"])
        #expect(try desk.leave(laptop) == [])
        #expect(try desk.type("still here", as: phone) == ["ben: still here"])
        #expect(try desk.leave(phone) == ["* ben left *"])
    }

    @Test func whoeverComesInIsToldNothingThatWasDueBefore() throws {
        let ben = try desk.enter("ben") { $0.key = Self.key(1) }
        _ = try desk.leave(ben, .cut)
        _ = try desk.enter("ann")
        desk.pass(milliseconds: 60_000)
        desk.showsAdmissions = true
        #expect(try desk.enter("cem").posted == ["* ben left *", "in", "* cem joined the chat *"])
    }

    /// The person is in that room already, so nobody is told of anything: only where the session reads changes.
    @Test func aSessionThatGoesToWhereAnotherOfThePersonIsReadsAndAsksThere() throws {
        let ann = try desk.enter("ann")
        let laptop = try desk.enter("ben") { $0.key = Self.key(1) }
        let phone = try desk.enter("ben") { $0.key = Self.key(1) }
        let tablet = try desk.enter("ben") { $0.key = Self.key(1) }
        _ = try desk.type("/join den", as: tablet)
        _ = try desk.type("/private", as: tablet)
        #expect(
            try desk.type("/join den", as: phone) == [
                "3 to another room", "3 < \(TextDesk.kept)", "3 < * you are in #den (1 here) *",
            ]
        )
        #expect(try desk.type("/who", as: phone) == ["3 < * online: ben *"])
        #expect(try desk.type("/who", as: ann) == ["1 < * online: ann, ben *"])
        #expect(try desk.type("/who", as: laptop) == ["2 < * online: ann, ben *"])
    }

    // MARK: Rooms

    @Test func aRoomThatEverybodyHasLeftTakesNoPlace() throws {
        var limits = ServerLimits()
        limits.rooms = 2
        let desk = try TextDesk(limits.chat)
        let ann = try desk.enter("ann")
        for number in 0..<10 {
            #expect(
                try desk.type("/join room \(number)", as: ann).last
                    == "1 < * you are in #room \(number) (1 here) *"
            )
            _ = try desk.type("a line", as: ann)
        }
        #expect(
            try desk.type("/rooms", as: ann) == [
                "1 < * rooms: #main (0), #room 8 (0), #room 9 (1) *"
            ]
        )
    }

    @Test func whoJoinsARoomLeavesTheOneBeforeAndEachRoomHearsOnlyItsOwn() throws {
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        #expect(
            try desk.type("/join #den", as: ben) == [
                "2 to another room", "* ben left *", "* ben joined the chat *", "2 < \(TextDesk.kept)",
                "2 < * you are in #den (1 here) *",
            ]
        )
        #expect(try desk.type("/rooms", as: ann) == ["1 < * rooms: #main (1), #den (1) *"])
        #expect(try desk.type("/join DEN", as: ann).last == "1 < * you are in #den (2 here) *")
        #expect(try desk.type("/join den", as: ann) == ["1 < * you are in that room already *"])
        #expect(try desk.type("/topic cats: why?", as: ann) == ["* ann set the topic: cats: why? *"])
        #expect(try desk.type("/topic", as: ben) == ["2 < * topic of #den: cats: why? *"])
        _ = try desk.type("/join main", as: ben)
        #expect(try desk.type("/topic", as: ben) == ["2 < * #main has no topic *"])
        #expect(try desk.type("/join den", as: ben).last == "2 < * you are in #den (2 here): cats: why? *")
    }

    @Test func aPrivateRoomLetsInWhoIsInvitedAndLooksToOthersAsIfItWereNotThere() throws {
        let (ann, ben, cem) = (try desk.enter("ann"), try desk.enter("ben"), try desk.enter("cem"))
        _ = try desk.type("/join den", as: ann)
        #expect(try desk.type("/private", as: ann) == ["* ann made the room private *"])
        #expect(try desk.type("/rooms", as: cem) == ["3 < * rooms: #main (2) *"])
        #expect(
            try desk.type("/invite ben", as: ann) == [
                "* ann invited ben into the room *", "2 < * ann invites you: /join den *",
            ]
        )
        #expect(try desk.type("/join den", as: ben).last == "2 < * you are in #den (2 here) *")
        // To who is not invited it is a name that nobody has used yet.
        #expect(try desk.type("/join den", as: cem).last == "3 < * you are in #den (1 here) *")
        #expect(try desk.type("/who", as: cem) == ["3 < * online: cem *"])
    }

    @Test func thereAreNoMoreRoomsThanThereMayBe() throws {
        var limits = ChatLimits()
        limits.rooms = 2
        let desk = try TextDesk(limits)
        let guests = try ["ann", "ben", "cem"].map { try desk.enter($0) }
        for guest in guests[..<2] { _ = try desk.type("/join room of \(guest.name)", as: guest) }
        #expect(
            try desk.type("/join a third", as: guests[2]) == [
                "3 < * there are as many rooms as there may be *"
            ]
        )
        _ = try desk.type("/join room of ben", as: guests[0])
        #expect(try desk.type("/join a third", as: guests[2]).last == "3 < * you are in #a third (1 here) *")
    }

    @Test func mainCannotBeMadePrivate() throws {
        let ann = try desk.enter("ann")
        #expect(try desk.type("/private", as: ann) == ["1 < * #main is everybody's room *"])
    }

    // MARK: To one person alone

    @Test func aDirectMessageIsSeenByItsReaderAloneAndCanBeAnswered() throws {
        let (ann, ben) = (try desk.enter("ann lee"), try desk.enter("ben"))
        _ = try desk.enter("cem")
        #expect(try desk.type("/msg ann lee hello you", as: ben) == ["1 < * ben (only to you): hello you *"])
        #expect(try desk.type("/r hello back", as: ann) == ["2 < * ann lee (only to you): hello back *"])
        #expect(try desk.type("/msg ANN LEE: hi", as: ben) == ["1 < * ben (only to you): hi *"])
        #expect(try desk.type("/msg dora hi", as: ben) == ["2 < * nobody here is called dora *"])
        #expect(try desk.type("/msg ben hi", as: ben) == ["2 < * that is you *"])
        #expect(try desk.type("/msg ann lee", as: ben) == ["2 < * usage: /msg NAME TEXT *"])
    }

    @Test func anAnswerGoesToWhoWroteLastWhateverItIsCalledNow() throws {
        let (ann, ben) = (try desk.enter("ann"), try desk.enter("ben"))
        #expect(try desk.type("/r hi", as: ann) == ["1 < * nobody has said anything to you alone yet *"])
        _ = try desk.type("/msg ann hi", as: ben)
        _ = try desk.type("/nick cem", as: ben)
        #expect(try desk.type("/r hi cem", as: ann) == ["2 < * ann (only to you): hi cem *"])
        _ = try desk.leave(ben)
        #expect(try desk.type("/r hi cem", as: ann) == ["1 < * nobody has said anything to you alone yet *"])
    }

    // MARK: Actions

    @Test func anActionIsTextBehindTheName() throws {
        let ann = try desk.enter("ann")
        #expect(try desk.type("/me waves", as: ann) == ["* ann waves *"])
        #expect(try desk.type("/ME  is happy", as: ann) == ["* ann is happy *"])
    }

    @Test(arguments: [
        "left", "joined the chat", "is now bob", "was kicked by bob", "LEFT", "lеft", "x is now y",
        "(only to you): hi", "set the topic: x",
    ])
    func noActionReadsAsANotice(words: String) throws {
        let ann = try desk.enter("ann")
        #expect(
            try desk.type("/me \(words)", as: ann) == ["1 < * that would look like a notice of the server *"],
            "\(words)"
        )
    }

    // MARK: Operators

    @Test func onlyOperatorsModerateAndWhatTheyDoIsAnnouncedAndLogged() throws {
        let ann = try desk.enter("ann") { $0.isOperator = true }
        let ben = try desk.enter("ben", from: "192.0.2.7")
        for command in ["/kick ann", "/mute ann", "/ban ann", "/bans", "/unban 1"] {
            #expect(try desk.type(command, as: ben) == ["2 < * only operators may do that *"])
        }
        #expect(
            try desk.type("/mute ben 10m too loud", as: ann) == [
                "* ben was muted by ann (10 minutes: too loud) *"
            ]
        )
        #expect(try desk.type("hello", as: ben) == ["2 < * you are muted here (10 minutes: too loud) *"])
        #expect(
            try desk.type("/bans", as: ann) == ["1 < * bans: 1 muted ben by ann (10 minutes: too loud) *"]
        )
        #expect(try desk.type("/unban 1", as: ann) == ["* ann lifted mute 1 of ben *"])
        #expect(try desk.type("hello", as: ben) == ["ben: hello"])
        #expect(
            try desk.type("/kick ben go away", as: ann) == [
                "* ben was kicked by ann: go away *", "2 out: kicked", "* ben left *",
            ]
        )
        #expect(
            desk.log == [
                "in #main: * ben was muted by ann (10 minutes: too loud) *",
                "in #main: * ann lifted mute 1 of ben *",
                "in #main: * ben was kicked by ann: go away *",
            ]
        )
    }

    @Test func whoIsBannedIsPutOutAndNotLetInAgain() throws {
        let ann = try desk.enter("ann") { $0.isOperator = true }
        _ = try desk.enter("ben", from: "192.0.2.7")
        #expect(
            try desk.type("/ban ben forever spam", as: ann) == [
                "* ben was banned by ann (forever: spam) *", "2 out: banned", "* ben left *",
            ]
        )
        #expect(throws: Refusal.self) { try desk.enter("ben again", from: "192.0.2.7") }
        _ = try desk.enter("somebody else", from: "192.0.2.8")
        #expect(try desk.type("/unban 1", as: ann) == ["* ann lifted ban 1 of ben *"])
        _ = try desk.enter("ben", from: "192.0.2.7")
    }
}
