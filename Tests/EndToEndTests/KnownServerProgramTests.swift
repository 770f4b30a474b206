// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import TestSupport
import Testing

/// Keys and links from the server's log to a chat, and from a change of key to its refusal.
@Suite(.timeLimit(.minutes(30))) struct KnownServerProgramTests: HasHome {
    let home: TemporaryFolder

    init() throws { home = try TemporaryFolder() }

    private var file: String { home.path(".local/state/snug/known_servers") }

    // MARK: Links

    @Test func theLinkThatAServerShowsIsAllThatSomebodyNeedsAndIsNeededOnce() throws {
        let server = try ServerProcess()
        let link = try link(of: server)
        #expect(link.hasPrefix("snug://127.0.0.1:\(server.port)/?pin=sha256:"))
        let client = try start([link])
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        let lines = client.lines(of: .errors)
        #expect(
            lines.contains("the key of 127.0.0.1:\(server.port) is known from now on: \(file)"),
            "\(lines)"
        )
        #expect(
            lines.contains { $0.hasSuffix("to 127.0.0.1, vouched for by its key, which was given") },
            "\(lines)"
        )
        #expect(try home.mode(of: ".local/state/snug/known_servers") == 0o600)

        let again = try start(["--host=127.0.0.1", "--port=\(server.port)"])
        try again.expect("* aisha joined the chat *")
        #expect(try again.finish() == 0)
        #expect(!again.lines(of: .errors).contains { $0.contains("known from now on") })
        #expect(try server.stop() == 0)
    }

    @Test func programsTakeAKeyAndARememberedOneAsWell() throws {
        let server = try ServerProcess()
        let place = ["--host=127.0.0.1", "--port=\(server.port)"]
        let first = try start(["send", "one", "--pin=\(pin(of: server))"] + place)
        #expect(try first.finish() == 0, "\(first.lines(of: .errors))")
        #expect(try start(["send", "two"] + place).finish() == 0)
        #expect(try server.stop() == 0)
    }

    // MARK: Keys that changed

    @Test func aServerWhoseKeyChangedIsRefusedUntilTheNewOneIsGiven() throws {
        let port = try ReservedPort()
        let place = ["--host=127.0.0.1", "--port=\(port.number)"]
        var server = try ServerProcess(["--port=\(port.number)"])
        let old = try pin(of: server)
        #expect(try start(place + ["--pin=\(old)"]).finish() == 0)
        #expect(try server.stop() == 0)

        let folder = try TemporaryFolder()
        let authority = try LabAuthority()
        try folder.write(authority.issue(names: ["127.0.0.1"]), to: "server")
        try folder.write(authority.certificatePEM, to: "ca.pem", mode: 0o644)
        server = try ServerProcess(["--port=\(port.number)"] + folder.certificateOptions)
        let new = try pin(of: server)
        // Whatever authority vouches for it.
        for options in [[], ["--ca=\(folder.path("ca.pem"))"]] {
            let (error, hint) = try expectRefusal(of: start(place + options))
            #expect(error.contains("has changed: expected \(old) (given first on 20"))
            #expect(error.hasSuffix("found \(new)"))
            #expect(hint.contains("impersonating") && hint.contains("--pin '\(new)'"))
        }
        let renewed = try start(["snug://127.0.0.1:\(port.number)/?pin=\(new)"])
        #expect(try renewed.finish() == 0)
        let lines = renewed.lines(of: .errors)
        let warning = try #require(
            lines.firstIndex { $0.contains("joined by another key than the one given on 20") },
            "\(lines)"
        )
        #expect(lines[warning].hasPrefix("warning: ") && lines[warning].contains(new))
        #expect(lines[warning + 1].hasPrefix("hint: ") && lines[warning + 1].hasSuffix("--pin '\(old)'"))
        let again = try start(place)
        #expect(try again.finish() == 0)
        #expect(!again.lines(of: .errors).contains { $0.contains("another key") })
        let content = String(decoding: try home.content(of: ".local/state/snug/known_servers"), as: UTF8.self)
        #expect(content.contains(new) && !content.contains(old))
        #expect(!server.process.lines(of: .errors).contains { $0.contains("wrong") })
        #expect(try server.stop() == 0)
    }

    // MARK: Nobody vouches

    @Test func withNeitherAuthorityNorKeyTheServerHearsNothingAndTheCommandThatIsShownWorks() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "open sesame"])
        let place = ["--host=127.0.0.1", "--port=\(server.port)"]
        let secret = ["CHAT_SECRET": "open sesame"]
        let (error, hint) = try expectRefusal(of: start(place, environment: secret))
        let key = try pin(of: server)
        #expect(error.contains("certs/ca.pem or \(home.path)/.config/snug/ca.pem") && error.hasSuffix(key))
        let command = try #require(hint.split(separator: ": ").last)
        let words = command.split(separator: " ").dropFirst().map { String($0.replacing("'", with: "")) }
        #expect(words.starts(with: ["--host", "127.0.0.1", "--port", "\(server.port)", "--pin"]))
        let client = try start(words, environment: secret)
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test func theUsersOwnAuthorityIsFoundBesideTheConfiguration() throws {
        let server = try ServerProcess()
        let folder = home.path(".config/snug")
        #expect(mkdir(home.path(".config"), 0o700) == 0 && mkdir(folder, 0o700) == 0)
        try home.write(TestAuthority.shared.authorityPEM, to: ".config/snug/ca.pem", mode: 0o644)
        let client = try start(["--port=\(server.port)"])
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(client.lines(of: .errors).contains { $0.contains("vouched for by CN=Snug test authority") })
        #expect(try server.stop() == 0)
    }

    // MARK: The file

    @Test func aDamagedFileEndsItWithTheLine() throws {
        for folder in [".local", ".local/state", ".local/state/snug"] {
            #expect(mkdir(home.path(folder), 0o700) == 0)
        }
        try home.write(Array("# one\nx\n".utf8), to: ".local/state/snug/known_servers", mode: 0o600)
        let (error, hint) = try expectRefusal(of: start(["--port=9"]), code: 78)
        #expect(error.hasPrefix("error: line 2 of \(file) is damaged") && hint.contains("line 2"))
    }

    @Test func whereNothingCanBeRememberedOneIsWarnedAndChats() throws {
        let server = try ServerProcess()
        try home.write([], to: ".local", mode: 0o600)
        let client = try start([link(of: server)])
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        let lines = client.lines(of: .errors)
        #expect(
            lines.contains { $0.hasPrefix("warning: the key has to be given again next time: ") },
            "\(lines)"
        )
        #expect(try server.stop() == 0)
    }
}
