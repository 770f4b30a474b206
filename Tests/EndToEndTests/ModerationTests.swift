// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Operators of a real server, by their keys, and what they do to others.
@Suite(.timeLimit(.minutes(30))) struct ModerationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Somebody with a key of its own.
    private func makeKey(of name: String) throws -> String {
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["identity", "--identity=\(folder.path("\(name).pem"))"]
        )
        #expect(try process.waitForExit() == 0)
        return try #require(process.lines(of: .output).first)
    }

    @discardableResult
    private func writeOperators(_ lines: [String], mode: mode_t = 0o644) throws -> String {
        try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "operators", mode: mode)
    }

    /// - Parameter key: whose key it shows, nobody's if nil.
    private func join(_ name: String, _ server: ServerProcess, key: String?) throws -> ChildProcess {
        try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--host=127.0.0.1", "--port=\(server.port)", "--name=\(name)", "--ca=\(server.authority)"]
                + [key.map { "--identity=\(folder.path("\($0).pem"))" } ?? "--no-identity"]
        )
    }

    private func start(_ options: [String] = []) throws -> ServerProcess {
        try ServerProcess(["--operators=\(folder.path("operators"))"] + options)
    }

    @Test func anOperatorMutesAndKicksAndEverybodyIsToldWhoDidIt() throws {
        try writeOperators([try "\(makeKey(of: "aisha")) aisha"])
        let server = try start()
        try server.expectLog("1 key may moderate")
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        let ben = try join("ben", server, key: nil)
        try ben.expect("* ben joined the chat *")
        try aisha.type("/mute ben 10m")
        for person in [aisha, ben] { try person.expect("* ben was muted by aisha (10 minutes) *") }
        try ben.type("can you hear me")
        try ben.expect("* you are muted here (")
        try server.expectLog("in #main: * ben was muted by aisha (10 minutes) *")
        try aisha.type("/kick ben too loud")
        try aisha.expect("* ben was kicked by aisha: too loud *")
        try aisha.expect("* ben left *")
        _ = try ben.waitForExit()
        #expect(ben.lines(of: .output).contains("* ben was kicked by aisha: too loud *"))
        try server.expectLog("left as ben: kicked")
        #expect(!aisha.lines(of: .output).contains { $0.contains("can you hear me") })
        #expect(try aisha.finish() == 0)
        #expect(try server.stop() == 0)
    }

    /// A line that somebody has piped into it was not said, whatever the script that did so would like.
    @Test(arguments: ["banned", "the room is full"])
    func aFilterThatIsNotLetInFailsThoughItsInputEndedInGoodOrder(reason: String) throws {
        try writeOperators([try makeKey(of: "aisha")])
        _ = try makeKey(of: "ben")
        let server = try start(reason == "banned" ? [] : ["--max-members=1"])
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        if reason == "banned" {
            let ben = try join("ben", server, key: "ben")
            try ben.expect("* ben joined the chat *")
            try aisha.type("/ban ben 1h")
            _ = try ben.waitForExit()
        }
        for input in ["important\n", "/quit\n", ""] {
            let filter = try join("ben", server, key: "ben")
            try? filter.write(Array(input.utf8))
            #expect(try filter.finish() == 69, "\(input)")
            try filter.expect(reason)
            try filter.expect("error: the server did not let you in", on: .errors)
        }
        #expect(!aisha.lines(of: .output).contains { $0.contains("important") })
        #expect(try aisha.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test func whoIsNoOperatorIsToldSoAndNothingHappens() throws {
        try writeOperators([try makeKey(of: "aisha")])
        _ = try makeKey(of: "ben")
        let server = try start()
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        // Neither another key nor the operator's name is worth anything.
        for (name, key) in [("ben", "ben"), ("aisha", nil)] {
            let person = try join(name, server, key: key)
            try person.expect(" joined the chat *")
            for command in ["/kick aisha", "/mute aisha", "/ban aisha 1h", "/bans", "/unban 1"] {
                try person.type(command)
            }
            try person.wait(for: "five refusals") {
                person.lines(of: .output).filter { $0 == "* only operators may do that *" }.count == 5
            }
            #expect(try person.finish() == 0)
        }
        #expect(try aisha.finish() == 0)
        #expect(!server.process.lines(of: .errors).contains { $0.contains("in #main:") })
        #expect(try server.stop() == 0)
    }

    @Test func aBannedKeyComesBackUnderNoNameAndOthersOfItsAddressDo() throws {
        try writeOperators([try makeKey(of: "aisha")])
        for name in ["ben", "cem"] { _ = try makeKey(of: name) }
        let server = try start()
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        let ben = try join("ben", server, key: "ben")
        try ben.expect("* ben joined the chat *")
        try aisha.type("/ban ben 1h spam")
        try aisha.expect("* ben was banned by aisha (60 minutes: spam) *")
        _ = try ben.waitForExit()
        for name in ["ben", "somebody-else"] {
            let again = try join(name, server, key: "ben")
            #expect(try again.waitForExit() != 0)
            #expect(again.lines(of: .output).contains { $0.hasPrefix("* you are banned here (") })
        }
        try server.expectLog("was not let in: banned")
        for (name, key) in [("cem", "cem"), ("dora", nil)] {
            let other = try join(name, server, key: key)
            try other.expect("* \(name) joined the chat *")
            #expect(try other.finish() == 0)
        }
        try aisha.type("/bans")
        try aisha.expect("* bans: 1 ben by aisha (")
        try aisha.type("/unban 1")
        try aisha.expect("* aisha lifted ban 1 of ben *")
        let back = try join("ben", server, key: "ben")
        try back.expect("* ben joined the chat *")
        #expect(try back.finish() == 0)
        #expect(try aisha.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test func whoHasNoKeyIsBannedByAddressAndANewKeyIsNoWayBack() throws {
        try writeOperators([try makeKey(of: "aisha")])
        _ = try makeKey(of: "ben")
        let server = try start()
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        let ben = try join("ben", server, key: nil)
        try ben.expect("* ben joined the chat *")
        try aisha.type("/ban ben")
        try aisha.expect("* ben was banned by aisha (forever) *")
        for (name, key) in [("ben", nil), ("other", nil), ("ben", "ben")] {
            let again = try join(name, server, key: key)
            #expect(try again.waitForExit() != 0)
        }
        // The operator, at the same address, may come and go.
        #expect(try aisha.finish() == 0)
        let back = try join("aisha", server, key: "aisha")
        try back.expect("* aisha joined the chat *")
        #expect(try back.finish() == 0)
        #expect(try server.stop() == 0)
    }

    /// Keys and addresses, by an operator's command and at the control socket.
    @Test func whoIsBannedStaysOutAfterARestartWithAHistoryFile() throws {
        try writeOperators([try makeKey(of: "aisha")])
        for name in ["ben", "cem", "dora"] { _ = try makeKey(of: name) }
        let options = ["--history=\(folder.path("history"))", "--control=\(folder.path("control"))"]
        var server = try start(options)
        let aisha = try join("aisha", server, key: "aisha")
        try aisha.expect("* aisha joined the chat *")
        let keyed = try ["ben", "cem", "dora"].map { try join($0, server, key: $0) }
        // No address of the loopback network is counted for another one of it.
        let guests = try ["127.0.0.2", "127.0.0.3", "127.0.0.4"].map {
            try TestClient(.tls, port: server.port, from: $0)
        }
        for (guest, name) in zip(guests, ["eve", "fay", "gus"]) { try guest.send(name) }
        for name in ["ben", "cem", "dora", "eve", "fay", "gus"] {
            try aisha.expect("* \(name) joined the chat *")
        }
        for name in ["ben", "eve", "gus"] {
            try aisha.type("/ban \(name) 1h at the door")
            try aisha.expect("* \(name) was banned by aisha (60 minutes: at the door) *")
        }
        for name in ["cem", "fay"] {
            let ban = try control("ban", name, "forever", "at", "the", "socket")
            let sentence = "in #main: * \(name) was banned by an operator (forever: at the socket) *"
            #expect(ban.count == 1 && ban[0].hasPrefix(sentence) && ban[0].hasSuffix(" stays out"), "\(ban)")
        }
        #expect(try control("unban", "3") == ["in #main: * an operator lifted ban 3 of gus *"])
        for person in keyed.prefix(2) { _ = try person.waitForExit() }
        #expect(try keyed[2].finish() == 0)
        #expect(try aisha.finish() == 0)
        let before = try control("bans")
        #expect(before.count == 4)

        for _ in 0..<2 {
            #expect(try server.stop() == 0)
            server = try start(options)
            #expect(try control("bans") == before)
            for (name, key) in [("ben", "ben"), ("newcomer", "ben"), ("cem", "cem"), ("newcomer", "cem")] {
                let again = try join(name, server, key: key)
                #expect(try again.waitForExit() != 0, "\(name) with the key of \(key)")
                #expect(again.lines(of: .output).contains { $0.hasPrefix("* you are banned here (") })
            }
            for address in ["127.0.0.2", "127.0.0.3"] {
                let again = try TestClient(.tls, port: server.port, from: address)
                try again.send("newcomer")
                #expect(try again.collectUntilEnd().first?.hasPrefix("* you are banned here (") == true)
            }
            // Another key, the same address, and the address whose ban was lifted.
            let dora = try join("dora", server, key: "dora")
            try dora.expect("* dora joined the chat *")
            #expect(try dora.finish() == 0)
            let gus = try TestClient(.tls, port: server.port, from: "127.0.0.4")
            try gus.send("gus")
            try gus.expect("* gus joined the chat *")
        }
        #expect(try server.stop() == 0)
    }

    /// What `snug-server ctl` prints.
    private func control(_ words: String...) throws -> [String] {
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["ctl", "--control=\(folder.path("control"))"] + words
        )
        #expect(try process.waitForExit() == 0, "\(process.lines(of: .errors))")
        return process.lines(of: .output)
    }

    // MARK: The file

    @Test func theFileIsReadAgainOnHangUpAndABadOneChangesNothing() throws {
        let (first, second) = (try makeKey(of: "aisha"), try makeKey(of: "ben"))
        try writeOperators([first])
        let server = try start()
        let ben = try join("ben", server, key: "ben")
        try ben.expect("* ben joined the chat *")
        try writeOperators(["# nobody reads this", "aisha"])
        server.process.signal(SIGHUP)
        let line = try server.expectLog("the files were not reloaded, the old ones stay in use: line 2 of ")
        #expect(line.contains(" error: ") && line.hasSuffix("does not begin with a key's fingerprint"))
        try ben.type("/bans")
        try ben.expect("* only operators may do that *")
        try writeOperators([first, second])
        server.process.signal(SIGHUP)
        try server.expectLog("2 keys may moderate")
        try ben.type("/bans")
        try ben.expect("* there are no bans *")
        try writeOperators([])
        server.process.signal(SIGHUP)
        try server.expectLog("0 keys may moderate")
        try ben.type("/unban 1")
        try ben.wait(for: "another refusal") {
            ben.lines(of: .output).filter { $0 == "* only operators may do that *" }.count == 2
        }
        #expect(try ben.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(arguments: ["a bad line", "open to others", "missing"], [[], ["--check"]])
    func aServerDoesNotStartWithAListThatIsNotGood(_ fault: String, _ options: [String]) throws {
        let key = try makeKey(of: "aisha")
        switch fault {
        case "a bad line": try writeOperators([key, "", "nonsense"])
        case "open to others": try writeOperators([key], mode: 0o666)
        default: break
        }
        let certificates = try TemporaryFolder.withCertificates()
        let path = folder.path("operators")
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--operators=\(path)"] + certificates.certificateOptions + options
        )
        #expect(try server.waitForExit() == 78)
        let lines = server.lines(of: .errors)
        let expected = [
            "a bad line": [
                "error: line 3 of \(path) does not begin with a key's fingerprint",
                "hint: begin each line with sha256: and 44 characters, as ",
            ],
            "open to others": [
                "error: \(path) can be changed by other users (mode 0666)", "hint: chmod go-w \(path)",
            ],
            "missing": ["error: \(path) does not exist", "hint: check the path for typing errors"],
        ]
        for (line, beginning) in zip(lines.suffix(2), expected[fault] ?? []) {
            #expect(line.hasPrefix(beginning), "\(line)")
        }
    }
}
