// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// Everything hostile at once against one real server, watched by two members who just want to chat.
@Suite(.timeLimit(.minutes(30))) struct StormTests {
    /// Names that would deceive whoever reads the room or the log, where twenty of a kind get a line at once.
    private static let names = [
        "*", "a: b", "* aisha left *", "witness", "ｗｉｔｎｅｓｓ", "two\r\nlines", "", " ", "%n%s", marks,
        "\u{202E}nimda", "\u{2028}", "\u{200B}", "\u{1B}]0;owned\u{7}", "\u{9B}1m",
        "\"}{\"level\":\"error", "\"\u{301}\\\u{308}",
    ]

    private static let lines = [
        "x\r\n* witness left *", "/nick *", "/nick a: b", "/unknown \u{1B}[31m", "//", "/ who", marks,
        "\u{1B}[2J\u{1B}[H", "\u{1B}]52;c;b3duZWQ=\u{7}", "\u{202E}txet", "\u{8}\u{8}", "\0",
    ]

    /// 8 KB on top of one letter.
    private static let marks = "e" + String(repeating: "\u{301}", count: 4_000)

    /// Bytes that no client of either port sends, for both.
    private static let garbage: [[UInt8]] = [
        Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
        Array("SSH-2.0-OpenSSH_9.2\r\n".utf8),
        [22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3],  // half a ClientHello
        [21, 3, 3, 0, 2, 1, 0],  // an alert
        [20, 3, 3, 0, 1, 1],  // a change of ciphers
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0x80, 0, 0, 0],
        [0, 0, 0x20, 1],
        [0, 0, 0, 5, 65],
        [0, 0, 0, 2, 0xC0, 0x80],
        [],
    ]

    @Test(arguments: ["text", "json"])
    func nobodyElseIsTouchedNothingIsLostAndTheLogStaysReadable(format: String) throws {
        let server = try ServerProcess(["--rate=0", "--log-format=\(format)"], plain: true)
        let before = Inspection.isAllowed ? try server.descriptorCount() : 0
        let witness = try TestClient(.tls, port: server.port(.tls), name: "witness")
        let talker = try TestClient(.plain, port: server.port(.plain), name: "talker")
        try witness.expect("* talker joined the chat *")
        var said = 0
        var seen: [String] = []
        for kind in TransportKind.allCases {
            for attack in try Self.attacks {
                try attack(kind, server.port(kind))
                said += 1
                try talker.send("line \(said)")
                seen += try witness.skip(to: "talker: line \(said)")
            }
        }
        for text in seen { expectHarmless(text) }
        #expect(
            !seen.contains {
                $0.hasPrefix("witness: ") || $0.hasPrefix("talker: ") || $0 == "* witness left *"
            }
        )
        witness.close()
        talker.close()
        if Inspection.isAllowed {
            #expect(try Inspection.comesTrue { try server.descriptorCount() == before })
        }
        #expect(try server.stop() == 0)
        try expectReadable(server.process, format)
    }

    @Test func aServerOutOfDescriptorsKeepsItsMembersAndServesAgainOnceSomeAreFree() throws {
        let server = try ServerProcess(descriptors: 48)
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        let crowd = try (0..<100).map { _ in try SilentPeer(port: server.port) }
        try server.expectLog("the process may not open more descriptors")
        try ben.send("are you still there?")
        try aisha.expect("ben: are you still there?")
        for peer in crowd { peer.close() }
        #expect(
            Inspection.comesTrue {
                guard let chen = try? TestClient(.tls, port: server.port, name: "chen") else { return false }
                chen.close()
                return true
            }
        )
        try aisha.expect("* chen joined the chat *")
        aisha.close()
        ben.close()
        #expect(try server.stop() == 0)
    }

    private typealias Attack = (TransportKind, UInt16) throws -> Void

    private static var attacks: [Attack] {
        get throws {
            let frames =
                try names.map { [try FrameEncoder.frame($0)] }
                + lines.map {
                    [try FrameEncoder.frame("mallory"), try FrameEncoder.frame($0)]
                }
            let chats: [Attack] = frames.map { frames in
                { kind, port in
                    let client = try TestClient(kind, port: port)
                    try client.send(raw: frames.flatMap(\.self) + FrameEncoder.frame("/quit"))
                    _ = try client.collectUntilEnd()
                    client.close()
                }
            }
            let rubbish: [Attack] = garbage.map { bytes in
                { _, port in
                    let peer = try SilentPeer(port: port)
                    try peer.send(bytes)
                    peer.close()
                }
            }
            let brokenChats: [Attack] = garbage.map { bytes in
                { kind, port in
                    let client = try TestClient(kind, port: port)
                    try client.send(raw: FrameEncoder.frame("mallory") + bytes)
                    client.close()
                }
            }
            return chats + rubbish + brokenChats
        }
    }

    private func expectHarmless(_ text: String) {
        #expect(
            text.unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control && $0 != "\u{202E}" && $0 != "\u{2028}"
            },
            "\(text.debugDescription)"
        )
        #expect(text.utf8.count < 2_200)
    }

    private func expectReadable(_ process: ChildProcess, _ format: String) throws {
        let lines = process.lines(of: .errors)
        #expect(lines.count > 20)
        for line in lines { expectHarmless(line) }
        guard format == "json" else {
            #expect(
                lines.dropFirst(2).allSatisfy {
                    $0.prefixMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [a-z]+: /#) != nil
                }
            )
            return
        }
        let reader = try ChildProcess(
            "/usr/bin/python3",
            ["-c", "import json, sys\nfor line in sys.stdin: print(sorted(json.loads(line)))"]
        )
        try reader.write(process.bytes(of: .errors))
        #expect(try reader.finish() == 0)
        #expect(reader.lines(of: .output).count == lines.count)
        let always = ["level", "message", "time"]
        let atTimes = ["bytes", "limit", "name", "peer", "reason"]
        for line in Set(reader.lines(of: .output)) {
            let names = line.split { "[]', ".contains($0) }.map(String.init)
            #expect(
                Set(names).isSuperset(of: always) && Set(names).isSubset(of: always + atTimes),
                "\(names)"
            )
        }
    }
}
