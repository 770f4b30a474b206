// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct AdmissionTests {
    @Test(arguments: TransportKind.allCases)
    func theRightPassphraseLetsIn(kind: TransportKind) throws {
        try withServer(passphrase: "open sesame") { running in
            let client = try TestClient(kind, port: running.port(kind))
            try client.send("open sesame")
            try client.expect("ok")
            try client.send("aisha")
            try client.expect("* aisha joined the chat *")
        }
    }

    @Test(
        arguments: TransportKind.allCases,
        ["open", "open sesame ", "Open sesame", "ope\u{6e}\u{301} sesame"]
    )
    func aWrongPassphraseIsAnsweredOnceAndEndsTheConnection(kind: TransportKind, guess: String) throws {
        try withServer(passphrase: "open sesame") { running in
            let client = try TestClient(kind, port: running.port(kind))
            try client.send(guess)
            try client.send("open sesame")
            try client.expect("wrong passphrase")
            try client.expectEnd()
            try running.expectLog("sent a wrong passphrase")
            #expect(!running.log.contains { $0.contains("sesame") })
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aMessageBeforeThePassphraseIsJudgedAsOne(kind: TransportKind) throws {
        try withServer(passphrase: "open sesame") { running in
            let member = try TestClient(kind, port: running.port(kind))
            try member.send("open sesame")
            try member.expect("ok")
            try member.send("member")
            try member.expect("* member joined the chat *")
            if kind == .plain { try member.expectNotice(containing: "NOT encrypted") }
            let stranger = try TestClient(kind, port: running.port(kind))
            try stranger.send(raw: ["aisha", "hello everyone"].flatMap { try FrameEncoder.frame($0) })
            try stranger.expect("wrong passphrase")
            try stranger.expectEnd()
            try member.send("/who")
            try member.expect("* online: member *")
        }
    }

    @Test func aFullRoomSaysSoAndLetsNobodyElseIn() throws {
        try withServer({ $0.limits.members = 1 }) { running in
            let first = try TestClient(.tls, port: running.port(.tls), name: "first")
            let second = try TestClient(.tls, port: running.port(.tls))
            try second.send("second")
            try second.expectNotice(containing: "full")
            try second.expectEnd()
            try running.expectLog("the room is full with 1 member")
            first.close()
            try running.expectLog("left as first")
            _ = try TestClient(.tls, port: running.port(.tls), name: "third")
        }
    }

    @Test func oneAddressCannotTakeAllPlaces() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.connectionsPerAddress = 2
            $0.limits.countsLoopback = true
        }
        try withServer(configure) { running in
            let first = try TestClient(.tls, port: running.port(.tls), name: "first")
            let second = try TestClient(.tls, port: running.port(.tls), name: "second")
            defer { second.close() }
            #expect(throws: (any Error).self) { try TestClient(.tls, port: running.port(.tls)) }
            try running.expectLog("more than 2 connections from its address")
            first.close()
            try running.expectLog("left as first")
            _ = try TestClient(.tls, port: running.port(.tls), name: "third")
        }
    }

    @Test func whoeverMakesRoomForAnotherOfItsAddressIsLoggedWithThatLimit() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.connectionsPerAddress = 2
            $0.limits.countsLoopback = true
        }
        try withServer(configure) { running in
            // They say nothing, and are soon beyond their time.
            var peers: [SilentPeer] = []
            let deadline = MonotonicTime.now + .seconds(60)
            while running.log.count(where: { $0.contains("more than 2 connections from its address") }) < 6,
                .now < deadline
            {
                peers.append(try SilentPeer(port: running.port(.tls)))
            }
            #expect(!running.log.contains { $0.contains("without a name") })
        }
    }

    @Test func thePlainPortIsRefusedOutsideLoopback() throws {
        let everywhere = try SocketAddress.resolve(host: "0.0.0.0", port: 0)[0]
        #expect(throws: ServerStartError.plainNotOnLoopback(everywhere)) {
            try RunningServer { $0.plainAddresses = [everywhere] }
        }
    }

    @Test func aPortThatIsInUseIsSaidToBe() throws {
        try withServer { running in
            let taken = running.server.tlsAddresses
            let holder = try #require(PortHolder.ofPort(in: taken[0]))
            #expect(throws: ServerStartError.addressInUse(taken[0], .tls, by: holder)) {
                try RunningServer { $0.tlsAddresses = taken }
            }
        }
    }
}
