// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugServer
import SnugTransport
import TestSupport
import Testing

/// What operators do through level 1, and what becomes of others who try it.
@Suite(.timeLimit(.minutes(30))) struct LevelOneModerationTests {
    /// An operator, somebody that it has to do with, and a witness; all are in `main` and `tea`.
    private struct People {
        let running: RunningServer
        let port: UInt16
        let aisha: JSONClient
        let ben: JSONClient
        let benKey: ClientKey
        let cem: JSONClient

        private static let rooms = ["main", "tea"]

        init(_ running: RunningServer) throws {
            self.running = running
            port = running.port(.tls)
            let key = try ClientKey.random()
            benKey = try ClientKey.random()
            running.server.reload(try TestAuthority.shared.serverContext(), operators: [key.fingerprint])
            aisha = try JSONClient(.tls, port: port, name: "aisha", rooms: Self.rooms, clientKey: key)
            ben = try JSONClient(.tls, port: port, name: "ben", rooms: Self.rooms, clientKey: benKey)
            cem = try JSONClient(.tls, port: port, name: "cem", rooms: Self.rooms)
            for person in [aisha, ben, cem] {
                for room in Self.rooms { _ = try person.settle(in: room) }
            }
        }

        /// Has the operator do something, and returns what it and the witness are told of it: but for `ref` the same.
        func order(_ fields: [String: Any], _ type: String) throws -> JSONClient.Message {
            var fields = fields
            fields["ref"] = "r"
            try aisha.send(fields)
            let own = try aisha.next { $0.type == type }
            #expect(own.text("ref") == "r")
            let told = try cem.next { $0.type == type }
            #expect(!told.has("ref") && told.number("seq") == own.number("seq"))
            let by = told.object("by")
            #expect(by.text("name") == "aisha" && by.text("key").hasPrefix("sha256:"))
            return told
        }

        /// What the witness is told of who left, as `ROOM REASON`, after what it was told of the order.
        func left() throws -> Set<String> {
            let events = try Self.rooms.flatMap { try cem.settle(in: $0) }.filter { $0.type == "left" }
            return Set(events.map { "\($0.text("room")) \($0.text("reason"))" })
        }
    }

    private func withPeople(_ body: (People) throws -> Void) throws {
        try withQuickServer { running in try body(try People(running)) }
    }

    @Test func whoIsMutedIsRefusedWithItsCodeUntilTheMuteIsLifted() throws {
        try withPeople { people in
            let before = Date.now.timeIntervalSince1970 * 1_000
            let muted = try people.order(["type": "mute", "name": "ben", "seconds": 600], "muted")
            #expect(muted.text("name") == "ben" && muted.text("room") == "main")
            let milliseconds = Double(muted.number("until")) - before
            #expect(milliseconds > 599_000 && milliseconds < 1_800_000, "\(milliseconds)")
            try people.running.expectLog("in #main: * ben was muted by aisha (10 minutes) *")
            try people.ben.next { $0.type == "muted" }
            for (number, room) in ["main", "tea"].enumerated() {
                try people.ben.say("may I", room: room, ref: "m\(number)")
                try people.ben.expectRefusal("muted", ref: "m\(number)")
            }
            let lifted = try people.order(["type": "unban", "number": muted.number("number")], "unbanned")
            #expect(lifted.number("number") == muted.number("number") && lifted.text("name") == "ben")
            try people.running.expectLog("in #main: * aisha lifted mute 1 of ben *")
            try people.ben.next { $0.type == "unbanned" }
            try people.ben.say("thank you")
            try people.cem.expectLine("thank you")
        }
    }

    @Test func whoIsKickedFromARoomLeavesThatRoomAndFromMainTheChat() throws {
        try withPeople { people in
            let kicked = try people.order(
                ["type": "kick", "name": "ben", "room": "tea", "reason": "too loud"],
                "kicked"
            )
            #expect(kicked.object("who").text("name") == "ben" && kicked.text("reason") == "too loud")
            try people.running.expectLog("in #tea: * ben was kicked by aisha: too loud *")
            for person in [people.aisha, people.cem, people.ben] {
                let left = try person.next { $0.type == "left" }
                #expect(left.text("room") == "tea" && left.text("reason") == "kicked")
                #expect(left.object("who").text("name") == "ben")
            }
            try people.ben.say("still here")
            try people.ben.expectLine("still here")
            try people.cem.expectLine("still here")
            try people.aisha.expectLine("still here")
            _ = try people.order(["type": "kick", "name": "ben"], "kicked")
            try people.running.expectLog("in #main: * ben was kicked by aisha *")
            #expect(try people.left() == ["main kicked"])
            let rest = try people.ben.untilEnd()
            #expect(rest.contains { $0.type == "kicked" && $0.text("room") == "main" })
            #expect(
                rest.last?.type == "bye" && rest.last?.text("reason") == "kicked"
                    && rest.last?.has("after") == false
            )
            try people.running.expectLog("left as ben: kicked")
        }
    }

    @Test func whoIsBannedIsPutOutAndRefusedUntilTheBanIsLifted() throws {
        try withPeople { people in
            let banned = try people.order(
                ["type": "ban", "name": "ben", "seconds": 3_600, "reason": "spam"],
                "banned"
            )
            #expect(banned.text("room") == "main" && banned.text("reason") == "spam" && banned.has("until"))
            try people.running.expectLog("in #main: * ben was banned by aisha (60 minutes: spam) *")
            #expect(try people.ben.untilEnd().last?.text("reason") == "banned")
            #expect(try people.left().contains("main banned"))

            // By its key, whatever it is called and with whatever token.
            for name in ["ben", "somebody"] {
                let again = try JSONClient(.tls, port: people.port, clientKey: people.benKey)
                let epoch = try again.expect("hello").text("epoch")
                try again.send([
                    "type": "enter", "name": name, "rooms": ["tea"], "ref": "e",
                    "resume": ["token": people.ben.token, "epoch": epoch, "seen": people.ben.seen],
                ])
                try again.expectRefusal("banned", ref: "e")
                #expect(try again.expect("bye").text("reason") == "refused")
                try again.stream.expectEnd()
            }
            try people.running.expectLog("was not let in: banned")

            try people.aisha.send(["type": "bans", "ref": "b"])
            let bans = try people.aisha.next { $0.type == "bans" }
            let list = try #require(bans.fields["bans"] as? [[String: Any]])
            #expect(
                list.count == 1 && list[0]["name"] as? String == "ben" && list[0]["by"] as? String == "aisha"
            )
            #expect(list[0]["what"] as? String == people.benKey.fingerprint.description)
            #expect(
                list[0]["reason"] as? String == "spam" && list[0]["until"] as? Int == banned.number("until")
            )
            _ = try people.order(["type": "unban", "number": banned.number("number")], "unbanned")
            let back = try JSONClient(.tls, port: people.port, name: "ben", clientKey: people.benKey)
            #expect(back.isResumed == false)
        }
    }

    @Test func theListOfBansSaysWhichOfThemAreMutes() throws {
        try withPeople { people in
            _ = try people.order(["type": "mute", "name": "ben", "seconds": 600], "muted")
            _ = try people.order(["type": "ban", "name": "cem", "seconds": 600], "banned")
            try people.aisha.send(["type": "bans", "ref": "b"])
            let bans = try people.aisha.next { $0.type == "bans" }
            let list = try #require(bans.fields["bans"] as? [[String: Any]])
            #expect(list.map { $0["mute"] as? Bool } == [true, nil])
            #expect(list.first?["what"] as? String == people.benKey.fingerprint.description)
        }
    }

    @Test func whoHasNoKeyIsBannedByItsAddressForGoodWithoutATime() throws {
        try withPeople { people in
            let banned = try people.order(["type": "ban", "name": "cem"], "banned")
            #expect(!banned.has("until") && !banned.has("reason"))
            try people.running.expectLog("in #main: * cem was banned by aisha (forever) *")
            let again = try JSONClient(.plain, port: people.running.port(.plain))
            try again.expect("hello")
            try again.send(["type": "enter", "name": "dora", "rooms": [String]()])
            try again.expectRefusal("banned")
        }
    }

    /// Neither a key of one's own nor an operator's name is worth anything; nor is anything written to the log.
    @Test func whoIsNoOperatorIsRefusedWithItsCodeAndNothingHappens() throws {
        try withPeople { people in
            let orders: [[String: Any]] = [
                ["type": "kick", "name": "aisha"], ["type": "kick", "name": "cem", "room": "tea"],
                ["type": "mute", "name": "cem"],
                ["type": "mute", "name": "cem", "room": "tea", "seconds": 60],
                ["type": "ban", "name": "cem", "seconds": 60], ["type": "unban", "number": 1],
                ["type": "bans"],
                ["type": "kick", "name": "nobody"], ["type": "sessions"], ["type": "stats"],
                ["type": "reload"],
            ]
            for (number, order) in orders.enumerated() {
                var order = order
                order["ref"] = "o\(number)"
                try people.ben.send(order)
                let refused = try people.ben.expectRefusal("not-permitted", ref: "o\(number)")
                #expect(!refused.text("text").isEmpty)
            }
            #expect(try people.cem.settle().isEmpty && people.aisha.settle().isEmpty)
            #expect(!people.running.log.contains { $0.contains("in #main:") || $0.contains("in #tea:") })
        }
    }

    @Test func whatAnOperatorCannotDoIsRefusedWithItsCode() throws {
        try withPeople { people in
            let orders: [([String: Any], String)] = [
                (["type": "kick", "name": "nobody"], "no-such-person"),
                (["type": "ban", "name": "nobody"], "no-such-person"),
                (["type": "mute", "name": "nobody"], "no-such-person"),
                (["type": "unban", "number": 77], "no-such-ban"),
                (["type": "kick", "name": "aisha"], "not-permitted"),
                (["type": "ban", "name": "aisha"], "not-permitted"),
                (["type": "mute", "name": "aisha"], "not-permitted"),
                (["type": "kick", "name": "ben", "room": "elsewhere"], "not-in-room"),
                (["type": "ban", "name": "ben", "reason": String(repeating: "x", count: 201)], "too-long"),
                (["type": "kick", "name": "ben", "reason": String(repeating: "x", count: 201)], "too-long"),
                (["type": "ban", "name": "ben", "seconds": -1], "malformed"),
                (["type": "mute", "name": "ben", "seconds": 9_007_199_254_740_992], "malformed"),
            ]
            for (number, (order, code)) in orders.enumerated() {
                var order = order
                order["ref"] = "o\(number)"
                try people.aisha.send(order)
                try people.aisha.next { $0.type == "refused" && $0.text("code") == code }
            }
            #expect(try people.cem.settle().isEmpty)
            // Ten years are the longest.
            let start = Date.now.timeIntervalSince1970
            let muted = try people.order(
                ["type": "mute", "name": "ben", "room": "tea", "seconds": 9_007_199_254_740_991],
                "muted"
            )
            #expect(muted.text("room") == "tea")
            let years = (Double(muted.number("until")) / 1_000 - start) / 86_400 / 365
            #expect(years > 9 && years < 11)
        }
    }
}
