// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SnugWire

/// A hello is the one message of TLS that shows text which a stranger chose: the server's name and the protocols.
@Suite struct HostileHelloTests {
    private static let hostile: [[UInt8]] = [
        Array("\u{1b}]0;owned\u{7}\u{9b}31m".utf8),
        Array("a\r\n* bob left *\nb".utf8),
        Array("\u{202e}txt.exe\u{2066}\u{200f}\u{e0041}".utf8),
        Array("good.example\u{0}.evil.example".utf8),
        Array("</td><script>alert(1)</script><img src=x>\"'&".utf8),
        Array("\u{3164}\u{2028}\u{feff}\u{180e}\u{e000}\u{ffff}".utf8),
        Array(("a" + String(repeating: "\u{338}", count: 120)).utf8),
        [0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x1b, 0x5b, 0x32, 0x4a],
        [UInt8](repeating: UInt8(ascii: "x"), count: 255),
        [UInt8](0...254),
    ]

    @Test(arguments: hostile)
    func nothingThatAHelloSaysReachesTerminalPageOrJSONRaw(text: [UInt8]) throws {
        let report = try Self.report(serverName: text, protocols: [text, Array("snug/0".utf8), text])
        let terminal = report.terminalText(colour: false)
        for line in terminal.split(separator: "\n") {
            #expect(Columns.width(of: String(line)) <= 80, "\(line)")
        }
        for rendering in [terminal, report.html(), report.json()] {
            #expect(rendering.unicodeScalars.allSatisfy { $0 == "\n" || CapturedText.isVisible($0) })
            #expect(!rendering.contains(String(repeating: "\u{338}", count: 5)) || rendering.hasPrefix("{"))
        }
        #expect(!report.html().contains("<script") && !report.html().contains("<img"))

        // Programs get what was said, all of it.
        let json = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
        let run = (json?["runs"] as? [String: Any])?["tls"] as? [String: Any]
        let connection = (run?["connections"] as? [[String: Any]])?.first
        let hello = (connection?["tls"] as? [String: Any])?["hello"] as? [String: Any]
        #expect(hello?["serverName"] as? String == String(decoding: text, as: UTF8.self))
    }

    @Test func sixtyKilobytesOfServerNameMakeNoLongReport() throws {
        let usual = try Self.report(serverName: Array("localhost".utf8), protocols: [])
        let long = try Self.report(
            serverName: [UInt8](repeating: UInt8(ascii: "x"), count: 15_000),
            protocols: []
        )
        #expect(
            long.terminalText(colour: false).utf8.count < usual.terminalText(colour: false).utf8.count + 1_000
        )
        #expect(long.html().utf8.count < usual.html().utf8.count + 2_000)
    }

    /// The report on a chat in which the first client began with another hello.
    private static func report(serverName: [UInt8], protocols: [[UInt8]]) throws -> WireReport {
        let record = record(serverName: serverName, protocols: protocols)
        var isReplaced = false
        let report = RecordedChat.report { recordings in
            guard let segments = recordings[.tls]?.capture.segments,
                let index = segments.firstIndex(where: { $0.connection == 0 && $0.direction == .toServer })
            else { return }
            let bytes = segments[index].bytes
            let end = min(bytes.count, 5 + (Int(bytes[3]) << 8 | Int(bytes[4])))
            recordings[.tls]?.capture.segments[index].bytes.replaceSubrange(0..<end, with: record)
            isReplaced = true
        }
        try #require(isReplaced)
        return report
    }

    /// A handshake record with a ClientHello (RFC 8446 section 4.1.2).
    private static func record(serverName: [UInt8], protocols: [[UInt8]]) -> [UInt8] {
        let name = vector(2, [0] + vector(2, serverName))
        let list = vector(2, protocols.flatMap { vector(1, $0) })
        let extensions = [0, 0] + vector(2, name) + [0, 16] + vector(2, list)
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + vector(1, []) + vector(2, [0x13, 0x02])
            + vector(1, [0]) + vector(2, extensions)
        return [22, 3, 1] + vector(2, [1] + vector(3, body))
    }

    private static func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
        (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: content.count >> ($0 * 8)) } + content
    }
}
