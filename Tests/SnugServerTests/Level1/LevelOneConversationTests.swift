// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Level 1 as clients have it, over sockets, against a client that shares no code with the server.
@Suite(.timeLimit(.minutes(30))) struct LevelOneConversationTests {
    // MARK: Coming in

    @Test(arguments: TransportKind.allCases)
    func theLoginHasTheDocumentsOrder(kind: TransportKind) throws {
        try withServer(passphrase: "open sesame, please") { running in
            let client = try JSONClient(kind, port: running.port(kind))
            let hello = try client.expect("hello")
            #expect(hello.number("protocol") == 1 && hello.flag("passphrase"))
            #expect(hello.object("limits").object("line").number("characters") == 500)
            #expect(!hello.text("epoch").isEmpty)
            try client.send(payload: Array("open sesame, please".utf8))
            try client.expect("accepted")
            try client.send(["type": "enter", "name": "aisha", "rooms": ["main"], "ref": "e"])
            let entered = try client.expect("entered")
            #expect(entered.text("ref") == "e" && !entered.flag("resumed"))
            #expect(entered.object("you").text("name") == "aisha")
            #expect(entered.text("token").utf8.count == 64)
            if kind == .plain {
                #expect(try client.expect("notice").text("code") == "not-encrypted")
            }
            let room = try client.expect("room")
            #expect(room.text("room") == "main" && room.names("people") == ["aisha"])
            #expect(try client.expect("history").number("count") == 0)
            let joined = try client.expect("joined")
            #expect(joined.object("who").text("id") == entered.object("you").text("id"))
            #expect(joined.number("seq") > room.number("last"))
            try client.send(["type": "quit", "ref": "q"])
            let bye = try client.expect("bye")
            #expect(bye.text("reason") == "quit" && bye.text("ref") == "q" && !bye.has("after"))
            try client.stream.expectEnd()
        }
    }

    @Test func theServerSaysNothingUntilThePrefaceIsWhole() throws {
        try withServer { running in
            let channel = try SocketChannel.connect(port: running.port(.plain), from: "127.0.0.1")
            let stream = try TestClient(over: SocketConnection.plain(channel))
            for byte in "SNG".utf8 {
                try stream.send(raw: [byte])
                #expect(!stream.hasEnded())
            }
            try stream.send(raw: Array("1".utf8))
            #expect(try stream.next().hasPrefix(#"{"type":"hello""#))
        }
    }

    @Test func halfOfThePrefaceIsHeldNoLongerThanAnyOtherSilence() throws {
        try withServer({ $0.limits.authenticationTimeout = .milliseconds(200) }) { running in
            let channel = try SocketChannel.connect(port: running.port(.plain), from: "127.0.0.1")
            let stream = try TestClient(over: SocketConnection.plain(channel))
            try stream.send(raw: Array("SN".utf8))
            _ = try? stream.expectEnd()
            try running.expectLog("no accepted name")
        }
    }

    @Test func whatIsNearlyThePrefaceIsAFrameThatIsTooLong() throws {
        try withServer { running in
            let channel = try SocketChannel.connect(port: running.port(.plain), from: "127.0.0.1")
            let stream = try TestClient(over: SocketConnection.plain(channel))
            try stream.send(raw: Array("SNG2".utf8))
            _ = try? stream.expectEnd()
            try running.expectLog("announced a frame of 1397638962 bytes")
        }
    }

    @Test(arguments: [["snug/0"], ["snug/0", "snug/1"], [], ["snug/1"]])
    func theServerPrefersLevelOneAmongWhatAClientOffers(offered: [String]) throws {
        try withServer { running in
            let channel = try SocketChannel.connect(port: running.port(.tls), from: "127.0.0.1")
            let stream = try TestClient(
                over: SocketConnection.tlsClient(
                    channel,
                    context: try TestAuthority.shared.clientContext(applicationProtocols: offered),
                    expecting: ExpectedServer(name: "localhost"),
                    paddingMultiple: 0
                )
            )
            if offered.contains("snug/1") {
                #expect(try stream.next().hasPrefix(#"{"type":"hello""#))
            } else {
                try stream.send("ben")
                try stream.expect("* ben joined the chat *")
            }
        }
    }

    @Test func aWrongPassphraseIsRefusedInTurnAsAtLevelZero() throws {
        try withServer(passphrase: "open sesame, please") { running in
            let client = try JSONClient(.tls, port: running.port(.tls))
            try client.expect("hello")
            try client.send(payload: Array("open barley".utf8))
            try client.expectRefusal("wrong-passphrase")
            #expect(try client.expect("bye").text("reason") == "refused")
            try client.stream.expectEnd()
            try running.expectLog("wrong passphrase (1 from that address so far)")
        }
    }

    @Test(arguments: [
        (#"{"type":"say","room":"main","text":"x","ref":"7"}"#, "not-entered", "before it had entered"),
        (#"{"type":"dance","ref":"7"}"#, "unknown-type", "before it had entered"),
        (
            #"{"type":"enter","name":"a","rooms":[],"ref":"7","rooms":[]}"#, "malformed",
            "no message of level 1"
        ),
        ("hello", "malformed", "no message of level 1"),
    ])
    func whateverIsNoEnterEndsTheConnectionWithItsReason(
        payload: String,
        code: String,
        logged: String
    ) throws {
        try withServer { running in
            let client = try JSONClient(.plain, port: running.port(.plain))
            try client.expect("hello")
            try client.send(payload: [])
            try client.send(payload: Array(payload.utf8))
            try client.expectRefusal(code)
            #expect(try client.expect("bye").text("reason") == "refused")
            try client.stream.expectEnd()
            try running.expectLog(logged)
        }
    }

    @Test func aFullRoomAndATakenNameAreToldInLevelOnesWords() throws {
        try withQuickServer({ $0.limits.members = 2 }) { running in
            let port = running.port(.tls)
            let aisha = try JSONClient(.tls, port: port, name: "aisha")
            let other = try JSONClient(.tls, port: port)
            try other.enter("AISHA")
            #expect(aisha.id != other.id)
            let third = try JSONClient(.tls, port: port)
            try third.expect("hello")
            try third.send(["type": "enter", "name": "chen", "rooms": []])
            try third.expectRefusal("full")
            #expect(try third.expect("bye").text("reason") == "refused")
        }
    }

    // MARK: Talking

    @Test func bothLevelsSeeEveryLineOnceInOneOrder() throws {
        try withQuickServer { running in
            let text = try TestClient(.tls, port: running.port(.tls), name: "texter")
            let json = try JSONClient(.tls, port: running.port(.tls), name: "jsoner")
            try text.expect("* jsoner joined the chat *")
            let watcher = try JSONClient(.plain, port: running.port(.plain), name: "watcher")
            try text.expect("* watcher joined the chat *")
            for number in 1...50 {
                try text.send("text \(number)")
                try json.say("json \(number)", ref: "r\(number)")
            }
            var lines: [String] = []
            while lines.count < 100 {
                let message = try watcher.next { $0.type == "said" }
                #expect(!message.has("ref"))
                lines.append("\(message.object("from").text("name")): \(message.text("text"))")
            }
            #expect(lines.filter { $0.hasPrefix("texter") } == (1...50).map { "texter: text \($0)" })
            var heard: [String] = []
            while heard.count < 50 { heard.append(try text.next()) }
            #expect(heard == lines.filter { $0.hasPrefix("jsoner") })

            var own: [String] = []
            var numbers: [Int] = []
            while own.count < 100 {
                let message = try json.next { $0.type == "said" }
                let name = message.object("from").text("name")
                own.append("\(name): \(message.text("text"))")
                numbers.append(message.number("seq"))
                if name == "jsoner" {
                    #expect(message.text("ref") == "r\(message.text("text").dropFirst(5))")
                }
            }
            #expect(own == lines)
            #expect(numbers == numbers.sorted())
        }
    }

    @Test func aLineIsConfirmedAgainAndNotSaidAgainAndARefIsForOneText() throws {
        try withQuickServer { running in
            let aisha = try JSONClient(.tls, port: running.port(.tls), name: "aisha")
            let ben = try JSONClient(.tls, port: running.port(.tls), name: "ben")
            try aisha.say("hello", ref: "1")
            let first = try aisha.next { $0.type == "said" }
            try aisha.say("hello", ref: "1")
            let again = try aisha.next { $0.type == "said" }
            #expect(again.description == first.description)
            try aisha.say("good bye", ref: "1")
            try aisha.expectRefusal("ref-reused", ref: "1")
            try aisha.say("hello")
            try ben.expectLine("hello")
            try ben.expectLine("hello")
            #expect(try ben.settle().isEmpty)
        }
    }

    @Test func allSessionsOfAPersonGetTheConfirmation() throws {
        try withQuickServer { running in
            let key = try ClientKey.random()
            let port = running.port(.tls)
            let laptop = try JSONClient(.tls, port: port, name: "aisha", clientKey: key)
            let phone = try JSONClient(.tls, port: port, name: "", rooms: ["tea"], clientKey: key)
            #expect(phone.id == laptop.id)
            // Where one is, all are.
            #expect(try laptop.next { $0.type == "joined" && $0.text("room") == "tea" }.number("seq") > 0)
            try laptop.say("hello", room: "tea", ref: "a1")
            for session in [laptop, phone] {
                #expect(try session.next { $0.type == "said" }.text("ref") == "a1")
            }
        }
    }

    @Test func eachRoomIsReadInItsOwnOrderAndOnlyByThoseWhoAreInIt() throws {
        try withQuickServer({ $0.loops = 1 }) { running in
            let port = running.port(.tls)
            let rooms = ["main", "tea", "jazz", "chess"]
            let all = try JSONClient(.tls, port: port, name: "all", rooms: rooms)
            let tea = try JSONClient(.tls, port: port, name: "drinker", rooms: ["tea"])
            for number in 0..<200 { try all.say("line \(number)", room: rooms[number % 4], ref: "\(number)") }
            var said: [String: [Int]] = [:]
            for _ in 0..<200 {
                let message = try all.next { $0.type == "said" }
                said[message.text("room"), default: []].append(Int(message.text("text").dropFirst(5)) ?? -1)
            }
            for (place, room) in rooms.enumerated() {
                #expect(said[room] == Array(stride(from: place, to: 200, by: 4)))
            }
            for number in 0..<50 {
                for room in ["main", "tea"] {
                    let message = try tea.next { $0.type == "said" && $0.text("room") == room }
                    #expect(message.text("text") == "line \(4 * number + (room == "tea" ? 1 : 0))")
                    _ = room
                    break
                }
            }
        }
    }

    // MARK: Commands

    @Test func everyMessageIsAnsweredByItsEventWithItsRef() throws {
        try withQuickServer { running in
            let port = running.port(.tls)
            let aisha = try JSONClient(.tls, port: port, name: "aisha")
            let ben = try JSONClient(.tls, port: port, name: "ben")
            _ = try aisha.settle()
            try aisha.send(["type": "join", "room": "#tea", "ref": "1"])
            #expect(try aisha.expect("room").names("people") == ["aisha"])
            try aisha.expect("history")
            #expect(try aisha.expect("joined").text("ref") == "1")
            try aisha.send(["type": "topic", "room": "tea", "text": "at five", "ref": "2"])
            #expect(try aisha.expect("topic").text("ref") == "2")
            try aisha.send(["type": "topic", "room": "tea", "ref": "3"])
            let told = try aisha.expect("room")
            #expect(told.text("topic") == "at five" && told.text("ref") == "3")
            try aisha.send(["type": "private", "room": "tea", "ref": "4"])
            #expect(try aisha.expect("private").text("ref") == "4")
            try aisha.send(["type": "invite", "name": "ben", "room": "tea", "ref": "5"])
            #expect(try aisha.expect("invited").text("ref") == "5")
            let invited = try ben.next { $0.type == "invited" }
            #expect(invited.text("room") == "tea" && !invited.has("ref"))
            try ben.send(["type": "join", "room": "tea"])
            #expect(try ben.expect("room").flag("private"))
            try ben.expect("history")
            #expect(!(try ben.expect("joined")).has("ref"))
            try aisha.expect("joined")
            try aisha.send(["type": "nick", "name": "aisha2", "ref": "6"])
            for _ in 0..<2 {
                let renamed = try aisha.expect("renamed")
                #expect(renamed.text("ref") == "6" && renamed.text("was") == "aisha")
            }
            try aisha.send(["type": "direct", "to": "ben", "text": "psst", "ref": "7"])
            #expect(try aisha.expect("direct").text("ref") == "7")
            let direct = try ben.next { $0.type == "direct" }
            #expect(direct.text("text") == "psst" && !direct.has("ref"))
            try aisha.send(["type": "rooms", "ref": "8"])
            #expect(try aisha.expect("rooms").names("rooms", "room").sorted() == ["main", "tea"])
            try aisha.send(["type": "ping", "id": "p", "ref": "9"])
            #expect(try aisha.expect("pong").text("id") == "p")
            try aisha.send(["type": "leave", "room": "tea", "ref": "10"])
            let left = try aisha.expect("left")
            #expect(left.text("ref") == "10" && left.text("reason") == "left")
            #expect(try ben.next { $0.type == "left" }.object("who").text("name") == "aisha2")
            try aisha.send(["type": "history", "room": "main", "limit": 5, "ref": "11"])
            #expect(try aisha.expect("history").text("ref") == "11")
        }
    }

    @Test func everyRefusalHasItsCodeAndItsRef() throws {
        try withQuickServer { running in
            let port = running.port(.tls)
            let aisha = try JSONClient(.tls, port: port, name: "aisha")
            let ben = try JSONClient(.tls, port: port, name: "ben", rooms: ["tea"])
            _ = try aisha.settle()
            let long = String(repeating: "x", count: 501)
            let asked: [([String: Any], String)] = [
                (["type": "enter", "name": "a", "rooms": [String]()], "entered-already"),
                (["type": "dance"], "unknown-type"),
                (["type": "say", "room": "main", "text": " \u{200B} "], "empty"),
                (["type": "say", "room": "main", "text": long], "too-long"),
                (["type": "say", "room": "nowhere", "text": "x"], "not-in-room"),
                (["type": "say", "room": "", "text": "x"], "not-in-room"),
                (["type": "say", "room": "main", "text": "left", "action": true], "reads-as-notice"),
                (["type": "topic", "room": "main", "text": String(repeating: "x", count: 201)], "too-long"),
                (["type": "join", "room": "main"], "already"),
                (["type": "join", "room": "***"], "room-not-fit"),
                (["type": "leave", "room": "nowhere"], "not-in-room"),
                (["type": "nick", "name": "BEN"], "name-taken"),
                (["type": "nick", "name": "***"], "name-not-fit"),
                (["type": "nick", "name": ""], "empty"),
                (["type": "nick", "name": "aisha"], "already"),
                (["type": "who", "room": "tea"], "not-in-room"),
                (["type": "history", "room": "tea", "limit": 5], "not-in-room"),
                (["type": "direct", "to": "chen", "text": "x"], "no-such-person"),
                (["type": "direct", "to": "aisha", "text": "x"], "to-yourself"),
                (["type": "private", "room": "main"], "not-permitted"),
                (["type": "kick", "name": "ben"], "not-permitted"),
                (["type": "mute", "name": "ben", "seconds": 5], "not-permitted"),
                (["type": "ban", "name": "ben"], "not-permitted"),
                (["type": "unban", "number": 1], "not-permitted"),
                (["type": "bans"], "not-permitted"),
                (["type": "invite", "name": "ben", "room": "tea"], "not-in-room"),
            ]
            for (number, (fields, code)) in asked.enumerated() {
                var fields = fields
                fields["ref"] = "r\(number)"
                try aisha.send(fields)
                try aisha.expectRefusal(code, ref: "r\(number)")
            }
            #expect(try ben.settle().allSatisfy { $0.type == "joined" })
            for number in 0..<15 {
                try aisha.send(["type": "join", "room": "room\(number)"])
                try aisha.expect("room")
                try aisha.expect("history")
                try aisha.expect("joined")
            }
            try aisha.send(["type": "join", "room": "room15", "ref": "x"])
            try aisha.expectRefusal("too-many-rooms", ref: "x")
        }
    }
}
