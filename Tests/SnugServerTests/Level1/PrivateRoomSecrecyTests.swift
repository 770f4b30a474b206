// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugServer
import SnugTransport
import TestSupport
import Testing

/// A private room and no room at all, asked for in every way by who may not enter: the answers are compared byte for byte.
///
/// Each of the two is asked about on a server of its own, so that the one leaves no traces for the other.
@Suite(.timeLimit(.minutes(30))) struct PrivateRoomSecrecyTests {
    /// The room that is there, and one whose name is as long.
    private static let rooms = ["secret", "absent"]

    /// What `body` is told on a server with the room, for each of the two.
    private func compare(
        operators: [KeyFingerprint] = [],
        _ body: (_ room: String, _ port: UInt16) throws -> [String]
    ) throws -> [String] {
        var told: [[String]] = []
        for room in Self.rooms {
            try withQuickServer { running in
                running.server.reload(try TestAuthority.shared.serverContext(), operators: operators)
                let port = running.port(.tls)
                let owner = try JSONClient(.tls, port: port, name: "owner", rooms: ["secret"])
                try owner.send(["type": "private", "room": "secret"])
                try owner.send(["type": "topic", "room": "secret", "text": "hush"])
                try owner.say("hidden", room: "secret")
                _ = try owner.settle(in: "secret")
                told.append(try body(room, port).map { masked($0, room) })
                let heard = try owner.settle(in: "secret").filter { $0.text("room") == "secret" }
                // One may be invited to another room of that name.
                #expect(heard.allSatisfy { $0.type == "invited" })
            }
        }
        #expect(told[0] == told[1])
        #expect(!told[0].contains { $0.contains("hush") || $0.contains("hidden") })
        return told[0]
    }

    /// A text with the same name for the two rooms, and with zeros for what tells one second from another.
    private func masked(_ text: String, _ room: String) -> String {
        var text = text.replacingOccurrences(of: room, with: "a-room")
        for match in text.matches(of: /"(?:before|first|id|last|seq|time)":"?\d+|\d\d:\d\d/).reversed() {
            text.replaceSubrange(match.range, with: match.output.map { $0.isNumber ? "0" : $0 })
        }
        return text
    }

    /// What somebody is told while it asks questions about a room, up to the answer to the last of them.
    private func answers(_ client: JSONClient, _ questions: [[String: Any]], _ room: String) throws
        -> [String]
    {
        var texts: [String] = []
        for (number, question) in questions.enumerated() {
            var question = question
            question["room"] = room
            question["ref"] = "r\(number)"
            try client.send(question)
            var message: JSONClient.Message
            repeat {
                message = try client.next()
                texts.append(message.description)
            } while message.text("ref") != "r\(number)" || message.flag("replay")
        }
        return texts
    }

    private let questions: [[String: Any]] = [
        ["type": "say", "text": "x"], ["type": "say", "text": "x", "action": true], ["type": "who"],
        ["type": "history", "limit": 5], ["type": "history", "limit": 5, "before": 9_007_199_254_740_991],
        ["type": "topic"], ["type": "topic", "text": "mine"], ["type": "topic", "text": ""],
        ["type": "private"], ["type": "invite", "name": "owner"], ["type": "invite", "name": "nobody"],
        ["type": "kick", "name": "owner"], ["type": "kick", "name": "nobody"],
        ["type": "mute", "name": "owner", "seconds": 5], ["type": "ban", "name": "owner"],
        ["type": "rooms"], ["type": "leave"], ["type": "rooms"],
    ]

    /// An operator may more, and sees no more of a room that it is not in.
    @Test(arguments: [false, true])
    func everyQuestionAboutItIsAnsweredAsIfThereWereNone(isOperator: Bool) throws {
        let key = try ClientKey.random()
        let told = try compare(operators: isOperator ? [key.fingerprint] : []) { room, port in
            let stranger = try JSONClient(.tls, port: port, name: "stranger", clientKey: key)
            _ = try stranger.settle()
            return try answers(stranger, questions, room)
        }
        let refusals = told.filter { $0.hasPrefix(#"{"type":"refused","#) }
        #expect(told.count == questions.count && refusals.count == told.count - 2, "all but `rooms`")
        #expect(refusals.contains { $0.contains("not-permitted") } != isOperator)
        #expect(!told.contains { $0.hasPrefix(#"{"type":"rooms""#) && $0.contains("a-room") })
    }

    /// Whoever joins a room of a name gets one, and it is its own.
    @Test(arguments: [false, true])
    func whoJoinsItGetsARoomOfItsOwnAsIfThereWereNone(makesItPrivate: Bool) throws {
        let told = try compare { room, port in
            let stranger = try JSONClient(.tls, port: port, name: "stranger")
            _ = try stranger.settle()
            let asked = questions.filter { makesItPrivate || $0["type"] as? String != "private" }
            let joins = [["type": "join"], ["type": "join"]]
            return try answers(stranger, joins + asked + [["type": "join"]], room)
        }
        #expect(told.first?.contains(#""people":[{"id":"#) == true)
        #expect(told.contains { $0.hasPrefix(#"{"type":"said""#) })
    }

    /// What was seen of it, true or invented, opens nothing and tells nothing.
    @Test(arguments: [0, 1, 9_007_199_254_740_991])
    func whoEntersWithItGetsARoomOfItsOwnAsIfThereWereNone(seen: Int) throws {
        let told = try compare { room, port in
            let stranger = try JSONClient(.tls, port: port)
            let epoch = try stranger.expect("hello").text("epoch")
            try stranger.send([
                "type": "enter", "name": "stranger", "rooms": [room], "history": 200,
                "resume": ["token": "t", "epoch": epoch, "seen": [room: seen]],
            ])
            var texts: [String] = []
            var message: JSONClient.Message
            repeat {
                message = try stranger.next()
                if message.text("room") == room { texts.append(message.description) }
            } while message.type != "joined" || message.text("room") != room
            return texts
        }
        #expect(told.first?.contains(#""people":[{"id":"#) == true)
        #expect(told.contains { $0.hasPrefix(#"{"type":"gap""#) } == (seen > 1))
    }

    @Test func atLevelZeroItCannotBeToldFromNoneEither() throws {
        let told = try compare { room, port in
            let stranger = try TestClient(.tls, port: port, name: "stranger")
            var texts: [String] = []
            for (line, answer) in [
                ("/rooms", "rooms: "), ("/join \(room)", "you are in #"), ("/who", "online: "),
                ("/topic", "has no topic"), ("/history", "nothing of #"), ("/invite owner", "may come in"),
                ("/topic mine", "set the topic"), ("/rooms", "rooms: "), ("/kick owner", "only operators"),
                ("/private", "private"), ("/rooms", "rooms: "), ("/join main", "you are in #main"),
                ("/rooms", "rooms: "), ("/join #\(room)", "you are in #"), ("/who", "online: "),
            ] {
                try stranger.send(line)
                repeat { texts.append(try stranger.next(answer)) } while !(texts.last ?? "").contains(answer)
            }
            return texts
        }
        #expect(told.contains("* you are in #a-room (1 here) *"))
    }

    @Test func whoIsInItIsToldByTheListOfRoomsThatItIsPrivate() throws {
        try withQuickServer { running in
            let owner = try JSONClient(.tls, port: running.port(.tls), name: "owner", rooms: ["secret"])
            try owner.send(["type": "private", "room": "secret"])
            try owner.send(["type": "rooms", "ref": "r"])
            let list = try owner.next { $0.type == "rooms" }
            let rooms = try #require(list.fields["rooms"] as? [[String: Any]])
            #expect(rooms.map { $0["room"] as? String } == ["main", "secret"])
            #expect(rooms.map { $0["private"] as? Bool } == [nil, true])
        }
    }
}
