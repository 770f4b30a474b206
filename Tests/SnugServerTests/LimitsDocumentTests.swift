// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugHistory
import SnugRooms
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct LimitsDocumentTests {
    private typealias TLS = TLSTransport<MemoryChannel>

    @Test func theReadmesTableHoldsTheLimitsOfTheCode() throws {
        let limits = ServerLimits()
        let configuration = ServerConfiguration(
            tlsAddresses: try SocketAddress.resolve(host: "::1", port: 0)
        )
        let expected = [
            ("payload of a frame", "\(FrameLimits.maximumPayloadBytes) bytes", "fixed"),
            (
                "a name",
                "\(MemberName.maximumCharacters) characters and \(MemberName.maximumBytes) bytes",
                "fixed"
            ),
            (
                "a line",
                "\(ChatLine.maximumCharacters) characters and \(ChatLine.maximumBytes) bytes",
                "fixed"
            ),
            ("combining marks on one character", "\(SafeText.maximumMarksPerBase)", "fixed"),
            (
                "code points in one character, and in a line",
                "\(SafeText.maximumScalarsPerCharacter) and \(ChatLine.maximumScalars)",
                "fixed"
            ),
            ("the passphrase", "\(Passphrase.limitBytes) bytes", "fixed"),
            (
                "from accept to an accepted name, beside what one waits for one's turn",
                limits.authenticationTimeout.words,
                "`--auth-timeout`"
            ),
            (
                "for the first byte, once half the places without a name are taken",
                limits.firstByteTimeout.words,
                "fixed"
            ),
            ("without a complete frame", limits.idleTimeout.words, "`--idle-timeout`"),
            ("to finish a frame or a record that was begun", limits.frameTimeout.words, "fixed"),
            ("a reader that takes nothing", limits.writeTimeout.words, "fixed"),
            ("what waits for one reader", "\(limits.backlogBytes) bytes", "`--backlog`"),
            ("lines of one member, burst and per second", limits.lineRate.words, "`--rate`"),
            (
                "what the room sends to all members together in a second",
                "\(limits.roomBytesPerSecond ?? 0) bytes",
                "`--room-rate`"
            ),
            ("lines of one member that wait for the rate", "\(limits.unreadBytes) bytes", "fixed"),
            ("members", "\(limits.members)", "`--max-members`"),
            ("open rooms beside `main`, and as many private ones", "\(limits.rooms)", "`--max-rooms`"),
            (
                "lines that are kept of each room", "\(configuration.history.retention.lines)",
                "`--history-lines`"
            ),
            ("hours that they are kept", "\(configuration.history.retention.hours)", "`--history-hours`"),
            ("connections of one key", "\(ChatLimits().sessionsOfAPerson)", "fixed"),
            (
                "names that are kept for one key, and how long after its last visit",
                "\(ChatLimits().namesOfAKey), \(ChatLimits().keyNameMilliseconds / 86_400_000) days", "fixed"
            ),
            ("connections without a name", "\(limits.strangers)", "fixed"),
            (
                "connections from one address, or one /64 of IPv6",
                "\(limits.connectionsPerAddress ?? 0), loopback exempt",
                "`--max-per-address`"
            ),
            (
                "new connections from one address, burst and per second",
                "\(limits.connectionRate.words), loopback exempt",
                "fixed"
            ),
            (
                "TLS handshakes of one address, burst and per second",
                "\(limits.handshakeRate.words), loopback exempt",
                "fixed"
            ),
            (
                "answers to wrong passphrases for one address, burst and per second",
                limits.answerRate.words,
                "fixed"
            ),
            (
                "bytes of TLS handshake before a name",
                "\(TLS.handshakeLimitBytes)",
                "fixed"
            ),
            (
                "TLS records without data in a row",
                "\(TLS.emptyRecordLimit), and \(TLS.emptyRecordLimitBytes) bytes",
                "fixed"
            ),
            (
                "every TLS record is filled up to a multiple of",
                "\(configuration.paddingMultiple) bytes",
                "`--pad`"
            ),
            ("between our goodbye and the peer's", limits.lingerTimeout.words, "fixed"),
            ("for everything that is to be sent when the server stops", limits.drainTimeout.words, "fixed"),
        ]
        let section = try Document.section("Limits", of: "README.md")
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| ") }.map(String.init)
        #expect(rows.dropFirst() == expected.map { "| \($0) | \($1) | \($2) |" }[...])
    }
}

extension LineRate {
    fileprivate var words: String { "\(burst)/\(perSecond)" }
}

extension Duration {
    fileprivate var words: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds.isMultiple(of: 1_000) ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
