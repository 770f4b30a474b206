// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Strangers who take up places cannot keep anybody out.
@Suite(.timeLimit(.minutes(30))) struct CrowdedDoorTests {
    enum Silence: CaseIterable {
        case fromTheStart, afterAByte, afterItsHello
    }

    /// Ten addresses with eight connections each, for sixty places: the shape of 34 × 32 for a thousand.
    @Test(arguments: Silence.allCases)
    func connectionsThatGoSilentAndAreRenewedShutNobodyOut(silence: Silence) throws {
        try withServer(crowded(places: 60)) { running in
            let port = running.port(.tls)
            let words: [UInt8] =
                switch silence {
                case .fromTheStart: []
                case .afterAByte: [22]
                case .afterItsHello: try clientHello(port: port)
                }
            let attack = try DoorAttack(port: port, saying: words, addresses: 10, each: 8)
            defer { attack.end() }
            try running.expectLog("more than 60 connections without a name")
            for number in 1...20 {
                let start = MonotonicTime.now
                let friend = try TestClient(.tls, port: port, name: "friend\(number)")
                #expect(start.duration(to: .now) < .seconds(2))
                friend.close()
            }
        }
    }

    @Test func handshakesThatLeadNowhereShutNobodyOut() throws {
        try withServer(crowded(places: 20)) { running in
            // All places, with the most progress that somebody can make who does not want to come in.
            let attackers = try (0..<20).map {
                try TestClient(.tls, port: running.port(.tls), from: "127.0.1.\($0 + 1)")
            }
            for number in 1...5 {
                _ = try TestClient(.tls, port: running.port(.tls), name: "friend\(number)")
            }
            try running.expectLog("more than 20 connections without a name")
            withExtendedLifetime(attackers) {}
        }
    }

    @Test func atAnAddressWhoseConnectionsAreAllSilentThereIsRoomForOneThatSpeaks() throws {
        try withServer(crowded(places: 1_000)) { running in
            let silent = try (0..<8).map { _ in try SilentPeer(port: running.port(.tls), from: "127.0.1.1") }
            // It may be refused as long as they are new.
            while (try? TestClient(.tls, port: running.port(.tls), from: "127.0.1.1")) == nil {}
            withExtendedLifetime(silent) {}
        }
    }

    @Test func aCrowdOfFriendsThatIsLargerThanTheDoorGetsIn() throws {
        try withServer({ $0.limits.strangers = 20 }) { running in
            let friends = try (0..<300).map { number in
                let friend = try SilentPeer(port: running.port(.plain))
                try friend.send(FrameEncoder.frame("friend\(number)"))
                return friend
            }
            for number in 0..<300 { try running.expectLog("joined as friend\(number) ") }
            withExtendedLifetime(friends) {}
        }
    }

    /// In the second round all who are silent have been so for longer than anybody may be at a full door.
    @Test func whoComesToAFullDoorTakesThePlaceOfOneWhoIsSilentAndNotOfTwo() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.strangers = 4
            $0.limits.firstByteTimeout = .seconds(600)
            $0.limits.authenticationTimeout = .seconds(600)
        }
        try withServer(configure) { running in
            let port = running.port(.plain)
            var silent = try (0..<3).map { _ in try SilentPeer(port: port) }
            for round in 1...3 {
                silent.append(try SilentPeer(port: port))
                let newcomer = try SilentPeer(port: port)
                try newcomer.send(FrameEncoder.frame("friend\(round)"))
                try running.expectLog("joined as friend\(round) ")
                #expect(running.log.count { $0.contains("more than 4 connections without a name") } == round)
            }
            withExtendedLifetime(silent) {}
        }
    }

    @Test func onceHalfThePlacesAreTakenTheFirstByteIsDueSoon() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.strangers = 4
            $0.limits.firstByteTimeout = .milliseconds(300)
        }
        try withServer(configure) { running in
            let silent = try (0..<3).map { _ in try SilentPeer(port: running.port(.tls)) }
            let start = MonotonicTime.now
            try silent[0].expectEnd()
            // A name has 30 s.
            #expect(start.duration(to: .now) < .seconds(20))
            try running.expectLog("not a byte within")
        }
    }

    @Test func anAddressMayOpenSoManyConnectionsAndThenSoManyASecond() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.countsLoopback = true
            $0.limits.connectionRate = LineRate(burst: 3, perSecond: 1)
        }
        try withServer(configure) { running in
            let client = try TestClient(.tls, port: running.port(.tls), name: "early")
            for _ in 0..<2 { try SilentPeer(port: running.port(.tls)).reset() }
            while !running.log.contains(where: { $0.contains("more than 3 new connections") }) {
                try SilentPeer(port: running.port(.tls)).expectEnd()
            }
            // Others are not concerned, and with time it may again.
            _ = try TestClient(.tls, port: running.port(.tls), from: "127.0.0.2")
            while (try? TestClient(.tls, port: running.port(.tls))) == nil {}
            client.close()
        }
    }

    @Test func anAddressThatBeginsManyHandshakesWaitsForTheNext() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.countsLoopback = true
            $0.limits.handshakeRate = LineRate(burst: 2, perSecond: 2)
        }
        try withServer(configure) { running in
            let start = MonotonicTime.now
            for number in 1...4 {
                _ = try TestClient(.tls, port: running.port(.tls), name: "friend\(number)")
            }
            #expect(start.duration(to: .now) >= .milliseconds(990))
        }
    }

    @Test func whoKnowsThePassphraseMayComeAsOftenAsItLikes() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.countsLoopback = true
            $0.limits.connectionRate = LineRate(burst: 2, perSecond: 1)
            $0.limits.handshakeRate = LineRate(burst: 2, perSecond: 1)
        }
        try withServer(passphrase: "open sesame", configure) { running in
            for _ in 0..<20 {
                let client = try TestClient(.tls, port: running.port(.tls))
                try client.send("open sesame")
                try client.expect("ok")
                client.close()
            }
        }
    }

    @Test(arguments: [200, 200_000])
    func whoSendsOtherThingsThanTLSStillReadsTheAlertAboutIt(bytes: Int) throws {
        try withServer { running in
            let peer = try SilentPeer(port: running.port(.tls))
            try peer.send(Array("GET / HTTP/1.1\r\n".utf8) + [UInt8](repeating: 65, count: bytes))
            // Fatal, unexpected_message (RFC 8446 section 6.2), and then an end that is no reset.
            let answer = try peer.collectUntilEnd()
            #expect(answer.first == 21 && answer.count == 7)
            #expect(Array(answer.suffix(2)) == [2, 10])
        }
    }

    private func crowded(places: Int) -> (inout ServerConfiguration) -> Void {
        {
            $0.limits.strangers = places
            $0.limits.connectionsPerAddress = 8
            $0.limits.countsLoopback = true
        }
    }

    /// The first flight of a real client.
    private func clientHello(port: UInt16) throws -> [UInt8] {
        let sent = Lock<[UInt8]>([])
        let client = try TestClient(port: port) { direction, bytes in
            if direction == .sent { sent.withLock { $0 += bytes } }
        }
        client.close()
        return sent.withLock { bytes in Array(bytes.prefix(5 + Int(bytes[3]) << 8 + Int(bytes[4]))) }
    }
}
