// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Which room of which server somebody joins, by options, variables and a link.
@Suite(.timeLimit(.minutes(30))) struct DestinationTests: HasHome {
    let home: TemporaryFolder

    init() throws { home = try TemporaryFolder() }

    @Test(arguments: [
        "--host=localhost", "--port=1", "--pin=sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "--room=ops",
    ])
    func anOptionThatSaysAnotherThingThanTheLinkIsWrongUsage(option: String) throws {
        let pin = "sha256:" + String(repeating: "B", count: 42) + "A="
        let (error, hint) = try expectRefusal(
            of: start(["snug://127.0.0.1:9/den?pin=\(pin)", option]),
            code: 64
        )
        let name = try #require(option.split(separator: "=").first)
        #expect(error.contains(name) && hint == "hint: leave \(name) or the link out")
    }

    @Test func anOptionThatSaysTheSameIsNoneAndAVariableIsForOtherServers() throws {
        let server = try ServerProcess()
        let client = try start(
            [link(of: server), "--port=\(server.port)", "--host=127.1"],
            environment: [
                "SNUG_HOST": "chat.example", "SNUG_PORT": "1",
                "SNUG_PIN": "sha256:" + String(repeating: "A", count: 43) + "=",
            ]
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(arguments: [
        ("snug://127.0.0.1?key=x", "\"key\" in the link is not known"),
        ("snug://ben@127.0.0.1", "no room asks for a user"),
    ])
    func whatIsNoLinkIsRefusedWithWhatToDo(word: String, sentence: String) throws {
        let (error, hint) = try expectRefusal(of: start([word]), code: 64)
        #expect(error.contains(sentence))
        #expect(!hint.contains("--help"))
    }

    @Test func oneLinkIsEnough() throws {
        let link = "snug://127.0.0.1:9/"
        let (error, hint) = try expectRefusal(of: start([link, link]), code: 64)
        #expect(error == "error: there is more than one link" && hint == "hint: give one of them")
    }

    @Test func theRoomOfALinkIsTheOneThatProgramsAreInToo() throws {
        let server = try ServerProcess()
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try ben.send("/join den")
        try ben.skip(to: "* you are in #den (1 here) *")
        let sent = try start([link(of: server).replacing("/?pin", with: "/den?pin"), "send", "hello"])
        #expect(try sent.finish() == 0, "\(sent.lines(of: .errors))")
        try ben.skip(to: "aisha: hello")
        #expect(try server.stop() == 0)
    }
}
