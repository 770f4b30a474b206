// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTransport

@Suite struct PlaintextGuessTests {
    private static let examples: [(String, PlaintextGuess)] = [
        ("GET / HTTP/1.1\r\n", .http), ("GET /", .http), ("POST /x HTTP/1.0\r\n", .http),
        ("OPTIONS * HTTP/1.1\r\n", .http), ("HEAD http://x/ HTTP/1.1\r\n", .http),
        ("CONNECT a:443 HTTP/1.1\r\n", .http),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http),
        ("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", .proxyHeader),
        ("PROXY TCP6 ::1 ::1 1 2\r\n", .proxyHeader),
        ("PROXY UNKNOWN\r\n", .proxyHeader), ("\r\n\r\n\0\r\nQUIT\n\u{21}\u{11}", .proxyHeader),
        ("NICK aisha\r\n", .irc), ("USER a 0 * :a\r\n", .irc), ("CAP LS 302\r\n", .irc), ("cap ls\r\n", .irc),
        ("PASS secret\r\n", .irc),
        ("SSH-2.0-OpenSSH_9.2\r\n", .ssh), ("SSH-1.99-x\r\n", .ssh),
        ("EHLO mail.example\r\n", .smtp), ("helo x\r\n", .smtp), ("LHLO x\r\n", .smtp),
        ("*1\r\n$4\r\nPING\r\n", .redis), ("*3\r\n$3\r\nSET\r\n", .redis), ("PING\r\n", .redis),
        ("\0\0\0\u{5}aisha", .plainChat), ("\0\0\0\0", .plainChat), ("\0\0\u{1}\u{0}xyz", .plainChat),
        // Four capital letters or a short length do not make a protocol.
        ("ABCD\r\n", .unknown), ("HELP\r\n", .unknown), ("GETTING\r\n", .unknown),
        ("OPTIONS sip:nm SIP/2.0\r\n", .unknown),
        ("OPTIONS / RTSP/1.0\r\n", .unknown), ("G", .unknown), ("\r\n", .unknown), ("PROXYING\r\n", .unknown),
        ("\0\0\0\u{8}\u{4}\u{16}/", .unknown), ("\0\u{1e}\0\u{6}\u{1}", .unknown),
        ("220 mail.example\r\n", .unknown),
        ("stats\r\n", .unknown),
    ]

    @Test(arguments: examples)
    func aProtocolIsCalledByItsNameAndNothingElseIs(text: String, guess: PlaintextGuess) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { PlaintextGuess(firstBytes: $0) } == guess, "\(text.debugDescription)")
    }

    @Test func aProxyHeaderComesWithWhatToDoAboutIt() {
        #expect(
            PeerFault.notTLS(.proxyHeader).description
                == "a PROXY header on the TLS port: tell the load balancer not to send any"
        )
    }
}
