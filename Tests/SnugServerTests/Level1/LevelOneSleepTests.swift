// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// A client that was away: for half a minute nobody is told, after more than a minute it has left, and in neither case
/// does it miss anything.
@Suite(.timeLimit(.minutes(30))) struct LevelOneSleepTests {
    private static let rooms = ["main", "tea"]

    /// Somebody who is going to sleep, somebody who talks meanwhile, and somebody who reads text.
    private struct People {
        let server: ClockedServer
        let sleeper: JSONClient
        let talker: JSONClient
        let reader: TestClient
        /// What was said in each room since the sleeper was cut off.
        private(set) var missed: [String: [String]] = [:]
        /// What the talker was told but for lines, and was not asked for yet.
        private var heard: [JSONClient.Message] = []

        init(_ kind: TransportKind, in server: ClockedServer) throws {
            self.server = server
            let port = server.port(kind)
            sleeper = try JSONClient(kind, port: port, name: "aisha", rooms: rooms)
            talker = try JSONClient(kind, port: port, name: "ben", rooms: rooms)
            reader = try TestClient(.tls, port: server.port(.tls), name: "cem")
            for room in rooms {
                _ = try sleeper.settle(in: room)
                _ = try talker.settle(in: room)
            }
        }

        /// Cuts the sleeper off, behind a line of its own that it has no confirmation of.
        mutating func fallAsleep() throws {
            try sleeper.say("good night", ref: "a1")
            try talker.expectLine("good night")
            try reader.expect("aisha: good night")
            missed["main", default: []].append("good night")
            sleeper.stream.reset()
            try server.expectLog("left as aisha")
        }

        /// Lets time pass, with a line in each room behind it.
        mutating func pass(seconds: Int64) throws {
            server.pass(seconds: seconds)
            for room in rooms {
                let text = "line \(missed[room, default: []].count) of \(room)"
                try say(text, room: room)
            }
        }

        /// Has the talker say a line, and returns once it is said: who comes back after that has missed it.
        private mutating func say(_ text: String, room: String = "main") throws {
            missed[room, default: []].append(text)
            try talker.say(text, room: room)
            while true {
                let message = try talker.next()
                if message.type == "said", message.text("text") == text { return }
                heard.append(message)
            }
        }

        /// The sleeper comes back, and has been told all that it missed.
        func comeBack(_ kind: TransportKind) throws -> JSONClient {
            let back = try JSONClient(
                kind,
                port: server.port(kind),
                name: "aisha",
                rooms: rooms,
                resuming: sleeper
            )
            for room in rooms {
                let told = back.told.filter { $0.type == "said" && $0.text("room") == room }
                #expect(told.map { $0.text("text") } == missed[room])
                #expect(told.allSatisfy { $0.flag("replay") })
                #expect(told.map { $0.number("seq") } == told.map { $0.number("seq") }.sorted())
            }
            #expect(!back.told.contains { $0.type == "gap" })
            // What was sent before the sleep is confirmed, and sent again not said again.
            let own = try #require(back.told.first { $0.text("text") == "good night" })
            #expect(own.text("ref") == "a1")
            try back.say("good night", ref: "a1")
            let again = try back.next { $0.type == "said" && $0.text("ref") == "a1" }
            #expect(again.number("seq") == own.number("seq"))
            return back
        }

        /// All that the others have been told of comings and goings, as `joined tea` or as the text reader has it.
        mutating func told() throws -> (typed: [String], text: [String]) {
            try say("mark")
            for room in rooms { heard += try talker.settle(in: room) }
            let typed = heard.filter { $0.type != "said" }.map {
                "\($0.type) \($0.text("room")) \($0.text("reason"))"
            }
            heard = []
            return (typed.sorted(), try reader.skip(to: "ben: mark").filter { $0.hasPrefix("* ") })
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoSleepsForHalfAMinuteWasNeverAwayForAnybodyElse(kind: TransportKind) throws {
        let server = try ClockedServer()
        defer { server.stop() }
        var people = try People(kind, in: server)
        try people.fallAsleep()
        for _ in 0..<3 { try people.pass(seconds: 10) }
        let back = try people.comeBack(kind)
        #expect(back.isResumed && back.id == people.sleeper.id && back.token == people.sleeper.token)
        // The time that a stay is kept is not going on behind its back.
        server.pass(seconds: 300)
        let told = try people.told()
        #expect(told.typed.isEmpty && told.text.isEmpty)
        try back.say("good morning")
        try people.reader.expect("aisha: good morning")
    }

    /// A sleep that the server does not notice: the old connection still stands when the new one comes.
    @Test(arguments: TransportKind.allCases)
    func whoComesBackBeforeItsSleepWasNoticedWasNeverAwayEither(kind: TransportKind) throws {
        let server = try ClockedServer()
        defer { server.stop() }
        var people = try People(kind, in: server)
        server.pass(seconds: 30)
        try people.talker.say("missed", room: "tea")
        try people.talker.expectLine("missed")
        let port = server.port(kind)
        let back = try JSONClient(
            kind,
            port: port,
            name: "aisha",
            rooms: Self.rooms,
            resuming: people.sleeper
        )
        #expect(back.isResumed && back.id == people.sleeper.id)
        #expect(back.told.filter { $0.type == "said" }.map { $0.text("text") } == ["missed"])
        #expect(try people.sleeper.untilEnd().last?.text("reason") == "replaced")
        server.pass(seconds: 300)
        let told = try people.told()
        #expect(told.typed.isEmpty && told.text.isEmpty)
    }

    @Test(arguments: TransportKind.allCases)
    func whoSleepsForAMinuteAndAHalfHasLeftAndJoinsAndGetsAllThatItMissed(kind: TransportKind) throws {
        let server = try ClockedServer()
        defer { server.stop() }
        var people = try People(kind, in: server)
        try people.fallAsleep()
        try people.pass(seconds: 30)
        try people.pass(seconds: 29)
        let early = try people.told()
        #expect(early.typed.isEmpty && early.text.isEmpty, "it may still come back")
        try people.pass(seconds: 2)
        let left = try people.told()
        #expect(left.typed == ["left main lost", "left tea lost"])
        #expect(left.text == ["* aisha left *"])
        try people.pass(seconds: 29)
        let back = try people.comeBack(kind)
        #expect(!back.isResumed && back.id != people.sleeper.id)
        let joined = try people.told()
        #expect(joined.typed == ["joined main ", "joined tea "])
        #expect(joined.text == ["* aisha joined the chat *"])
    }
}
