// SPDX-License-Identifier: Apache-2.0

import SnugFraming

@testable import SnugProtocol

/// Messages of every kind, with and without what may be missing.
enum Samples {
    private static let aisha = ServerMessage.Person(id: "12", name: "aisha", key: "sha256:n4bQgYhMfWWaL+qg")
    private static let ben = ServerMessage.Person(id: "13", name: "bén \"👋\"")

    static let client: [ClientMessage] = [
        ClientMessage(.ban(.init(name: "ben"))),
        ClientMessage(.ban(.init(name: "ben", room: "tea", seconds: 3600, reason: "why\\not")), ref: "a b"),
        ClientMessage(.bans),
        ClientMessage(.direct(to: "ben", text: "psst", isAction: false), ref: "1"),
        ClientMessage(.direct(to: "ben", text: "winks", isAction: true)),
        ClientMessage(.enter(.init(name: "aisha", rooms: []))),
        ClientMessage(
            .enter(
                .init(
                    name: "aisha",
                    rooms: ["main", "tea"],
                    client: "snug 0.2.0",
                    resume: .init(
                        token: "pW9x",
                        epoch: "e1",
                        seen: [.init(room: "main", sequence: 4711), .init(room: "té\"a", sequence: 0)]
                    ),
                    history: 50
                )
            )
        ),
        ClientMessage(.enter(.init(name: "", rooms: ["a"], resume: .init(token: "t", epoch: "e", seen: [])))),
        ClientMessage(.history(room: "main", before: nil, limit: 1)),
        ClientMessage(.history(room: "main", before: 9_007_199_254_740_991, limit: 200), ref: "h"),
        ClientMessage(.invite(name: "ben", room: "tea")),
        ClientMessage(.join(room: "tea"), ref: "2"),
        ClientMessage(.kick(name: "ben", room: nil, reason: nil)),
        ClientMessage(.kick(name: "ben", room: "main", reason: "")),
        ClientMessage(.leave(room: "tea")),
        ClientMessage(.mute(name: "ben", room: nil, seconds: nil)),
        ClientMessage(.mute(name: "ben", room: "main", seconds: 600)),
        ClientMessage(.nick(name: "ben")),
        ClientMessage(.ping(id: "7")),
        ClientMessage(.pong(id: "~ ~")),
        ClientMessage(.private(room: "tea")),
        ClientMessage(.quit, ref: "3"),
        ClientMessage(.rooms),
        ClientMessage(.say(room: "main", text: "hello\u{0}\u{7F}\u{85}\n\"\\", isAction: false), ref: "17"),
        ClientMessage(.say(room: "main", text: "", isAction: true)),
        ClientMessage(.topic(room: "main", text: nil)),
        ClientMessage(.topic(room: "main", text: "")),
        ClientMessage(.unban(number: 0)),
        ClientMessage(.control(.reload)),
        ClientMessage(.control(.sessions), ref: "5"),
        ClientMessage(.control(.stats)),
        ClientMessage(.unknown(type: "dance"), ref: "4"),
        ClientMessage(.who(room: "main")),
    ]

    private static func event(_ kind: ServerMessage.EventKind, isReplay: Bool = false) -> ServerMessage.Kind {
        .event(.init(sequence: 4721, time: 1_764_130_000_123, room: "main", isReplay: isReplay, kind))
    }

    private static func session(
        _ person: ServerMessage.Person,
        tls: String? = nil
    ) -> ServerMessage.Session {
        var session = ServerMessage.Session(
            person: person,
            address: "[2001:db8::7]:53422",
            since: 1_764_130_000_123,
            rooms: tls == nil ? [] : ["main", "té\"a"]
        )
        guard let tls else { return session }
        (session.tls, session.cipher, session.group, session.waiting) = (tls, "AES-256-GCM", "X25519", 17)
        return session
    }

    private static func stats(waiting: UInt64? = nil) -> ServerMessage.Stats {
        ServerMessage.Stats(
            seconds: 86_400,
            people: 3,
            sessions: 4,
            strangers: 1,
            rooms: 2,
            lines: 9_007_199_254_740_991,
            waiting: waiting
        )
    }

