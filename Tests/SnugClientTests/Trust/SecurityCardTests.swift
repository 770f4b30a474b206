// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugSystem
import Testing

@testable import SnugClient
@testable import SnugTransport

/// What somebody is told of who can read along is true, and says what it does not know.
@Suite struct SecurityCardTests {
    private let pin = "sha256:" + String(repeating: "A", count: 43) + "="
    private let now = UnixTime(seconds: 1_700_000_000)

    private func card(
        voucher: PeerIdentity.Voucher = .authority("CN=Snug lab CA"),
        daysLeft: Int = 58,
        known: Bool = false,
        level: Int = 1,
        history: ServerMessage.HistoryPolicy? = ServerMessage.HistoryPolicy(
            lines: 1_000,
            hours: 24,
            isOnDisk: false
        )
    ) -> SecurityCard {
        let identity = PeerIdentity(
            verifiedName: "localhost",
            voucher: voucher,
            pin: pin,
            expiry: now + .seconds(daysLeft * 86_400 + 3_600)
        )
        let facts = PeerFacts(
            protocolVersion: "TLSv1.3",
            cipher: "AES-256-GCM",
            group: "X25519",
            applicationProtocol: nil,
            identity: identity,
            provedKey: nil,
            shownKey: nil
        )
        return SecurityCard(
            facts: facts,
            server: "localhost:9443",
            knownPins: known ? [KnownPin(pin: pin, since: now)] : [],
            paddingMultiple: 256,
            level: level,
            history: history,
            hasPassphrase: true
        )
    }

    @Test func aKeyThatIsAnotherThanBeforeIsToldBehindIt() throws {
        var changed = card()
        changed.formerPin = "sha256:former"
        let lines = changed.lines(at: now)
        let index = try #require(lines.firstIndex(of: "server key \(pin)"))
        #expect(lines[index + 1] == "it had another key before this connection was made anew: sha256:former")
        #expect(lines.count == card().lines(at: now).count + 1)
    }

    @Test func allThatIsKnownOfAnOrdinaryRoomIsTold() {
        #expect(
            card().lines(at: now) == [
                "connected to localhost:9443 over TLSv1.3, level 1",
                "cipher AES-256-GCM, key exchange X25519",
                "localhost is vouched for by CN=Snug lab CA",
                "server key \(pin)",
                "certificate good until 2024-01-11 (58 days left)",
                "your lines are filled up to a multiple of 256 bytes: who watches the wire sees who talks when, "
                    + "and not how much",
                "the server says that it keeps the last 1000 lines of each room for 24 hours, in its memory",
                "the server knows you by no key",
                "an open room can be read by everyone who has its passphrase and joins, a private one by its "
                    + "guests, and both by whoever runs the server: there is no end-to-end encryption",
            ]
        )
    }

    @Test func whoVouchesIsTheAuthorityOrTheKeyOrBoth() {
        func voucher(_ card: SecurityCard) -> String { card.lines(at: now)[2] }
        #expect(
            voucher(card(voucher: .pin)).hasSuffix(
                "by its key, which you gave; no authority that you trust does"
            )
        )
        #expect(
            voucher(card(voucher: .pin, known: true)).hasSuffix(
                "by its key, which you gave first on 2023-11-14; no authority that you trust does"
            )
        )
        #expect(
            voucher(card(known: true)).hasSuffix(
                "by CN=Snug lab CA and by its key, which you gave first on 2023-11-14"
            )
        )
    }

    @Test(arguments: [
        (0, "(less than a day left)"), (1, "(1 day left)"), (2, "(2 days left)"),
        (-1, "(it has expired since you joined)"),
    ])
    func theDaysThatAreLeftAreCountedDown(days: Int, words: String) {
        #expect(card(daysLeft: days).lines(at: now)[4].hasSuffix(words))
    }

    @Test func whatTheServerKeepsIsOnlyWhatItSays() {
        func kept(_ policy: ServerMessage.HistoryPolicy?) -> String {
            card(history: policy).lines(at: now)[6]
        }
        #expect(kept(nil) == "what the server keeps it does not say at this level")
        for (lines, hours) in [(0, 24), (1_000, 0)] as [(UInt64, UInt64)] {
            let policy = ServerMessage.HistoryPolicy(lines: lines, hours: hours, isOnDisk: true)
            #expect(kept(policy) == "the server says that it keeps nothing")
        }
        #expect(
            kept(.init(lines: 1, hours: 1, isOnDisk: true)).hasSuffix(
                "the last line of each room for an hour, on its disk, not encrypted"
            )
        )
    }

    @Test func withoutEncryptionThatIsSaidFirstAndLast() {
        var card = card(level: 0, history: nil)
        card.facts = .plain
        card.hasPassphrase = false
        let lines = card.lines(at: now)
        #expect(
            lines.first?.contains("WITHOUT encryption, level 0: everyone on the way can read along") == true
        )
        #expect(lines.last?.contains("by everyone on the way, everyone who reaches the server") == true)
        #expect(!lines.contains { $0.contains("key") || $0.contains("padd") || $0.contains("filled") })
    }

    @Test func atTheControlSocketNobodyIsOnTheWayAndNobodyIsSaidToBe() {
        var card = card()
        card.facts = .plain
        card.server = "/run/snug/control"
        card.hasPassphrase = false
        card.isControlSocket = true
        let lines = card.lines(at: now)
        #expect(
            lines.first
                == "no TLS: connected to /run/snug/control, the control socket of this machine, level 1"
        )
        #expect(lines.last?.hasPrefix("an open room can be read by everyone who is let in, ") == true)
        #expect(!lines.contains { $0.contains("on the way") || $0.contains("key") || $0.contains("padd") })
    }

    @Test func withoutPaddingTheLengthsAreSaidToBeSeen() {
        var card = card()
        card.paddingMultiple = 0
        #expect(card.lines(at: now).contains { $0.hasPrefix("no padding: ") })
    }

    @Test func noTimeOfACertificateTraps() {
        var card = card()
        for seconds in [Int.min, Int.max, 0] {
            card.facts = PeerFacts(
                protocolVersion: "TLSv1.3",
                cipher: nil,
                group: nil,
                applicationProtocol: nil,
                identity: PeerIdentity(
                    verifiedName: "a",
                    voucher: .pin,
                    pin: pin,
                    expiry: UnixTime(seconds: seconds)
                ),
                provedKey: nil,
                shownKey: nil
            )
            for now in [Int.min, Int.max, 0] { #expect(!card.lines(at: UnixTime(seconds: now)).isEmpty) }
        }
    }
}
