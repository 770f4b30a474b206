// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

/// What guessing at the passphrase costs the guesser, and what it costs those behind the same address.
@Suite(.timeLimit(.minutes(30))) struct GuessingTests {
    @Test func anAddressIsToldOfFourWrongPassphrasesASecond() throws {
        try withServer(passphrase: "open sesame") { running in
            let start = MonotonicTime.now
            for _ in 0..<5 {
                let client = try TestClient(.tls, port: running.port(.tls))
                try client.send("guess")
                try client.expect("wrong passphrase")
            }
            #expect(start.duration(to: .now) >= .milliseconds(990))
            try running.expectLog("(5 from that address so far)")
        }
    }

    @Test func anotherAddressDoesNotWaitForTheOneThatGuesses() throws {
        try withServer(passphrase: "open sesame", slowly) { running in
            let guessers = try (0..<20).map { _ in
                try TestClient(.plain, port: running.port(.plain), from: "127.0.0.2")
            }
            for guesser in guessers { try guesser.send("guess") }
            try running.expectLog("(20 from that address so far)")
            let friend = try TestClient(.tls, port: running.port(.tls), from: "127.0.0.3")
            let start = MonotonicTime.now
            try friend.send("open sesame")
            try friend.expect("ok")
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    @Test(arguments: [true, false], [0, 1])
    func everyRightPassphraseIsAnsweredWithinTenSecondsBesideTwentyFourGuessers(
        guessersWait: Bool,
        level: Int
    ) throws {
        try withServer(passphrase: "open sesame") { running in
            let isOver = Lock(false)
            let port = running.port(.plain)
            let guessers = try (0..<24).map { number in
                try RunningThread(name: "guesser") {
                    while !isOver.withLock({ $0 }) {
                        guard
                            let client = try? level == 0
                                ? TestClient(.plain, port: port) : TestClient(levelOne: .plain, port: port)
                        else { continue }
                        try? client.send("guess")
                        if guessersWait { _ = try? client.collectUntilEnd() }
                        client.close()
                    }
                }
            }
            defer {
                isOver.withLock { $0 = true }
                for guesser in guessers { guesser.join() }
            }
            try running.expectLog("(25 from that address so far)")
            let start = MonotonicTime.now
            let friends = try (0..<7).map { number in
                let friend =
                    try number % 2 == 0
                    ? TestClient(.tls, port: running.port(.tls))
                    : TestClient(levelOne: .tls, port: running.port(.tls))
                try friend.send("open sesame")
                return friend
            }
            for (number, friend) in friends.enumerated() {
                if number % 2 == 0 {
                    try friend.expect("ok")
                } else {
                    try friend.expectLine(startingWith: #"{"type":"hello","#)
                    try friend.expect(#"{"type":"accepted"}"#)
                }
            }
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    @Test func theRightPassphraseWaitsForItsTurnLikeEveryOther() throws {
        try withServer(passphrase: "open sesame", slowly) { running in
            let guesser = try TestClient(.tls, port: running.port(.tls))
            let friend = try TestClient(.tls, port: running.port(.tls))
            let start = MonotonicTime.now
            try guesser.send("guess")
            try guesser.expect("wrong passphrase")
            try friend.send("open sesame")
            try friend.expect("ok")
            #expect(start.duration(to: .now) >= .milliseconds(990))
        }
    }

    @Test func theTimeInWhichAStrangerWaitsForItsTurnDoesNotCount() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            slowly(&$0)
            $0.limits.authenticationTimeout = .milliseconds(1_500)
        }
        try withServer(passphrase: "open sesame", configure) { running in
            let clients = try (0..<4).map { _ in try TestClient(.plain, port: running.port(.plain)) }
            for client in clients.dropLast() { try client.send("guess") }
            try running.expectLog("(3 from that address so far)")
            try clients[3].send("open sesame")
            try clients[3].send("patient")
            // Its turn comes after three seconds.
            try clients[3].expect("ok")
            try clients[3].expect("* patient joined the chat *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoSendsNoPassphraseHasNotGuessedOne(kind: TransportKind) throws {
        try withServer(passphrase: "open sesame") { running in
            let empty = try TestClient(kind, port: running.port(kind))
            try empty.send("")
            try empty.expect("wrong passphrase")
            try empty.expectEnd()
            try running.expectLog("sent an empty frame in place of the passphrase")
            let unfinished = try TestClient(kind, port: running.port(kind))
            try unfinished.send(raw: [0, 0, 0, 9, 103, 117])
            unfinished.close()
            let friend = try TestClient(kind, port: running.port(kind))
            try friend.send("open sesame")
            try friend.expect("ok")
            #expect(!running.log.contains { $0.contains("wrong passphrase") })
        }
    }

    @Test func whoHangsUpGivesItsTurnToTheOthers() throws {
        try withServer(passphrase: "open sesame", slowly) { running in
            for _ in 0..<20 {
                let hasty = try TestClient(.plain, port: running.port(.plain))
                try hasty.send("guess")
                hasty.close()
            }
            try running.expectLog("(20 from that address so far)")
            let friend = try TestClient(.tls, port: running.port(.tls))
            let start = MonotonicTime.now
            try friend.send("open sesame")
            try friend.expect("ok")
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    /// Twenty wrong passphrases take twenty seconds to be answered.
    private func slowly(_ configuration: inout ServerConfiguration) {
        configuration.limits.answerRate = LineRate(burst: 1, perSecond: 1)
    }
}
