// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

/// Two chats that differ in private rooms, and people who must not notice.
private struct Twins {
    var random: SeededGenerator
    /// With private rooms, and without them.
    var with: Chat
    var without: Chat
    var sequence: UInt64 = 0
    var time = ChatTime(milliseconds: 0)
    let insiders = [SessionID(rawValue: 1), SessionID(rawValue: 2)]
    var outsiders = [SessionID(rawValue: 3), SessionID(rawValue: 4)]
    let names = ["secret", "SECRET", "#dev", "open", "main", "other", "more"]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var limits = ChatLimits()
        limits.rooms = 3
        with = Chat(limits: limits)
        without = with
        for session in insiders + outsiders { _ = both(.enter(entry(session)), by: session) }
        for room in ["secret", "dev"] {
            hidden(.join(.of(room)), by: insiders[0])
            hidden(.makePrivate(.of(room)), by: insiders[0])
            hidden(.invite(.of("p2"), to: .of(room)), by: insiders[0])
        }
    }

    func entry(_ session: SessionID) -> Entry {
        var entry = Entry(NameRequest("p\(session.rawValue)"), fallbackName: "anon", level: .typed)
        entry.key = session.rawValue % 2 == 0 ? PersonKey(testing: UInt8(session.rawValue)) : nil
        entry.address = .of(10, 0, 0, UInt8(session.rawValue))
        return entry
    }

    /// What only the one chat knows of.
    mutating func hidden(_ kind: Request.Kind, by session: SessionID) {
        _ = with.apply(Request(kind, by: session), at: sequence, time: time)
    }

    /// The outcomes of the same request in both.
    mutating func both(_ kind: Request.Kind, by session: SessionID) -> (Outcome, Outcome) {
        // Far enough for all that was hidden meanwhile: the numbers tell of activity, and not of where.
        sequence += 1000
        let request = Request(kind, by: session)
        return (
            with.apply(request, at: sequence, time: time), without.apply(request, at: sequence, time: time)
        )
    }

    mutating func hiddenStep() {
        let room = RoomName.of(["secret", "dev"].randomElement(using: &random) ?? "dev")
        switch Int.random(in: 0...4, using: &random) {
        case 0: hidden(.join(room), by: insiders[1])
        case 1: hidden(.leave(room), by: insiders[1])
        case 2: hidden(.topic(ShortText("plans"), of: room), by: insiders[0])
        default:
            hidden(
                .say(.hello, to: room, ref: nil),
                by: insiders.randomElement(using: &random) ?? insiders[0]
            )
        }
    }

    mutating func openStep() -> (Outcome, Outcome) {
        let room = RoomName.of(names.randomElement(using: &random) ?? "main")
        let session = outsiders.randomElement(using: &random) ?? outsiders[0]
        switch Int.random(in: 0...9, using: &random) {
        case 0...2: return both(.join(room), by: session)
        case 3: return both(.leave(room), by: session)
        case 4: return both(.topic(ShortText("t"), of: room), by: session)
        case 5: return both(.makePrivate(room), by: session)
        case 6: return both(.invite(.of("p1"), to: room), by: session)
        case 7: return both(.kick(.of("p2"), reason: nil, from: room), by: session)
        case 8: return both(.rename(NameRequest("secret")), by: session)
        default: return both(.say(.hello, to: room, ref: nil), by: session)
        }
    }
}

extension Speech {
    fileprivate static let hello = {
        guard let line = ChatLine("hello") else { fatalError("a line") }
        return Speech(line)
    }()
}

@Suite struct PrivateRoomTests {
    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func whoMayNotEnterAPrivateRoomCannotTellThatItExists(seed: UInt64) {
        var twins = Twins(seed: seed)
        for _ in 0..<1500 {
            for _ in 0..<Int.random(in: 0...3, using: &twins.random) { twins.hiddenStep() }
            let (with, without) = twins.openStep()
            #expect(with == without, "seed \(seed)")
            for session in twins.outsiders { expectEqualQuestions(twins, session, seed) }
        }
    }

    private func expectEqualQuestions(_ twins: Twins, _ session: SessionID, _ seed: UInt64) {
        for name in twins.names.map(RoomName.of) {
            let rooms = [twins.with, twins.without].map { chat in
                answer { () throws(Refusal) in try chat.room(name, for: session) }
            }
            let people = [twins.with, twins.without].map { chat in
                answer { () throws(Refusal) in try chat.people(in: name, for: session) }
            }
            #expect(rooms[0] == rooms[1] && people[0] == people[1], "seed \(seed)")
        }
        let lists = [twins.with, twins.without].map { chat in
            answer { () throws(Refusal) in try chat.rooms(for: session) }
        }
        #expect(lists[0] == lists[1], "seed \(seed)")
    }

