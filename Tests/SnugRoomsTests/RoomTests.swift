// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import Testing

extension Room {
    /// Lets `name` in and expects that to work.
    mutating func admit(_ name: String, fallbackName: String = "anon-1") throws -> Admission {
        guard case .admitted(let admission) = join(requestedName: name, fallbackName: fallbackName) else {
            throw RoomIsFull()
        }
        return admission
    }

    mutating func text(_ frame: String, from id: MemberID) -> [String] {
        let action = apply(Input.parse(frame), from: id)
        return [action.event.map(LevelZero.text(for:))].compactMap(\.self)
            + action.notices.map(LevelZero.text(for:))
    }
}

struct RoomIsFull: Error {}

@Suite struct RoomTests {
    private var room = Room(maximumMembers: 100)

    @Test mutating func aMemberJoinsTalksAndLeaves() throws {
        let aisha = try room.admit("aisha")
        #expect(LevelZero.text(for: aisha.event) == "* aisha joined the chat *")
        #expect(aisha.notices == [] && !aisha.event.excludesItsMember)

        let action = room.apply(.parse(" hello "), from: aisha.id)
        #expect(action.event.map(LevelZero.text(for:)) == "aisha: hello")
        #expect(action.event?.excludesItsMember == true && action.event?.member == aisha.id)
        #expect(action.notices == [] && !action.leaves)

        #expect(room.leave(aisha.id).map(LevelZero.text(for:)) == "* aisha left *")
        #expect(room.count == 0)
    }

    @Test mutating func aMemberLeavesOnceHoweverOftenItIsSaid() throws {
        let aisha = try room.admit("aisha")
        #expect(room.leave(aisha.id) != nil)
        #expect(room.leave(aisha.id) == nil)
        #expect(room.apply(.parse("late"), from: aisha.id) == room.apply(.nothing, from: aisha.id))
    }

    @Test mutating func eventsAreNumberedWithoutGaps() throws {
        let aisha = try room.admit("aisha")
        let bob = try room.admit("bob")
        _ = room.apply(.who, from: bob.id)
        let said = room.apply(.parse("x"), from: bob.id).event
        #expect([aisha.event.sequence, bob.event.sequence, said?.sequence] == [1, 2, 3])
        #expect(room.leave(aisha.id)?.sequence == 4)
        #expect(aisha.id < bob.id)
    }

    @Test mutating func quitAsksToLeaveAndLeavingIsLeftToTheCaller() throws {
        let aisha = try room.admit("aisha")
        let action = room.apply(.parse("/QUIT"), from: aisha.id)
        #expect(action.leaves && action.event == nil && action.notices == [])
        #expect(room.count == 1)
    }

    @Test mutating func aFullRoomLetsNobodyInUntilSomeoneLeaves() throws {
        room = Room(maximumMembers: 1)
        let aisha = try room.admit("aisha")
        #expect(room.join(requestedName: "bob", fallbackName: "x") == .full(maximumMembers: 1))
        _ = room.leave(aisha.id)
        #expect(try room.admit("bob").event.sequence == 3)
    }

    @Test mutating func whoAnswersInTheOrderOfJoining() throws {
        let zoe = try room.admit("zoe")
        let bob = try room.admit("bob")
        _ = try room.admit("aisha")
        #expect(room.text("/who", from: bob.id) == ["* online: zoe, bob, aisha *"])
        _ = room.text("/nick yann", from: zoe.id)
        _ = room.leave(bob.id)
        #expect(room.text("/who", from: zoe.id) == ["* online: yann, aisha *"])
        #expect(room.names.map(\.text) == ["yann", "aisha"])
    }

    @Test mutating func whoFillsAFrameWithWholeNamesAndCountsTheRest() throws {
        room = Room(maximumMembers: 1000)
        let first = try room.admit(String(repeating: "🦊", count: 20))
        for _ in 1..<1000 { _ = try room.admit(String(repeating: "🦊", count: 20)) }
        let text = try #require(room.text("/who", from: first.id).first)
        #expect(text.utf8.count <= 8192 && text.utf8.count > 8192 - 84)
        let named = text.split(separator: ", ").count
        #expect(text.hasSuffix(" and \(1000 - named) more *"))
    }

    @Test mutating func commandsAreAnsweredToTheirSenderAlone() throws {
        let aisha = try room.admit("aisha")
        for frame in ["/help", "/who", "/", "/ /", "/ who", "/eval 1", "/nick", "/nick *", "/\u{301}who"] {
            let action = room.apply(.parse(frame), from: aisha.id)
            #expect(action.event == nil && action.notices.count == 1 && !action.leaves, "\(frame)")
        }
        #expect(room.text("/eval 1", from: aisha.id) == ["* /eval is no command; /help lists them *"])
        #expect(room.text("", from: aisha.id) == [])
    }

