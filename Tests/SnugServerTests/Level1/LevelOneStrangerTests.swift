// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugTransport
import TestSupport
import Testing

/// What belongs to a key, and somebody with another key, or none, who wants it.
@Suite(.timeLimit(.minutes(30))) struct LevelOneStrangerTests {
    enum Thief: CaseIterable {
        case anotherKey, noKey

        func key() throws -> ClientKey? { self == .noKey ? nil : try ClientKey.random() }
    }

    /// Somebody with a key and a private room, and a friend in it.
    private struct Home {
        let port: UInt16
        let key: ClientKey
        let owner: JSONClient
        let friend: JSONClient

        init(_ port: UInt16) throws {
            self.port = port
            key = try ClientKey.random()
            owner = try JSONClient(.tls, port: port, name: "aisha", rooms: ["den"], clientKey: key)
            friend = try JSONClient(.tls, port: port, name: "ben")
            try owner.send(["type": "private", "room": "den"])
            try owner.next { $0.type == "private" }
            try owner.send(["type": "invite", "name": "ben", "room": "den"])
            try friend.next { $0.type == "invited" }
            try friend.send(["type": "join", "room": "den"])
            try friend.next { $0.type == "joined" && $0.text("room") == "den" }
            try friend.say("only for us", room: "den")
            try owner.expectLine("only for us")
        }

        /// Enters the den as its owner would, and asks for all that was said there.
        func enterDen(_ port: UInt16, resuming: JSONClient?, _ key: ClientKey?) throws -> JSONClient {
            try JSONClient(
                .tls,
                port: port,
                name: "aisha",
                rooms: ["den"],
                resuming: resuming,
                history: 200,
                clientKey: key
            )
        }

        func direct(_ text: String, to name: String) throws -> JSONClient.Message {
            try friend.send(["type": "direct", "to": name, "text": text, "ref": text])
            return try friend.next { $0.text("ref") == text }
        }
    }

    private func withHome(_ body: (Home, RunningServer) throws -> Void) throws {
        try withQuickServer { running in
            try body(try Home(running.port(.tls)), running)
        }
    }

    /// The stolen token is the right one, and what was seen is true: only the key is not there.
    @Test(arguments: Thief.allCases, [true, false])
    func whoHasAnotherKeyResumesNothingAndIsToldNothingOfIt(thief: Thief, isOwnerAway: Bool) throws {
        try withHome { home, running in
            if isOwnerAway {
                home.owner.stream.reset()
                try running.expectLog("left as aisha")
            }
            _ = try home.friend.settle(in: "den")
            try home.friend.say("and this", room: "den")
            let stranger = try home.enterDen(home.port, resuming: home.owner, thief.key())
            #expect(!stranger.isResumed)
            #expect(stranger.id != home.owner.id && stranger.token != home.owner.token)
            #expect(!stranger.told.contains { $0.type == "said" || $0.flag("private") })
            let people = stranger.told.filter { $0.type == "room" && $0.text("room") == "den" }
            #expect(people.map { $0.names("people") } == [["aisha-2"]], "an open room of the same name")
            try stranger.send(["type": "history", "room": "den", "limit": 200])
            #expect(try stranger.next { $0.type == "history" }.number("count") == 0)

            // What it says there is not said to those in the private room, nor the other way round.
            try stranger.say("is anybody here", room: "den")
            try stranger.expectLine("is anybody here")
            try home.friend.say("nobody", room: "den")
            try home.friend.next { $0.text("text") == "nobody" }
            let heardByFriend = try home.friend.settle(in: "den")
            #expect(!heardByFriend.contains { $0.type == "said" || $0.text("room") == "den" })
            #expect(!(try stranger.settle(in: "den")).contains { $0.type == "said" })

            // The stay is still there for who has the key, token or not.
            let back = try JSONClient(.tls, port: home.port, name: "", rooms: ["den"], clientKey: home.key)
            #expect(back.id == home.owner.id)
            #expect(back.told.contains { $0.text("room") == "den" && $0.flag("private") })
        }
    }

    @Test(arguments: Thief.allCases)
    func aNameOfAKeyIsGivenToNobodyElseInAnyDisguiseNorWhatIsSaidToIt(thief: Thief) throws {
        try withHome { home, running in
            home.owner.stream.reset()
            try running.expectLog("left as aisha")
            let stranger = try JSONClient(
                .tls,
                port: home.port,
                name: "aisha",
                clientKey: try thief.key()
            )
            for name in ["aisha", "AISHA", "аisha", "a\u{200B}isha"] {
                try stranger.send(["type": "nick", "name": name, "ref": "n"])
                let answer = try stranger.next { $0.text("ref") == "n" }
                #expect(answer.text("code") == "name-taken", "\(name): \(answer)")
            }
            let text = try TestClient(.tls, port: home.port)
            try text.send("Aisha")
            try text.expect("* Aisha-3 joined the chat *")
            try text.expectNotice(containing: "taken")
            try text.send("/nick aisha")
            try text.expectNotice(containing: "taken")

            // Cut off, the owner is told nothing, and nobody in its place either.
            #expect(try home.direct("one", to: "aisha").text("code") == "away")
            // Gone, nobody has that name, though it is still the key's.
            let back = try JSONClient(
                .tls,
                port: home.port,
                name: "",
                resuming: home.owner,
                clientKey: home.key
            )
            #expect(back.isResumed && back.id == home.owner.id)
            #expect(try home.direct("two", to: "aisha").type == "direct")
            try back.next { $0.type == "direct" && $0.text("text") == "two" }
            try back.send(["type": "quit"])
            _ = try back.untilEnd()
            #expect(try home.direct("three", to: "aisha").text("code") == "no-such-person")
            let later = try JSONClient(.tls, port: home.port, name: "aisha", clientKey: try thief.key())
            #expect(later.told.contains { $0.type == "room" && $0.names("people").contains("aisha-4") })
            #expect(!(try stranger.settle()).contains { $0.type == "direct" })
            try text.send("/who")
            #expect(
                !(try text.skip(to: "* online: ben, aisha-2, Aisha-3, aisha-4 *")).contains {
                    $0.contains("only to you")
                }
            )

            let owner = try JSONClient(.tls, port: home.port, name: "aisha", clientKey: home.key)
            #expect(owner.told.contains { $0.names("people").contains("aisha") })
        }
    }

    /// Names, and the rooms that one may enter, are the key's on the next start as well.
    @Test(arguments: Thief.allCases)
    func whatBelongsToAKeyBelongsToItAfterARestartWithAHistoryFile(thief: Thief) throws {
        let folder = try TemporaryFolder()
        var running = try RunningServer.keepingHistory(in: folder)
        let home = try Home(running.port(.tls))
        running.stop()
        running = try .keepingHistory(in: folder)
        defer { running.stop() }
        let port = running.port(.tls)
        let stranger = try home.enterDen(port, resuming: home.owner, thief.key())
        #expect(!stranger.isResumed)
        #expect(!stranger.told.contains { $0.type == "said" || $0.flag("private") })
        #expect(stranger.told.contains { $0.type == "room" && $0.names("people") == ["aisha-2"] })
        let owner = try home.enterDen(port, resuming: nil, home.key)
        #expect(owner.told.contains { $0.text("room") == "den" && $0.flag("private") })
        #expect(owner.told.contains { $0.type == "said" && $0.text("text") == "only for us" })
        #expect(owner.told.contains { $0.names("people").contains("aisha") })
    }
}