    private func answer<Value>(_ question: () throws(Refusal) -> Value) -> Result<Value, Refusal> {
        do throws(Refusal) { return .success(try question()) } catch { return .failure(error) }
    }

    @Test func aRoomThatIsNotThereAndOneThatOneIsNotInAreRefusedAlike() {
        var script = Script()
        let owner = script.enter("owner")
        script.join("secret", by: owner)
        script.join("open", by: owner)
        script.apply(.makePrivate(.of("secret")), by: owner)
        let outsider = script.enter("outsider")
        for room in ["secret", "open", "nowhere"].map(RoomName.of) {
            let requests: [Request.Kind] = [
                .leave(room), .topic(nil, of: room), .invite(.of("owner"), to: room), .makePrivate(room),
                .say(.hello, to: room, ref: nil),
            ]
            for request in requests {
                guard case .refused(let refusal) = script.apply(request, by: outsider).answer else {
                    Issue.record("\(request)")
                    continue
                }
                #expect(refusal.code == .notInRoom && refusal.subject == .room(room))
            }
            #expect(throws: Refusal.self) { try script.chat.room(room, for: outsider) }
            #expect(throws: Refusal.self) { try script.chat.people(in: room, for: outsider) }
        }
    }

    @Test func whoIsInvitedEntersThePrivateRoomAndOthersAnOpenOneOfThatName() throws {
        var script = Script()
        let owner = script.enter("owner")
        let guest = script.enter("guest")
        let other = script.enter("other")
        script.join("secret", by: owner)
        script.apply(.makePrivate(.of("secret")), by: owner)
        script.say("between us", to: "secret", by: owner)

        script.join("secret", by: other)
        #expect(script.names(in: "secret", for: other) == ["other"])
        script.apply(.invite(.of("guest"), to: .of("secret")), by: owner)
        #expect(script.last.events.map(\.audience).count == 2)
        script.join("secret", by: guest)
        #expect(script.names(in: "secret", for: guest) == ["owner", "guest"])
        #expect(script.names(in: "secret", for: owner) == ["owner", "guest"])
        let listed = try script.chat.rooms(for: other)
        #expect(listed.map(\.name.text) == ["main", "secret"] && listed.allSatisfy { !$0.isPrivate })
    }

    @Test func aRoomHasABoundedNumberOfInvitations() {
        var script = Script { $0.invitations = 2 }
        let owner = script.enter("owner")
        for name in ["one", "two", "three"] { script.enter(name) }
        script.join("dev", by: owner)
        script.apply(.makePrivate(.of("dev")), by: owner)
        for name in ["one", "two"] {
            #expect(script.apply(.invite(.of(name), to: .of("dev")), by: owner).refusal == nil)
        }
        #expect(script.apply(.invite(.of("one"), to: .of("dev")), by: owner).refusal == .invitedAlready)
        #expect(script.apply(.invite(.of("three"), to: .of("dev")), by: owner).refusal == .tooManyInvitations)
    }

    @Test func onlyTheOwnerOrAnOperatorMakesARoomPrivateAndInvites() {
        var script = Script()
        let owner = script.enter("owner")
        let member = script.enter("member")
        script.enter("guest")
        script.join("dev", by: owner)
        script.join("dev", by: member)
        #expect(script.apply(.makePrivate(.of("dev")), by: member).refusal == .notOwner)
        #expect(script.apply(.makePrivate(.main), by: owner).refusal == .mainIsForAll)
        #expect(script.apply(.makePrivate(.of("dev")), by: owner).kinds == [.madePrivate])
        #expect(script.apply(.makePrivate(.of("dev")), by: owner).refusal == .privateAlready)
        #expect(script.apply(.invite(.of("guest"), to: .of("dev")), by: member).refusal == .notOwner)
        let op = script.operate()
        #expect(script.apply(.invite(.of("guest"), to: .of("dev")), by: op).refusal == .notInRoom)
    }

    @Test func whoWasInARoomWhenItBecamePrivateMayComeBackAndWhoWasKickedMayNot() {
        var script = Script()
        let op = script.operate()
        let member = script.enter("member")
        let troll = script.enter("troll")
        for session in [op, member, troll] { script.join("dev", by: session) }
        script.apply(.makePrivate(.of("dev")), by: op)
        script.apply(.kick(.of("troll"), reason: nil, from: .of("dev")), by: op)
        script.apply(.leave(.of("dev")), by: member)
        script.join("dev", by: member)
        script.join("dev", by: troll)
        #expect(script.names(in: "dev", for: member) == ["op", "member"])
        #expect(script.names(in: "dev", for: troll) == ["troll"])
    }
}