    static let server: [ServerMessage] = [
        ServerMessage(.accepted),
        ServerMessage(.bans(.init([]))),
        ServerMessage(
            .bans(
                .init(
                    [
                        .init(number: 1, name: "ben", what: "192.0.2.7", by: "aisha"),
                        .init(number: 2, name: "b", what: "sha256:x", until: 0, by: "a", reason: "r"),
                    ],
                    hasMore: true
                )
            ),
            ref: "b"
        ),
        ServerMessage(.bye(Code(.quit), after: nil), ref: "3"),
        ServerMessage(.bye(Code(word: "moved house"), after: 0)),
        ServerMessage(.direct(.init(sequence: 9, time: 1, from: aisha, to: ben, text: "psst"))),
        ServerMessage(
            .direct(.init(sequence: 9, time: 1, from: aisha, to: ben, text: "", isAction: true)),
            ref: "d"
        ),
        ServerMessage(.entered(.init(you: aisha, token: "pW9x", isResumed: true))),
        ServerMessage(.entered(.init(you: ben, token: "pW9x", isResumed: false))),
        ServerMessage(event(.banned(ben, by: aisha, until: nil, reason: nil))),
        ServerMessage(event(.banned(ben, by: aisha, until: 5, reason: "r"))),
        ServerMessage(event(.invited(ben, by: aisha)), ref: "i"),
        ServerMessage(event(.joined(aisha), isReplay: true)),
        ServerMessage(event(.kicked(ben, by: aisha, reason: nil))),
        ServerMessage(event(.kicked(ben, by: aisha, reason: "r"))),
        ServerMessage(event(.left(ben, Code(.lost)))),
        ServerMessage(event(.left(ben, Code(word: "eaten")))),
        ServerMessage(event(.muted(ben, by: aisha, until: nil))),
        ServerMessage(event(.muted(ben, by: aisha, until: 5))),
        ServerMessage(event(.private(by: aisha))),
        ServerMessage(event(.renamed(ben, from: "benjamin"))),
        ServerMessage(event(.said(aisha, text: "hello", isAction: false)), ref: "17"),
        ServerMessage(event(.said(ben, text: "wavés\u{9B}", isAction: true), isReplay: true)),
        ServerMessage(event(.topic(by: aisha, text: ""))),
        ServerMessage(event(.unbanned(number: 3, name: "ben", by: aisha))),
        ServerMessage(.gap(room: "main", after: 0, before: 9_007_199_254_740_991)),
        ServerMessage(
            .hello(
                .init(
                    server: "snug 0.2.0",
                    epoch: "e1",
                    needsPassphrase: true,
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
        ),
        ServerMessage(.history(.init(room: "main", count: 0, hasMore: false))),
        ServerMessage(.history(.init(room: "main", count: 50, first: 4000, hasMore: true)), ref: "h"),
        ServerMessage(.notice(Code(.notEncrypted), text: "nothing here is encrypted")),
        ServerMessage(.ping(id: "1")),
        ServerMessage(.pong(id: "1"), ref: "p"),
        ServerMessage(.refused(.init(.notInRoom, text: "no")), ref: "18"),
        ServerMessage(.refused(.init(.muted, text: "no", hint: "wait"))),
        ServerMessage(.room(.init(room: "main", people: [], last: 0))),
        ServerMessage(
            .room(
                .init(
                    room: "m",
                    topic: "t",
                    isPrivate: true,
                    people: [aisha, ben],
                    hasMore: true,
                    last: 4720
                )
            ),
            ref: "r"
        ),
        ServerMessage(
            .rooms(.init([.init(room: "main", people: 2), .init(room: "t", people: 0, topic: "x")]))
        ),
        ServerMessage(.rooms(.init([], hasMore: true))),
        ServerMessage(.rooms(.init([.init(room: "den", people: 1, isPrivate: true)]))),
        ServerMessage(.control(.done(text: "ben was kicked")), ref: "5"),
        ServerMessage(.control(.sessions(.init([])))),
        ServerMessage(
            .control(.sessions(.init([session(aisha), session(ben, tls: "TLSv1.3")], hasMore: true)))
        ),
        ServerMessage(.control(.stats(stats()))),
        ServerMessage(.control(.stats(stats(waiting: 0)))),
        ServerMessage(.unknown(type: "weather")),
        ServerMessage(.waiting(lines: 12)),
    ]
}

extension ClientMessage {
    /// The message without the length in front; nothing if it does not fit a frame.
    var payload: [UInt8] {
        var bytes: [UInt8] = []
        try? encode(appendingTo: &bytes)
        return Array(bytes.dropFirst(FrameLimits.headerBytes))
    }
}

extension ServerMessage {
    /// The message without the length in front; nothing if it does not fit a frame.
    var payload: [UInt8] {
        var bytes: [UInt8] = []
        try? encode(appendingTo: &bytes)
        return Array(bytes.dropFirst(FrameLimits.headerBytes))
    }
}
