// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct ChatModerationTests {
    private var script = Script()
    private let home = AddressKey.of(192, 0, 2, 1)

    private func ban(_ name: String, milliseconds: Int64? = nil) -> Request.Kind {
        .ban(.of(name), milliseconds: milliseconds, reason: ShortText("rude"), announcedIn: nil)
    }

    @Test mutating func onlyOperatorsAndTheControlModerate() {
        let key = PersonKey(testing: 1)
        let aisha = script.enter("aisha", key: 1)
        script.enter("bob", key: 2)
        let requests: [Request.Kind] = [
            ban("bob"), .kick(.of("bob"), reason: nil, from: nil), .unban(number: 1, announcedIn: nil),
            .mute(.of("bob"), milliseconds: nil, reason: nil, announcedIn: nil),
        ]
        for request in requests { #expect(script.apply(request, by: aisha).refusal == .notOperator) }
        #expect(throws: Refusal.self) { try script.chat.sanctions(for: aisha) }
        script.apply(.operators([key]))
        #expect(script.chat.isOperator(aisha))
        #expect(script.apply(requests[3], by: aisha).refusal == nil)
        script.apply(.operators([]))
        #expect(script.apply(ban("bob"), by: aisha).refusal == .notOperator)
        #expect(script.apply(ban("bob"), isControl: true).refusal == nil)
        #expect(script.last.events.first?.who == nil)
    }

    @Test mutating func aBannedKeyStaysOutUntilItIsOver() {
        let op = script.operate()
        let troll = script.enter("troll", key: 7)
        script.apply(ban("TROLL", milliseconds: 3_600_000), by: op)
        #expect(script.last.events.map(\.audience).contains(.session(troll)))
        #expect(script.last.kinds.last == .left(.ended(.banned)) && script.name(troll) == nil)
        script.enter("other", key: 7)
        #expect(script.refusal == .banned)
        script.pass(seconds: 3599)
        script.enter("other", key: 7)
        #expect(script.refusal == .banned)
        script.pass(seconds: 1)
        #expect(script.last.changes.map(\.self) == [.sanctionEnded(number: 1)])
        #expect(script.nameGiven(to: "other", key: 7) == "other")
    }

    @Test mutating func aBannedAddressStaysOutWithAnyKeyButAnOperators() {
        let address = home
        script.apply(.operators([PersonKey(testing: 1)]))
        let op = script.enter("op") {
            $0.key = PersonKey(testing: 1)
            $0.address = address
        }
        let twins = ["troll", "puppet"].map { name in script.enter(name) { $0.address = address } }
        script.apply(ban("troll"), by: op)
        #expect(twins.allSatisfy { script.name($0) == nil } && script.name(op) == "op")
        for key in [nil, 9] as [UInt8?] {
            script.enter("troll") {
                $0.address = address
                $0.key = key.map(PersonKey.init(testing:))
            }
            #expect(script.refusal == .banned)
        }
        script.enter("op") {
            $0.address = address
            $0.key = PersonKey(testing: 1)
        }
        #expect(script.refusal == nil)
        #expect(script.apply(.unban(number: 1, announcedIn: nil), by: op).refusal == nil)
        #expect(script.apply(.unban(number: 1, announcedIn: nil), by: op).refusal == .noSuchBan)
        script.enter("troll") { $0.address = address }
        #expect(script.refusal == nil)
    }

    @Test mutating func whoIsAwayIsBannedByTheKeyThatOwnsTheName() {
        let op = script.operate()
        script.apply(.end(.goodbye), by: script.enter("troll", key: 7))
        #expect(script.apply(ban("troll"), by: op).refusal == nil)
        script.enter("innocent", key: 7)
        #expect(script.refusal == .banned)
        script.enter("nobody", key: nil)
        #expect(script.apply(ban("nobody"), by: op).refusal == .notRecognizable)
        #expect(script.apply(ban("zoe"), by: op).refusal == .nobodyOfThatName)
    }

    @Test mutating func operatorsAreNotPutOut() {
        let op = script.operate()
        script.apply(.operators([PersonKey(testing: 1)]))
        script.enter("other", key: 1)
        for name in ["other", "op"] {
            #expect(script.apply(ban(name), by: op).refusal == .protected)
            #expect(script.apply(.kick(.of(name), reason: nil, from: nil), by: op).refusal == .protected)
        }
    }

    @Test mutating func aMutedPersonSaysNothingAnywhereUntilItIsOver() throws {
        let op = script.operate()
        let troll = script.enter("troll", key: 7)
        script.join("dev", by: troll)
        let line = try #require(ChatLine("x"))
        script.apply(.mute(.of("troll"), milliseconds: 60_000, reason: nil, announcedIn: nil), by: op)
        #expect(script.say("x", by: troll).refusal == .muted)
        #expect(script.say("x", to: "dev", by: troll).refusal == .muted)
        #expect(script.apply(.direct(to: .of("op"), line, ref: nil), by: troll).refusal == .muted)
        #expect(script.apply(.topic(nil, of: nil), by: troll).refusal == .muted)
        script.apply(.end(.goodbye), by: troll)
        let again = script.enter("harmless", key: 7)
        #expect(script.say("x", by: again).refusal == .muted)
        script.pass(seconds: 60)
        #expect(script.say("x", by: again).refusal == nil)
    }

    @Test mutating func kickingOutOfARoomAndOutOfTheChat() throws {
        let op = script.operate()
        let text = script.enter("text", .text)
        let typed = script.enter("typed")
        for session in [op, text, typed] { script.join("dev", by: session) }
        let reason = ShortText("enough")
        for name in ["text", "typed"] {
            script.apply(.kick(.of(name), reason: reason, from: .of("dev")), by: op)
            guard case .kicked(let who, reason) = script.last.kinds.first else {
                Issue.record("\(script.last)")
                continue
            }
            #expect(who.name.text == name)
        }
        #expect(script.names(in: "dev", for: op) == ["op"])
        #expect(script.names(for: text) == ["op", "typed", "text"])
        script.apply(.kick(.of("typed"), reason: nil, from: .main), by: op)
        #expect(script.last.kinds.suffix(2) == [.ended(.kicked), .left(.ended(.kicked))])
        #expect(script.name(typed) == nil)
        #expect(
            script.apply(.kick(.of("text"), reason: nil, from: .of("dev")), by: op).refusal
                == .nobodyOfThatName
        )
    }

    @Test mutating func nothingThatIsAnnouncedTellsAnAddress() {
        let op = script.operate()
        let address = home
        script.enter("troll") { $0.address = address }
        script.apply(ban("troll"), by: op)
        #expect(!script.last.events.contains { "\($0)".contains("\(address)") })
        #expect(script.chat.allSanctions.map(\.target) == [.address(address)])
    }

    /// The server's owner is in no room, and should not have to know in which one somebody is.
    @Test mutating func theControlReachesSomebodyInWhateverRoomAndItIsToldThere() throws {
        let address = home
        let troll = script.enter("troll", .text) { $0.address = address }
        script.join("dev", by: troll)
        let dev = try #require(script.chat.rooms(of: troll).first)
        let mute = Request.Kind.mute(.of("troll"), milliseconds: nil, reason: nil, announcedIn: nil)
        script.apply(mute, isControl: true)
        #expect(script.last.events.map(\.audience) == [.room(dev)])
        script.apply(.kick(.of("troll"), reason: nil, from: .main), isControl: true)
        #expect(script.refusal == .nobodyOfThatName)
        script.apply(.kick(.of("troll"), reason: nil, from: nil), isControl: true)
        #expect(script.last.events.first?.audience == .room(dev) && script.last.events.first?.who == nil)
        #expect(script.last.kinds.suffix(2) == [.ended(.kicked), .left(.ended(.kicked))])
        #expect(script.name(troll) == nil)
        // Of who is not here it is told in main.
        let owner = script.enter("owner", key: 7)
        script.apply(.end(.goodbye), by: owner)
        script.apply(ban("owner"), isControl: true)
        #expect(script.last.events.map(\.audience) == [.room(.main)])
    }
}
