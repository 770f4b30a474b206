// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SnugWire

@Suite struct AnalysisSearchTests {
    private func capture(_ pieces: [[UInt8]], _ direction: CapturedSegment.Direction = .toServer) -> Capture {
        var capture = Capture()
        let end = CapturedConnection.Endpoint(address: [127, 0, 0, 1], port: 1)
        capture.connections = [CapturedConnection(client: end, server: end, openedAt: .zero)]
        capture.segments = pieces.map {
            CapturedSegment(time: .zero, connection: 0, direction: direction, bytes: $0)
        }
        return capture
    }

    private func hits(_ text: String, in capture: Capture) -> [SecretSearch.Hit] {
        SecretSearch(for: [text], in: capture.streams).findings.flatMap(\.hits)
    }

    @Test(arguments: ["swordfish", "ключ-от-дома", "aisha", "k"], 0..<6)
    func aSecretInBase64IsFoundAtEveryAlignment(secret: String, before: Int) throws {
        // What is as short as "k" is looked for as the frame that carries it.
        let searched = try #require(SecretSearch.patterns(for: secret).first).bytes
        let bytes = [UInt8](repeating: 0xa7, count: before) + searched + [0xc4, 0x3f, 0x09]
        let encoded = Array(Data(bytes).base64EncodedString().utf8)
        #expect(hits(secret, in: capture([encoded])).map(\.form) == [.base64])
    }

    @Test(arguments: CapturedSegment.Direction.allCases)
    func aSecretIsFoundAcrossSegmentsInBothDirections(direction: CapturedSegment.Direction) {
        let pieces = Array("xxswordfishxx".utf8).map { [$0] }
        let hits = hits("swordfish", in: capture(pieces, direction))
        #expect(hits.map(\.range) == [2..<11])
        #expect(hits.map(\.direction) == [direction])
    }

    @Test func everyPlaceIsReportedAndNothingThatDiffers() {
        let text = "swordfishswordfish Swordfish swordfis"
        #expect(hits("swordfish", in: capture([Array(text.utf8)])).map(\.range) == [0..<9, 9..<18])
        #expect(hits("swordfish", in: capture([])).isEmpty)
        #expect(hits("swordfish", in: capture([Array("swordfis".utf8)])).isEmpty)
    }

    @Test func aShortStringIsFoundInItsFrameAndNotByChance() {
        #expect(hits("ok", in: capture([Array("look, a book".utf8)])).isEmpty)
        #expect(hits("ok", in: capture([[7, 0, 0, 0, 2] + Array("ok".utf8)])).map(\.range) == [5..<7])
    }

    @Test func whatJSONWritesOtherwiseIsFoundAtLevelOneAndOnlyThere() {
        let text = #"she said "no" \ twice"#
        let frame = Array(#"{"text":"she said \"no\" \\ twice"}"#.utf8)
        let search = {
            SecretSearch(for: [text], in: capture([frame]).streams, at: $0).findings.flatMap(\.hits)
        }
        #expect(search(.one).map(\.form) == [.json])
        #expect(search(.one).map(\.range) == [9..<frame.count - 2])
        #expect(search(.zero).isEmpty)
    }

    @Test func aShortStringIsFoundAtLevelOneWhereItIsAllOfAStringAndNotByChance() {
        let search = { (bytes: String) in
            SecretSearch(for: ["aisha"], in: capture([Array(bytes.utf8)]).streams, at: .one).found
        }
        #expect(search(#"{"name":"aisha"}"#) == 1)
        #expect(search("xaishax") == 0)
    }

    @Test(arguments: [WireMode.tls, .padded])
    func oneSecretThatEscapesEncryptionFailsTheClaim(mode: WireMode) throws {
        let report = RecordedChat.report {
            $0[mode]?.capture.segments[20].bytes += Array(
                "and the card is 4111 1111 1111 1111, valid until 12/31".utf8
            )
        }
        let claim = try #require(
            report.claims.first { $0.name == "\(mode): no planted string is on the wire" }
        )
        #expect(!claim.held)
        #expect(!report.allClaimsHeld)
    }

    @Test func aSearchThatCannotFindWhatIsThereFailsTheClaim() {
        // Without the hellos the controls are gone, and zero found would mean nothing.
        let report = RecordedChat.report { recordings in
            recordings[.tls]?.capture.segments.removeAll { $0.bytes.starts(with: [22]) }
        }
        #expect(report.findings.tls.control.found == 0)
        #expect(!report.allClaimsHeld)
    }
}

@Suite struct AnalysisStatisticsTests {
    @Test func knownBytesHaveKnownFigures() {
        let uniform = ByteStatistics((0..<1024).map { UInt8(truncatingIfNeeded: $0) })
        #expect(uniform.entropy == 8)
        #expect(uniform.chiSquare == 0)
        #expect(uniform.longestReadableRun == 95)
        #expect(uniform.printableShare == 95.0 / 256)

        let constant = ByteStatistics([UInt8](repeating: 65, count: 512))
        #expect(constant.entropy == 0)
        #expect(constant.printableShare == 1)
        #expect(constant.chiSquare == 512 * 255)

        let none = ByteStatistics([])
        #expect(none.entropy == 0 && none.printableShare == 0 && none.chiSquare == 0)
        #expect(ByteStatistics([9] + Array("abc".utf8) + [0] + Array("de".utf8)).longestReadableRun == 3)
    }

    @Test func bytesOfChanceLookLikeChance() {
        var random = SeededGenerator(seed: 7)
        let statistics = ByteStatistics((0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) })
        #expect((205...311).contains(statistics.chiSquare))
        #expect(statistics.entropy > 7.99)
    }

    @Test func encryptedChatHasMoreEntropyThanPlainChat() throws {
        let findings = RecordedChat.report().findings
        #expect(findings.plain.statistics.entropy < 6)
        #expect(findings.tls.statistics.entropy > 7.9)
        #expect(findings.plain.statistics.printableShare > 0.8)
        #expect(findings.tls.statistics.printableShare < 0.45)
    }
}
