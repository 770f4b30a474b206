// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugRooms
import SnugTransport
import TestSupport
import Testing

@testable import SnugProgram

/// A link says one thing or is refused, whoever wrote it.
@Suite struct JoinLinkTests {
    private static func pin(_ number: UInt8) throws -> String {
        try #require(KeyFingerprint(bytes: [UInt8](repeating: number, count: 32))).description
    }

    // MARK: What a link says

    @Test(
        arguments: [
            ("snug://chat.example", "chat.example", 9443, nil),
            ("snug://chat.example/", "chat.example", 9443, nil),
            ("SNUG://chat.example:7000/ops", "chat.example", 7000, "ops"), ("snug://[::1]", "::1", 9443, nil),
            ("snug://[2001:DB8:0::1]:7000/", "2001:db8::1", 7000, nil),
            ("snug://192.0.2.7:1", "192.0.2.7", 1, nil),
            ("snug://[fe80::1%25lo]/x", "fe80::1%lo", 9443, "x"),
            ("snug://bücher.example/caf%C3%A9", "xn--bcher-kva.example", 9443, "café"),
            ("snug://b%C3%BCcher.example/a%20b", "xn--bcher-kva.example", 9443, "a b"),
            ("snug://chat.example/a%2Fb", "chat.example", 9443, "a/b"),
            ("snug://chat.example/100%25", "chat.example", 9443, "100%"),
        ] as [(String, String, UInt16, String?)]
    )
    func aLinkIsReadAsAURIIs(text: String, host: String, port: UInt16, room: String?) throws {
        let link = try JoinLink(text)
        #expect(link.host == host && link.port == port && link.room == room && link.pins.isEmpty)
        #expect(try JoinLink(link.description) == link)
    }

    @Test func pinsAreThereAsTheyAreOrEncodedAndAPlusStaysOne() throws {
        // Its base64 has a plus, a slash and an equals sign.
        let pin = try Self.pin(0xFB)
        #expect(pin.contains("+") && pin.contains("/") && pin.hasSuffix("="))
        let encoded = pin.replacing("+", with: "%2B").replacing("/", with: "%2f").replacing("=", with: "%3D")
        let other = try Self.pin(2)
        for query in ["pin=\(pin)&pin=\(other)", "pin=\(encoded)&pin=\(other.replacing(":", with: "%3A"))"] {
            #expect(try JoinLink("snug://chat.example?\(query)").pins == [pin, other])
            #expect(try JoinLink("snug://chat.example:9443/ops?\(query)").pins == [pin, other])
        }
    }

