// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// People, scanners and health checks that come and go without a name.
@Suite(.timeLimit(.minutes(30))) struct VisitTests {
    @Test(arguments: TransportKind.allCases, [false, true])
    func whoConnectsAndClosesIsNoFailure(kind: TransportKind, resets: Bool) throws {
        try withServer { running in
            let addresses = [SocketAddress.loopback(port: running.port(kind))]
            let channel = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
            resets ? channel.reset() : channel.close()
            try running.expectLog("came and left without a name")
            #expect(running.log.count == 3)
        }
    }

    @Test(arguments: TransportKind.allCases, [false, true])
    func whoClosesAfterTheHandshakeIsNoFailure(kind: TransportKind, saysGoodbye: Bool) throws {
        try withServer(passphrase: "open sesame") { running in
            let client = try TestClient(kind, port: running.port(kind))
            if saysGoodbye { try client.finish() }
            client.close()
            try running.expectLog("came and left without a name")
            #expect(running.log.count == 3)
        }
    }

    /// Two threads are concerned, and who has gone by then is seen off before it was seen in.
    @Test func howeverShortAStayIsItsComingIsLoggedBeforeItsGoing() throws {
        try withServer { running in
            for number in 1...300 {
                let visitor = try SilentPeer(port: running.port(.plain))
                try visitor.send(FrameEncoder.frame("visitor\(number)"))
                number % 2 == 0 ? visitor.close() : visitor.reset()
            }
            // Who has reset may not have been let in.
            for number in 1...150 { try running.expectLog("left as visitor\(2 * number):") }
            let log = running.log
            for number in 1...150 {
                let coming = log.firstIndex { $0.contains("joined as visitor\(2 * number) ") }
                let going = log.firstIndex { $0.contains("left as visitor\(2 * number):") }
                #expect(try #require(coming) < (try #require(going)))
            }
        }
    }

    @Test func whoStartsAHandshakeAndClosesIsNamedAsAFailure() throws {
        try withServer { running in
            let peer = try SilentPeer(port: running.port(.tls))
            try peer.send([22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
            peer.close()
            try running.expectLog("did not complete the TLS handshake: the connection was cut")
        }
    }

    @Test func aVisitIsNotLoggedUnlessOneAsksForSuchDetail() throws {
        let peer = try SocketAddress.resolve(host: "192.0.2.7", port: 1)[0]
        #expect(ServerEvent.visited(peer: peer).level < .info)
    }

    @Test(arguments: TransportKind.allCases)
    func aRequestOfABrowserIsToldByItsFirstWord(kind: TransportKind) throws {
        try withServer { running in
            let browser = try TestClient(kind, port: running.port(kind))
            try browser.send(raw: Array("GET / HTTP/1.1\r\n\r\n".utf8))
            try running.expectLog("announced a frame of 1195725856 bytes, which is the text \"GET \"")
            browser.close()
        }
    }

    @Test(
        arguments: [
            (
                "PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n",
                "a PROXY header on the TLS port: tell the load balancer not to send any"
            ),
            ("CAP LS 302\r\nNICK aisha\r\n", "an IRC client on the TLS port"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "an SSH client on the TLS port"),
        ]
    )
    func whoSpeaksSomethingElseIsCalledByItsName(text: String, name: String) throws {
        try withServer { running in
            let peer = try SilentPeer(port: running.port(.tls))
            try peer.send(Array(text.utf8))
            try peer.expectEnd()
            try running.expectLog("did not complete the TLS handshake: \(name)")
        }
    }
}
