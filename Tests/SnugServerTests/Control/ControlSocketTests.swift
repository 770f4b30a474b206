// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugProtocol

/// The control socket of a running server, from the other end.
@Suite(.timeLimit(.minutes(30))) struct ControlSocketTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path("control") }

    private func withServer(
        _ configure: (inout ServerConfiguration) -> Void = { _ in },
        reloading: Reloading? = nil,
        _ body: (RunningServer) throws -> Void
    ) throws {
        let path = path
        let running = try RunningServer(
            {
                $0.controlPath = path
                configure(&$0)
            },
            reloading: reloading
        )
        defer { running.stop() }
        try body(running)
    }

    private var me: String { "process \(getpid()) of uid \(geteuid())" }

    // MARK: Questions

    @Test func theOwnerIsToldWhoIsConnectedFromWhereAndHow() throws {
        try withServer { server in
            let owner = try ControlConnection.greeted(path)
            #expect(try owner.sessions().sessions.isEmpty)
            let before = UnixTime.now.seconds
            let aisha = try TestClient(.tls, port: server.port(.tls), name: "aisha")
            let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
            try ben.send("/join tea")
            try ben.skip(to: "* you are in #tea (1 here) *")
            let (sessions, parts) = try owner.sessions()
            #expect(sessions.map(\.person.name) == ["aisha", "ben"] && parts == 1)
            let first = try #require(sessions.first)
            #expect(first.address.hasPrefix("127.0.0.1:") && first.rooms == ["main"])
            #expect(first.tls == "TLSv1.3" && first.cipher == "AES-256-GCM" && first.group != nil)
            #expect((before...UnixTime.now.seconds).contains(Int(first.since / 1_000)))
            #expect(first.waiting != nil && first.person.key == nil)
            let last = try #require(sessions.last)
            #expect(last.tls == nil && last.cipher == nil && last.rooms == ["tea"])
            try server.expectLog("control socket, \(me): asked who is connected")
            for client in [aisha, ben] { client.close() }
        }
    }

    @Test func privateRoomsAndNumbersAreForTheOwner() throws {
        try withServer { server in
            let owner = try ControlConnection.greeted(path)
            let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
            try ben.send("hello")
            for command in ["/join den", "/private", "/topic what we hide"] { try ben.send(command) }
            try ben.skip(to: "* ben set the topic: what we hide *")
            guard case .rooms(let rooms) = try owner.ask(.rooms) else { throw ControlConnection.Unexpected() }
            #expect(
                rooms.rooms == [
                    .init(room: "main", people: 0),
                    .init(room: "den", people: 1, topic: "what we hide", isPrivate: true),
                ]
            )
            let stranger = try TestClient(.plain, port: server.port(.plain))
            guard case .control(.stats(let stats)) = try owner.ask(.control(.stats)) else {
                throw ControlConnection.Unexpected()
            }
            #expect(stats.people == 1 && stats.sessions == 1 && stats.rooms == 2 && stats.lines == 1)
            #expect(stats.strangers <= 1 && stats.waiting != nil)
            guard case .bans(let bans) = try owner.ask(.bans) else { throw ControlConnection.Unexpected() }
            #expect(bans.bans.isEmpty && !bans.hasMore)
            #expect(try owner.ask(.ping(id: "7")) == .pong(id: "7"))
            for client in [ben, stranger] { client.close() }
        }
    }

    /// In parts of some dozens, so that neither side keeps much of it.
    @Test func hundredsOfConnectionsComeOnceEachInParts() throws {
        try withServer({ $0.loops = 3 }) { server in
            let clients = try (0..<200).map { number in
                try TestClient(.plain, port: server.port(.plain), name: "guest\(number)")
            }
            let owner = try ControlConnection.greeted(path)
            let (sessions, parts) = try owner.sessions()
            #expect(Set(sessions.map(\.person.name)) == Set((0..<200).map { "guest\($0)" }))
            #expect(sessions.count == 200 && parts >= 4)
            for client in clients { client.close() }
        }
    }

    // MARK: Moderation

    @Test func theOwnerModeratesAndEverybodyIsToldAndTheLogNamesTheProcess() throws {
        try withServer { server in
            let owner = try ControlConnection.greeted(path)
            let aisha = try TestClient(.tls, port: server.port(.tls), name: "aisha")
            let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
            try aisha.expect("* ben joined the chat *")
            #expect(
                try owner.order(.mute(name: "ben", room: nil, seconds: 600))
                    == "in #main: * ben was muted by an operator (10 minutes) *"
            )
            try aisha.expect("* ben was muted by an operator (10 minutes) *")
            try ben.skip(to: "* ben was muted by an operator (10 minutes) *")
            try ben.send("can you hear me")
            try ben.expectNotice(containing: "you are muted here")
            try server.expectLog("control socket, \(me): in #main: * ben was muted by an operator")
            #expect(
                try owner.order(.kick(name: "ben", room: nil, reason: "loud"))
                    == "in #main: * ben was kicked by an operator: loud *"
            )
            try aisha.expect("* ben was kicked by an operator: loud *")
            try aisha.expect("* ben left *")
            try server.expectLog("left as ben: kicked")
            let cem = try TestClient(.plain, port: server.port(.plain), name: "cem")
            try aisha.expect("* cem joined the chat *")
            _ = try owner.order(.ban(.init(name: "cem", seconds: 3_600, reason: "spam")))
            try aisha.expect("* cem was banned by an operator (60 minutes: spam) *")
            guard case .bans(let bans) = try owner.ask(.bans) else { throw ControlConnection.Unexpected() }
            #expect(bans.bans.map(\.name) == ["ben", "cem"] && bans.bans.map(\.isMute) == [true, false])
            #expect(bans.bans.map(\.what) == ["127.0.0.1", "127.0.0.1"])
            let dora = try TestClient(.plain, port: server.port(.plain))
            try dora.send("dora")
            try dora.expectNotice(containing: "you are banned here")
            for number in [1, 2] as [UInt64] {
                #expect(try owner.order(.unban(number: number)).hasPrefix("in #main: * an operator lifted "))
            }
            let back = try TestClient(.plain, port: server.port(.plain), name: "dora")
            for client in [aisha, ben, cem, dora, back] { client.close() }
        }
    }

    @Test func somebodyInAnotherRoomIsPutOutOfTheChatThere() throws {
        try withServer { server in
            let owner = try ControlConnection.greeted(path)
            let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
            try ben.send("/join den")
            try ben.skip(to: "* you are in #den (1 here) *")
            #expect(
                try owner.order(.kick(name: "ben", room: nil, reason: nil))
                    == "in #den: * ben was kicked by an operator *"
            )
            #expect(try ben.collectUntilEnd().first == "* ben was kicked by an operator *")
            #expect(try owner.sessions().sessions.isEmpty)
        }
    }

    @Test func whatCannotBeDoneIsRefusedInWordsAndChangesNothing() throws {
        try withServer { server in
            let owner = try ControlConnection.greeted(path)
            let ben = try TestClient(.plain, port: server.port(.plain), name: "ben")
            #expect(
                try owner.order(.kick(name: "nobody", room: nil, reason: nil))
                    == "no-such-person: nobody here is called nobody"
            )
            #expect(try owner.order(.unban(number: 7)) == "no-such-ban: there is no ban 7")
            #expect(
                try owner.order(.kick(name: "\u{1B}", room: nil, reason: nil)).hasPrefix("name-not-fit: ")
            )
            #expect(
                try owner.order(.kick(name: "ben", room: "tea", reason: nil)).hasPrefix("no-such-room: ")
            )
            for kind in [
                .say(room: "main", text: "hello", isAction: false), .join(room: "main"), .who(room: "main"),
            ] as [ClientMessage.Kind] {
                #expect(try owner.order(kind).hasPrefix("not-permitted: "), "\(kind)")
            }
            #expect(try owner.order(.unknown(type: "dance")).hasPrefix("unknown-type: "))
            #expect(try owner.order(.control(.reload)).hasPrefix("failed: "))
            try ben.send("/who")
            try ben.expectNotice(containing: "online: ben")
            ben.close()
        }
    }

    // MARK: Joining

    private func next(_ peer: ControlConnection, until isWanted: (ServerMessage) -> Bool) throws
        -> ServerMessage
    {
        while let message = try peer.next() { if isWanted(message) { return message } }
        throw ControlConnection.Unexpected()
    }

    @Test func whoEntersThereTalksWithTheOthersAndModerates() throws {
        try withServer { server in
            let ben = try TestClient(.tls, port: server.port(.tls), name: "ben")
            let owner = try ControlConnection.greeted(path)
            try owner.send(.enter(.init(name: "owner", rooms: ["tea"])), ref: "in")
            // Behind it, at once: it is the member's.
            try owner.send(.say(room: "main", text: "hello", isAction: false), ref: "1")
            let entered = try next(owner) { $0.ref == "in" }
            guard case .entered(let message) = entered.kind else { throw ControlConnection.Unexpected() }
            #expect(message.you.name == "owner" && message.you.key == nil && !message.isResumed)
            try ben.expect("* owner joined the chat *")
            try ben.expect("owner: hello")
            try ben.send("hi")
            _ = try next(owner) {
                if case .event(let event) = $0.kind, case .said(_, "hi", _) = event.kind {
                    true
                } else {
                    false
                }
            }
            try owner.send(.kick(name: "ben", room: nil, reason: "loud"), ref: "2")
            #expect(try ben.collectUntilEnd().first == "* ben was kicked by owner: loud *")
            try server.expectLog("\(me) joined as owner (control socket)")
            let other = try ControlConnection.greeted(path)
            let seated = try other.sessions().sessions
            #expect(seated.map(\.address) == [me] && seated.map(\.rooms) == [["main", "tea"]])
            // What is for the socket alone is not for members.
            try owner.send(.control(.stats), ref: "3")
            guard case .refused(let refused) = try next(owner, until: { $0.ref == "3" }).kind else {
                throw ControlConnection.Unexpected()
            }
            #expect(refused.code.known == .notPermitted)
            try owner.send(.quit, ref: "4")
            _ = try next(owner) { if case .bye = $0.kind { true } else { false } }
            #expect(try owner.next() == nil)
            try server.expectLog("\(me) left as owner: quit")
        }
    }

    @Test func whoEntersThereIsToldAsWellThatKeysAreWritten() throws {
        try withServer({ $0.keysAreLogged = true }) { _ in
            let owner = try ControlConnection.greeted(path)
            try owner.send(.enter(.init(name: "owner", rooms: [])), ref: "in")
            _ = try next(owner) {
                if case .notice(_, let text) = $0.kind { text.contains("keys") } else { false }
            }
        }
    }

    @Test func whoIsNotLetInThereIsToldWhyAndTheSocketGoesOn() throws {
        try withServer({ $0.limits.members = 1 }) { server in
            let ben = try TestClient(.tls, port: server.port(.tls), name: "ben")
            let owner = try ControlConnection.greeted(path)
            try owner.send(.enter(.init(name: "owner", rooms: [])), ref: "in")
            guard case .refused(let refused) = try #require(try owner.next()).kind else {
                throw ControlConnection.Unexpected()
            }
            #expect(refused.code.known == .full)
            #expect(try owner.next()?.kind == .bye(Code(.refused), after: nil))
            #expect(try owner.next() == nil)
            let other = try ControlConnection.greeted(path)
            #expect(try other.sessions().sessions.map(\.person.name) == ["ben"])
            ben.close()
        }
    }

    /// Nothing is left at the socket of those who went on into the chat.
    @Test func moreThanThatManyMayEnterAsMayWaitThere() throws {
        try withServer { _ in
            let members = try (0..<40).map { number in
                let peer = try ControlConnection.greeted(path)
                try peer.send(.enter(.init(name: "owner\(number)", rooms: [])), ref: "in")
                _ = try next(peer) { $0.ref == "in" }
                return peer
            }
            let other = try ControlConnection.greeted(path)
            #expect(try other.sessions().sessions.count == members.count)
        }
    }

    // MARK: Reload

    @Test func aReloadIsAnsweredWithWhatCameOfIt() throws {
        let outcomes = Lock<[ReloadOutcome]>([.reloaded("all is new"), .failed("nothing is new")])
        try withServer(reloading: { answer in answer(outcomes.withLock { $0.removeFirst() }) }) { _ in
            let owner = try ControlConnection.greeted(path)
            #expect(try owner.order(.control(.reload)) == "all is new")
            #expect(try owner.order(.control(.reload)) == "failed: nothing is new")
        }
    }

    @Test func whoWaitsForAReloadCanGoAndOthersAreAnsweredMeanwhile() throws {
        let waiting = Lock<[@Sendable (ReloadOutcome) -> Void]>([])
        try withServer(reloading: { answer in waiting.withLock { $0.append(answer) } }) { server in
            do {
                let impatient = try ControlConnection.greeted(path)
                try impatient.send(.control(.reload))
                try server.expectLog("asked for the files to be read again")
            }
            let owner = try ControlConnection.greeted(path)
            #expect(try owner.ask(.ping(id: "1")) == .pong(id: "1"))
            while waiting.withLock({ $0.isEmpty }) { sched_yield() }
            for answer in waiting.withLock({ $0 }) { answer(.reloaded("late")) }
            #expect(try owner.ask(.ping(id: "2")) == .pong(id: "2"))
        }
    }

    // MARK: Who is let in

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func anotherUserIsTurnedAwayAndLogged() throws {
        try withServer { server in
            // The mode alone would keep it out already.
            #expect(chmod(path, 0o666) == 0 && chmod(folder.path, 0o711) == 0)
            let script = """
                import os, socket, sys
                os.setgid(65534); os.setuid(65534)
                s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(sys.argv[1])
                # It may have been turned away by now.
                try: s.sendall(b'SNG1' + (17).to_bytes(4, 'big') + b'{"type":"reload"}')
                except BrokenPipeError: pass
                data = b''
                while True:
                    try: more = s.recv(4096)
                    except ConnectionResetError: break
                    if not more: break
                    data += more
                print(data)
                """
            let stranger = try ChildProcess("/usr/bin/python3", ["-c", script, path])
            let answer = try stranger.expect("refused")
            #expect(answer.contains("not-permitted") && answer.contains("bye") && !answer.contains("hello"))
            try server.expectLog("of uid 65534 was not let in at the control socket")
            #expect(chmod(path, 0o600) == 0)
            let kept = try ChildProcess("/usr/bin/python3", ["-c", script, path])
            try kept.expect("PermissionError", on: .errors)
        }
    }

    @Test func theSocketIsGoneWithTheServerAndSoAreItsPeers() throws {
        var peer: ControlConnection?
        try withServer { _ in
            #expect(try folder.mode(of: "control") == 0o600)
            peer = try ControlConnection.greeted(path)
        }
        #expect(try folder.entries() == [])
        let last = try? peer?.next()
        #expect(last == nil)
    }
}
