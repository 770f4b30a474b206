// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// What the file of known servers says, against a plain dictionary.
@Suite struct KnownServerListTests {
    private static func pin(_ number: UInt8) throws -> String {
        try #require(KeyFingerprint(bytes: [UInt8](repeating: number, count: 32))).description
    }

    @Test func whatWasWrittenIsReadAgainAndCommentsStay() throws {
        let (one, two) = (try Self.pin(1), try Self.pin(2))
        let text = """
            # the house
            chat.example:9443 \(one) 2026-11-27T09:00:00Z

            [::1]:7000 \(two) 2026-01-01T00:00:00Z

            """
        let list = try KnownServerList(Array(text.utf8))
        #expect(list.text == text)
        #expect(list.pins(of: "chat.example:9443").map(\.pin) == [one])
        #expect(list.pins(of: "[::1]:7000").first?.since == UnixTime("2026-01-01T00:00:00Z"))
        #expect(list.pins(of: "chat.example:9444").isEmpty)
        #expect(try KnownServerList([]) == KnownServerList())
    }

    @Test func whatIsGivenTakesThePlaceOfWhatWasAndKeepsItsTime() throws {
        var random = SeededGenerator(seed: 3)
        var list = KnownServerList()
        var model: [String: [String: UnixTime]] = [:]
        let servers = ["a:1", "a:2", "[::1]:1"]
        for second in 0..<2_000 {
            let now = UnixTime(seconds: 1_700_000_000 + second)
            let server = servers[Int.random(in: 0..<3, using: &random)]
            let pins = try (0..<Int.random(in: 0...3, using: &random)).map { _ in
                try Self.pin(UInt8.random(in: 1...4, using: &random))
            }
            list.set(pins, of: server, at: now)
            let before = model[server] ?? [:]
            model[server] = Dictionary(pins.map { ($0, before[$0] ?? now) }) { first, _ in first }
            list = try KnownServerList(Array(list.text.utf8))
            for server in servers {
                let told = list.pins(of: server)
                #expect(
                    Dictionary(uniqueKeysWithValues: told.map { ($0.pin, $0.since) }) == model[server] ?? [:]
                )
            }
        }
    }

    @Test(arguments: [
        "chat.example:9443", "chat.example sha256:x 2026-11-27T09:00:00Z", "x", "a:1 PIN", "a:1 PIN today",
        "a:1 PIN 2026-11-27T09:00:00Z more", "a PIN 2026-11-27T09:00:00Z", "a:1\tPIN\t2026-11-27T09:00:00Z",
        "a:1 PIN 2026-11-27T09:00:00Z\r", "a:1 SHA256:AAAA 2026-11-27T09:00:00Z", "# \u{1B}[2J",
        "\u{202E}# x",
    ])
    func aDamagedLineIsNamedByItsNumber(line: String) throws {
        let line = line.replacing("PIN", with: try Self.pin(1))
        let text = "# one\n\n\(line)\n# four\n"
        #expect(throws: KnownServerList.DamagedLine(number: 3)) { try KnownServerList(Array(text.utf8)) }
    }

    @Test func noBytesTrapAndWhatIsTakenIsWrittenAsItWas() {
        var random = SeededGenerator(seed: 7)
        let pieces: [[UInt8]] = [
            Array("a:1".utf8), Array(" ".utf8), Array("sha256:".utf8), Array(repeating: 0x41, count: 43),
            Array("= ".utf8), Array("2026-11-27T09:00:00Z".utf8), [0x0A], [0xFF], [0], Array("#".utf8),
        ]
        var taken = 0
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).flatMap { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }
            guard let list = try? KnownServerList(bytes),
                let again = try? KnownServerList(Array(list.text.utf8))
            else { continue }
            taken += 1
            #expect(again == list)
        }
        #expect(taken > 100)
    }
}