    @Test func aLinkThatWasWrittenIsReadAgain() throws {
        var random = SeededGenerator(seed: 11)
        let hosts = [
            "chat.example", "127.0.0.1", "::1", "2001:db8::7", "xn--bcher-kva.example", "fe80::1%lo",
        ]
        let letters = Array("aZ9-._~ /?#%&=+:@[]é🐍")
        var rooms = 0
        for _ in 0..<3_000 {
            let name = String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
            let room = RoomName(name).flatMap { $0.text == name ? name : nil }
            let pins = try (0..<Int.random(in: 0...8, using: &random)).map { _ in
                try Self.pin(UInt8.random(in: 0...255, using: &random))
            }
            let link = try #require(
                JoinLink(
                    host: hosts[Int.random(in: 0..<hosts.count, using: &random)],
                    port: UInt16.random(in: 1...(.max), using: &random),
                    room: room,
                    pins: pins
                )
            )
            if room != nil { rooms += 1 }
            #expect(link.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "'") })
            #expect(try JoinLink(link.description) == link)
        }
        #expect(rooms > 300)
    }

    @Test(
        arguments: [
            ("", 1, nil), ("chat.example", 0, nil), ("chat.example", 1, ""), ("chat.example", 1, "#ops"),
        ] as [(String, UInt16, String?)]
    )
    func whatCouldNotBeReadAgainIsNoLink(host: String, port: UInt16, room: String?) {
        #expect(JoinLink(host: host, port: port, room: room) == nil)
    }

    // MARK: What is refused

    @Test(
        arguments: [
            ("", .noLink), ("chat.example", .noLink), ("https://chat.example", .noLink),
            ("snug:chat.example", .noLink),
            ("snug://ben@chat.example", .user), ("snug://ben:secret@chat.example", .user),
            ("snug://chat.example:", .port("")), ("snug://chat.example:0", .port("0")),
            ("snug://chat.example:65536", .port("65536")), ("snug://chat.example:+1", .port("+1")),
            ("snug://chat.example:٣", .port("٣")), ("snug://[::1]:x", .port("x")),
            ("snug://::1", .bracketsMissing("::1")), ("snug://", .host(.empty)),
            ("snug:///ops", .host(.empty)),
            ("snug://chat.example/a/b", .severalRooms), ("snug://chat.example/ops/", .severalRooms),
            ("snug://chat.example/%23ops", .room("#ops")), ("snug://chat.example/%1B", .room("\u{1B}")),
            ("snug://chat.example/%", .encoding("%")), ("snug://chat.example/%4", .encoding("%4")),
            ("snug://chat.example/%zz", .encoding("%zz")), ("snug://chat.example/%FF", .encoding("%FF")),
            ("snug://chat.example/#ops", .fragment), ("snug://chat.example/a b", .blank),
            ("snug://chat.example\n", .blank), ("snug://%20chat.example", .blank),
            ("snug://chat.example?", .unknown("")), ("snug://chat.example?Pin=x", .unknown("Pin")),
            ("snug://chat.example?room=ops", .unknown("room")), ("snug://chat.example?pin", .pin("")),
            ("snug://chat.example?pin=", .pin("")), ("snug://chat.example?pin=sha256:x", .pin("sha256:x")),
            ("snug://chat.example?plain=yes", .unknown("plain")),
        ] as [(String, JoinLinkError)]
    )
    func whatIsNotKnownIsRefusedWithASentenceAndAHint(text: String, error: JoinLinkError) {
        #expect(throws: error) { try JoinLink(text) }
        #expect(!error.description.isEmpty && !error.hint.isEmpty && !error.description.hasSuffix("."))
    }

    @Test func aPinMoreOrALongerOneThanThereAreIsRefused() throws {
        let query = try (0..<9).map { "pin=" + (try Self.pin($0)) }.joined(separator: "&")
        #expect(throws: JoinLinkError.tooManyPins) { try JoinLink("snug://chat.example?\(query)") }
        #expect(throws: JoinLinkError.tooLong) {
            try JoinLink("snug://chat.example/" + String(repeating: "a", count: 3_000))
        }
        // A blank that somebody's mail program made of the plus.
        let spoilt = try Self.pin(0xFB).replacing("+", with: "%20")
        #expect(throws: JoinLinkError.pin(spoilt.replacing("%20", with: " "))) {
            try JoinLink("snug://chat.example?pin=\(spoilt)")
        }
    }

    /// Links that are spoilt at random are refused, or say what they say when they are written again.
    @Test func noTextTrapsAndWhatIsTakenMeansOneThing() throws {
        var random = SeededGenerator(seed: 5)
        let good = try Array(
            "snug://[2001:db8::1]:7000/caf%C3%A9?pin=\(Self.pin(0xFB))&pin=\(Self.pin(1))".utf8
        )
        let odd = Array("%/?#[]@:&=+ \n\0aA0é".utf8)
        var (taken, refused) = (0, 0)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = odd[Int.random(in: 0..<odd.count, using: &random)]
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(odd[Int.random(in: 0..<odd.count, using: &random)], at: index)
                default: bytes.removeSubrange(index...)
                }
            }
            do {
                let link = try JoinLink(String(decoding: bytes, as: UTF8.self))
                #expect(try JoinLink(link.description) == link)
                #expect(link.pins.allSatisfy { ExpectedServer.isWellFormed(pin: $0) })
                taken += 1
            } catch {
                #expect(!error.hint.isEmpty)
                refused += 1
            }
        }
        #expect(taken > 100 && refused > 1_000)
    }

    // MARK: A server's own

    @Test(
        arguments: [
            (["chat.example", "localhost", "127.0.0.1"], "0.0.0.0", "chat.example"),
            (["localhost", "127.0.0.1", "chat.example"], "*", "chat.example"),
            (["localhost", "127.0.0.1", "::1"], "127.0.0.1", "127.0.0.1"),
            (["localhost", "127.0.0.1"], "*", "localhost"),
            (["chat.example", "192.0.2.7"], "192.0.2.7", "192.0.2.7"),
            (["chat.example", "::1"], "[::1]", "::1"),
        ] as [([String], String, String?)]
    )
    func aServerIsAskedForByANameOfItsCertificate(names: [String], listening: String, host: String?) throws {
        let context = try LabAuthority().issue(names: names).serverContext()
        let link = JoinLink(to: context, listeningAt: listening, port: 7000)
        #expect(link?.host == host)
        #expect(link?.pins == (host == nil ? nil : [try #require(context.serverPin)]))
        #expect(link == nil || link?.port == 7000)
    }
}