    @Test mutating func whoeverLosesPartOfALineIsTold() throws {
        let aisha = try room.admit("aisha")
        let action = room.apply(.parse(String(repeating: "x", count: 501)), from: aisha.id)
        #expect(action.notices == [.lineChanged(.shortened)])
        #expect(action.event.map { LevelZero.text(for: $0).count } == 507)
    }
}

@Suite struct RoomNameTests {
    private var room = Room(maximumMembers: 20_000)

    @Test(arguments: ["", " ", "*", "\u{200B}"])
    mutating func aNameOfNothingBecomesTheFallback(raw: String) throws {
        let admission = try room.admit(raw, fallbackName: "anon-53422")
        #expect(admission.name.text == "anon-53422")
        #expect(admission.notices == [.nameGiven(admission.name)])
        #expect(try room.admit(raw, fallbackName: "anon-53422").name.text == "anon-53422-2")
        #expect(try room.admit("", fallbackName: "").name.text == "anon")
    }

    @Test mutating func aTakenNameGetsANumberAndItsOwnerIsTold() throws {
        let first = try room.admit("aisha")
        for (raw, name) in [("aisha", "aisha-2"), ("Aisha", "Aisha-3"), ("аіѕһа", "аіѕһа-4")] {
            let admission = try room.admit(raw)
            #expect(admission.name.text == name)
            guard case .nameTaken(_, admission.name) = admission.notices.first else {
                Issue.record("\(admission.notices)")
                continue
            }
        }
        #expect(first.notices == [])
    }

    @Test mutating func aCleanedNameIsSaidToItsOwner() throws {
        let admission = try room.admit("*bob*")
        #expect(admission.notices == [.nameCleaned(given: "*bob*", name: admission.name)])
    }

    @Test(arguments: ["abcdefghijklmnopqrst", "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊", "abcdefghijklmnopq rs"])
    mutating func aLongTakenNameMakesRoomForItsNumber(raw: String) throws {
        _ = try room.admit(raw)
        for number in 2...30 {
            let name = try room.admit(raw).name.text
            #expect(name.hasSuffix("-\(number)") && name.count <= 20 && name.utf8.count <= 80)
            #expect(!name.contains(" -"))
        }
    }

    @Test mutating func aFreedNameIsFreeAtOnce() throws {
        let first = try room.admit("bob")
        let second = try room.admit("bob")
        _ = room.leave(first.id)
        #expect(try room.admit("BOB").name.text == "BOB")
        _ = room.leave(second.id)
        #expect(try room.admit("bob").name.text == "bob-2")
    }

    @Test mutating func nickChangesTheNameForEveryone() throws {
        let aisha = try room.admit("aisha")
        #expect(room.text("/nick zoe", from: aisha.id) == ["* aisha is now zoe *"])
        #expect(room.text("hi", from: aisha.id) == ["zoe: hi"])
        #expect(room.name(of: aisha.id)?.text == "zoe")
        #expect(try room.admit("aisha").name.text == "aisha")
    }

    @Test mutating func nickToATakenNameIsRefused() throws {
        let aisha = try room.admit("aisha")
        _ = try room.admit("bob")
        for disguise in ["bob", "Bob", "ВоЬ", "*b*o*b*"] {
            let action = room.apply(.parse("/nick " + disguise), from: aisha.id)
            guard action.event == nil, case .nickTaken = action.notices.first else {
                Issue.record("\(disguise): \(action)")
                continue
            }
        }
        #expect(room.name(of: aisha.id) == aisha.name)
    }

    @Test mutating func aMemberMayChangeTheCaseOfItsOwnName() throws {
        let aisha = try room.admit("aisha")
        #expect(room.text("/nick AISHA", from: aisha.id) == ["* aisha is now AISHA *"])
        #expect(room.apply(.parse("/nick AISHA"), from: aisha.id).notices.count == 1)
        #expect(try room.admit("aisha").name.text == "aisha-2")
        _ = room.leave(aisha.id)
        #expect(try room.admit("alsha").name.text == "alsha")
        #expect(try room.admit("aisha").name.text == "aisha")
    }

    @Test mutating func nickNeedsANameOfWhichSomethingIsLeft() throws {
        let aisha = try room.admit("aisha")
        #expect(room.apply(.parse("/nick"), from: aisha.id).notices == [.nickUsage])
        #expect(room.apply(.parse("/nick  "), from: aisha.id).notices == [.nickUsage])
        #expect(room.apply(.parse("/nick *:"), from: aisha.id).notices == [.nickNotFit(given: "*:")])
        let cut = room.apply(.parse("/nick abcdefghijklmnopqrstuvw"), from: aisha.id)
        #expect(cut.event != nil && cut.notices.count == 1)
    }

    @Test mutating func tenThousandMembersMayAskForOneName() throws {
        var ids: [MemberID] = []
        for _ in 0..<10_000 { ids.append(try room.admit("bob").id) }
        #expect(Set(room.names).count == 10_000)
        for id in ids.reversed() { #expect(room.leave(id) != nil) }
        #expect(room.count == 0)
        #expect(try room.admit("bob").name.text == "bob")
    }
}
