// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

@testable import SnugProtocol

/// The document's client in Python, which shares no code with ours, against a server made of our encoder and decoder.
@Suite(.timeLimit(.minutes(30))) struct PythonClientTests {
    private static let program = "docs/examples/client-level-1.py"
    private static let aisha = ServerMessage.Person(id: "12", name: "aisha")
    private static let ben = ServerMessage.Person(id: "13", name: "ben")

    @Test func theClientIsAtMost120Lines() throws {
        #expect(
            try Document.text(of: Self.program).split(separator: "\n", omittingEmptySubsequences: false).count
                <= 121
        )
    }

    @Test(arguments: [false, true])
    func itLogsInSaysWhatIsTypedAndGoesWhenAllOfItIsConfirmed(overTLS: Bool) throws {
        let server = try ScriptedServer()
        let folder = try TemporaryFolder()
        let relay = overTLS ? try self.relay(to: server, certificateIn: folder) : nil
        let client = try client(
            of: server,
            port: try relay.map { try $0.expect("").split(separator: " ")[0] }.map { String($0) },
            authority: overTLS ? folder.path("ca.pem") : nil,
            environment: ["CHAT_SECRET": "open sesame 你好"]
        )
        let connection = try server.accept()
        try connection.send(hello(needsPassphrase: true))
        #expect(try connection.nextPayload() == Array("open sesame 你好".utf8))
        try connection.send(.accepted)
        let enter = ClientMessage.Enter(
            name: "aisha",
            rooms: ["main"],
            client: "client-level-1.py",
            history: 20
        )
        #expect(try connection.next() == ClientMessage(.enter(enter)))
        try connection.send(
            entered("t1", isResumed: false),
            room(last: 9),
            end(),
            said(10, Self.ben, "hi\u{1B}[2J")
        )
        #expect(try client.expect("ben: ") == "ben: hi\u{FFFD}[2J")

        try connection.send(.ping(id: "p"))
        #expect(try connection.next() == ClientMessage(.pong(id: "p")))
        try client.type("hello 👋")
        let line = try connection.next()
        #expect(line.kind == .say(room: "main", text: "hello 👋", isAction: false))
        client.endInput()
        try connection.send(said(11, Self.aisha, "hello 👋"), ref: line.ref)
        try client.expect("aisha: hello 👋")
        #expect(try connection.next() == ClientMessage(.quit))
        try connection.send(.bye(Code(.quit), after: nil))
        #expect(try client.waitForExit() == 0)
    }

    @Test func cutOffItComesBackAndSaysAgainOnlyWhatWasNotConfirmed() throws {
        let server = try ScriptedServer()
        let client = try client(of: server)
        var connection = try enter(server, entered("t1", isResumed: false))
        for line in ["one", "two", "three"] { try client.type(line) }
        let refs = try (1...3).map { _ in try #require(try connection.next().ref) }
        #expect(Set(refs).count == 3)
        try connection.send(said(10, Self.aisha, "one"), ref: refs[0])
        try client.expect("aisha: one")

        // It is in the middle of a frame that the connection is cut.
        try connection.send(raw: [0, 0, 1, 0, 0x7B])
        connection.cut()
        connection = try server.accept()
        try connection.send(hello())
        guard case .enter(let enter) = try connection.next().kind else {
            Issue.record("no enter")
            return
        }
        #expect(enter.resume == .init(token: "t1", epoch: "e1", seen: [.init(room: "main", sequence: 10)]))
        try connection.send(entered("t2", isResumed: true), room(last: 12))
        try connection.send(said(11, Self.aisha, "two", isReplay: true), ref: refs[1])
        try connection.send(said(12, Self.ben, "where are you?", isReplay: true), end(count: 2))
        #expect(
            try connection.next()
                == ClientMessage(.say(room: "main", text: "three", isAction: false), ref: refs[2])
        )
        try connection.send(said(13, Self.aisha, "three"), ref: refs[2])
        try client.type("four")
        let fourth = try #require(try connection.next().ref)
        #expect(!refs.contains(fourth))
        try connection.send(.refused(.init(.muted, text: "you are muted")), ref: fourth)
        client.endInput()
        #expect(try connection.next().kind == .quit)
        try connection.send(.bye(Code(.quit), after: nil))
        #expect(try client.waitForExit() == 0)
        let lines = client.lines(of: .output).filter { $0.contains(": ") }
        #expect(lines == ["aisha: one", "aisha: two", "ben: where are you?", "aisha: three"])
    }

    @Test func whatAnotherEpochNumberedIsForgotten() throws {
        let server = try ScriptedServer()
        let client = try client(of: server)
        var connection = try enter(server, entered("t1", isResumed: false))
        try connection.send(said(1000, Self.ben, "before"), .bye(Code(.stopping), after: 0))
        connection = try server.accept()
        try connection.send(hello(epoch: "e2"))
        guard case .enter(let first) = try connection.next().kind else {
            Issue.record("no enter")
            return
        }
        #expect(first.resume?.epoch == "e1")
        try connection.send(entered("t2", isResumed: false), room(last: 5), said(5, Self.ben, "after"), end())
        try connection.send(.bye(Code(.stopping), after: 0))
        connection = try server.accept()
        try connection.send(hello(epoch: "e2"))
        guard case .enter(let second) = try connection.next().kind else {
            Issue.record("no enter")
            return
        }
        #expect(second.resume == .init(token: "t2", epoch: "e2", seen: [.init(room: "main", sequence: 5)]))
        try connection.send(.refused(.init(.banned, text: "go away")), .bye(Code(.refused), after: nil))
        #expect(try client.waitForExit() == 1)
    }

    @Test func aFrameThatIsTooLongEndsTheConnectionAndNotTheClient() throws {
        let server = try ScriptedServer()
        let client = try client(of: server)
        let connection = try enter(server, entered("t1", isResumed: false))
        try connection.send(raw: [0, 0, 0x20, 1])
        try client.expect("too long; coming back", on: .errors)
        _ = try enter(server, entered("t2", isResumed: true))
    }

    // MARK: The server's part

    private func client(
        of server: ScriptedServer,
        port: String? = nil,
        authority: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let address = ["127.0.0.1", port ?? "\(server.port)", "aisha"]
        let arguments = [Document.file(at: Self.program)] + address + (authority.map { [$0] } ?? [])
        return try ChildProcess("/usr/bin/python3", arguments, environment: environment)
    }

    /// Takes a connection over TLS with `snug/1` and passes it on without; prints the port that it listens on.
    private func relay(
        to server: ScriptedServer,
        certificateIn folder: TemporaryFolder
    ) throws -> ChildProcess {
        try TestAuthority.shared.write(into: folder)
        let program = #"""
            import socket, ssl, sys, threading
            port, chain, key = sys.argv[1:]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain, key)
            context.set_alpn_protocols(["snug/1"])
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], "is the port", flush=True)
            outer = context.wrap_socket(listener.accept()[0], server_side=True)
            assert outer.version() == "TLSv1.3" and outer.selected_alpn_protocol() == "snug/1"
            inner = socket.create_connection(("127.0.0.1", int(port)))
            inner.sendall(b"SNG1")
            def pump(source, sink):
                while data := source.recv(65536):
                    sink.sendall(data)
            threading.Thread(target=pump, args=(outer, inner), daemon=True).start()
            pump(inner, outer)
            """#
        let files = [folder.path("chain.pem"), folder.path("key.pem")]
        return try ChildProcess("/usr/bin/python3", ["-c", program, "\(server.port)"] + files)
    }

    /// Lets the client in, as far as it takes for it to say something.
    private func enter(
        _ server: ScriptedServer,
        _ entered: ServerMessage.Kind
    ) throws -> ScriptedServer.Connection {
        let connection = try server.accept()
        try connection.send(hello())
        guard case .enter = try connection.next().kind else {
            throw ScriptedServer.Failed(description: "no enter")
        }
        try connection.send(entered, room(last: 0), end())
        return connection
    }

    private func hello(epoch: String = "e1", needsPassphrase: Bool = false) -> ServerMessage.Kind {
        .hello(
            .init(
                server: "test",
                epoch: epoch,
                needsPassphrase: needsPassphrase,
                limits: .init(
                    name: .init(characters: 20, bytes: 80),
                    line: .init(characters: 500, bytes: 2000),
                    rooms: 16,
                    burst: 10,
                    perSecond: 5
                ),
                history: .init(lines: 1000, hours: 24, isOnDisk: false)
            )
        )
    }

    private func entered(_ token: String, isResumed: Bool) -> ServerMessage.Kind {
        .entered(.init(you: Self.aisha, token: token, isResumed: isResumed))
    }

    private func room(last: UInt64) -> ServerMessage.Kind {
        .room(.init(room: "main", people: [Self.aisha, Self.ben], last: last))
    }

    private func end(count: UInt64 = 0) -> ServerMessage.Kind {
        .history(.init(room: "main", count: count, hasMore: false))
    }

    private func said(
        _ sequence: UInt64,
        _ who: ServerMessage.Person,
        _ text: String,
        isReplay: Bool = false
    ) -> ServerMessage.Kind {
        .event(
            .init(
                sequence: sequence,
                time: 1,
                room: "main",
                isReplay: isReplay,
                .said(who, text: text, isAction: false)
            )
        )
    }
}
