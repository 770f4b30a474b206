// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugTransport
import TestSupport
import Testing

/// Whoever is kicked is really out, at both levels: it says nothing there any more, and hears nothing.
@Suite(.timeLimit(.minutes(30))) struct KickTests {
    /// An operator and a witness of level 1, and one person of each level whom the operator kicks; all are in `tea`.
    private struct People {
        let operating: JSONClient
        let witness: JSONClient
        let typed: JSONClient
        let text: TestClient

        init(_ running: RunningServer) throws {
            let port = running.port(.tls)
            let key = try ClientKey.random()
            running.server.reload(try TestAuthority.shared.serverContext(), operators: [key.fingerprint])
            let rooms = ["main", "tea"]
            operating = try JSONClient(.tls, port: port, name: "olga", rooms: rooms, clientKey: key)
            witness = try JSONClient(.tls, port: port, name: "wim", rooms: rooms)
            typed = try JSONClient(.tls, port: port, name: "tim", rooms: rooms)
            text = try TestClient(.tls, port: port, name: "tex")
            try text.send("/join tea")
            try text.skip(to: "* you are in #tea (4 here) *")
            for client in [operating, witness, typed] { _ = try client.settle(in: "tea") }
        }

        /// Kicks both out of a room, one after the other.
        func kick(outOf room: String) throws {
            for name in ["tim", "tex"] {
                try operating.send(["type": "kick", "name": name, "room": room, "ref": name])
                try operating.next { $0.text("ref") == name && $0.type == "kicked" }
            }
        }

        /// Has the witness say a line in a room, and waits until it is said.
        func say(_ text: String, in room: String) throws {
            try witness.say(text, room: room, ref: text)
            try witness.next { $0.text("ref") == text }
        }

        /// What is said in `tea` and `main` while `body` runs, as the witness hears it: `ROOM NAME TEXT`.
        func said(while body: () throws -> Void) throws -> [String] {
            _ = try witness.settle()
            try body()
            let told = try witness.settle(in: "tea") + witness.settle(in: "main")
            return told.filter { $0.type == "said" }.map {
                "\($0.text("room")) \($0.object("from").text("name")) \($0.text("text"))"
            }
        }

        func names(in room: String) throws -> [String] {
            try witness.send(["type": "who", "room": room, "ref": "who"])
            return try witness.next { $0.text("ref") == "who" }.names("people")
        }
    }

    @Test func whoIsKickedOutOfARoomSaysAndHearsNothingThereAnyMore() throws {
        try withQuickServer { running in
            let people = try People(running)
            try people.kick(outOf: "tea")
            #expect(try people.names(in: "tea") == ["olga", "wim"])
            try people.say("among us", in: "tea")
            // Who talks in one room only talks in `main` then, where everybody may be.
            let said = try people.said {
                try people.typed.say("in tea", room: "tea", ref: "x")
                let answer = try people.typed.next { $0.text("ref") == "x" }
                #expect(answer.type == "refused" && answer.text("code") == "not-in-room")
                try people.text.send("from tex")
                try people.typed.next { $0.type == "said" && $0.text("text") == "from tex" }
            }
            #expect(said == ["main tex from tex"])
            try people.say("to all", in: "main")
            try people.typed.next { message in
                #expect(message.text("text") != "among us")
                return message.text("text") == "to all"
            }
            #expect(try !people.text.skip(to: "wim: to all").contains("wim: among us"))
        }
    }

    @Test func whoIsKickedOutOfMainSaysAndHearsNothingAtAllAnyMore() throws {
        try withQuickServer { running in
            let people = try People(running)
            // Who reads text is where its operator is.
            try people.text.send("/join main")
            try people.text.skip(to: "* you are in #main (4 here) *")
            try people.kick(outOf: "main")
            for room in ["main", "tea"] {
                #expect(try people.names(in: room) == ["olga", "wim"])
                try people.say("among us", in: room)
            }
            let typed = try people.typed.untilEnd()
            #expect(typed.last?.type == "bye" && typed.last?.text("reason") == "kicked")
            #expect(!typed.contains { $0.text("text") == "among us" })
            let text = try people.text.collectUntilEnd()
            #expect(text.contains("* tex was kicked by olga *") && !text.contains("wim: among us"))
        }
    }

    /// What was sent before it knew, and what is sent at a connection that is not closed yet.
    @Test(arguments: TransportKind.allCases)
    func whatSomebodySaysWhoWasJustKickedIsNotSaid(kind: TransportKind) throws {
        try withQuickServer { running in
            let people = try People(running)
            let port = running.port(kind)
            let talker = try TestClient(kind, port: port)
            try talker.send("talker")
            try talker.skip(to: "* talker joined the chat *")
            try people.operating.send(["type": "kick", "name": "talker", "ref": "k"])
            try people.operating.next { $0.text("ref") == "k" && $0.type == "kicked" }
            let said = try people.said {
                // The connection may be reset meanwhile.
                for number in 0..<50 { try? talker.send("\(number)") }
                _ = try? talker.collectUntilEnd()
            }
            #expect(said == [])
        }
    }
}
