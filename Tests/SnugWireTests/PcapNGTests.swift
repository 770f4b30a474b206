// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct PcapNGTests {
    @Test(arguments: WireMode.allCases)
    func aReaderThatChecksEverythingFindsNoFault(mode: WireMode) throws {
        let tshark = try TShark(PcapNG.file(of: try ScenarioRun(.standard, mode: mode).record()))
        #expect(try tshark.read() > 100)
        #expect(try tshark.faults() == [])
    }

    @Test func aWrongChecksumWouldBeNoticed() throws {
        var file = PcapNG.file(of: try ScenarioRun(.standard, mode: .plain).record())
        let place = try #require(file.indices.first { file[$0...].starts(with: Array("router".utf8)) })
        file[place] ^= 1
        #expect(try TShark(file).faults() != [])
    }

    @Test func withoutTLSFollowingAStreamShowsTheChat() throws {
        let tshark = try TShark(PcapNG.file(of: try ScenarioRun(.standard, mode: .plain).record()))
        let chat = try tshark.run(["-q", "-z", "follow,tcp,ascii,0"])
        #expect(chat.contains("velvet otter 47 lanterns"))
        #expect(chat.contains("benjamin: use my card 4111 1111 1111 1111"))
    }

    @Test func withTheKeysFollowingAStreamShowsTheChatAndWithoutThemItDoesNot() throws {
        let recording = try ScenarioRun(.standard, mode: .tls, keepsKeys: true).record()
        let readable = try TShark(PcapNG.file(of: recording, includingKeys: true))
        #expect(try readable.faults() == [])
        let chat = try readable.run(["-q", "-z", "follow,tls,ascii,0"])
        #expect(chat.contains("velvet otter 47 lanterns"))
        #expect(chat.contains("benjamin: use my card 4111 1111 1111 1111"))
        let sealed = try TShark(PcapNG.file(of: recording))
        #expect(try !sealed.run(["-q", "-z", "follow,tls,ascii,0"]).contains("4111"))
    }

    @Test(arguments: WireMode.allCases)
    func aSearchOfTheWholeFileFindsThePlantedTextsOnlyWhereThereIsNoTLS(mode: WireMode) throws {
        let file = PcapNG.file(of: try ScenarioRun(.standard, mode: mode).record())
        for text in Scenario.standard.planted {
            #expect(file.holds(Array(text.utf8)) == (mode == .plain), "\(text)")
        }
    }

    @Test func packetsAreLabelledByWhatHappenedAndNeverWithWordsOfTheChat() throws {
        let script = "aisha: hello\nben: hello aisha\nmallory: /guess open sesame"
        let recording = try ScenarioRun(try Scenario(script: Array(script.utf8)), mode: .plain).record()
        let comments = ReconstructedPackets(recording).packets.compactMap(\.comment)
        #expect(comments.first == "person 1 connects")
        for label in [
            "person 1 says line 1", "the server tells person 2: person 1 says line 1", "person 2 says line 2",
            "person 3 sends a wrong passphrase", "the server tells person 1: person 2 leaves",
        ] {
            #expect(comments.contains(label))
        }
        for word in ["aisha", "ben", "mallory", "hello", "sesame"] {
            #expect(!comments.contains { $0.contains(word) })
        }
    }

    @Test func aLargePieceIsSplitIntoSegmentsThatFit() throws {
        let piece = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        let capture = Capture.example(pieces: [piece])
        let tshark = try TShark(PcapNG.file(of: RunRecording(mode: .plain, capture: capture, truth: [])))
        #expect(try tshark.faults() == [])
        let lengths = try tshark.run(["-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.len"])
            .split(separator: "\n").compactMap { Int($0) }
        #expect(lengths.reduce(0, +) == piece.count)
        #expect(lengths.max() == 1_460)
    }

    @Test func aConnectionThatTheServerEndedFirstAndOneThatNeverEndedAreBothWhole() throws {
        var capture = Capture.example(pieces: [[1], [2, 3]])
        capture.connections[0].closedFirstBy = .toClient
        capture.connections.append(capture.connections[0])
        capture.connections[1].client.port += 1
        capture.connections[1].closedAt = nil
        capture.segments += capture.segments.map { segment in
            var segment = segment
            segment.connection = 1
            return segment
        }
        let tshark = try TShark(PcapNG.file(of: RunRecording(mode: .plain, capture: capture, truth: [])))
        #expect(try tshark.faults() == [])
        let ends = try tshark.run(["-Y", "tcp.flags.fin == 1", "-T", "fields", "-e", "tcp.srcport"])
        #expect(ends.split(separator: "\n") == ["9443", "50000"])
    }

    @Test func anEmptyCaptureIsAFileWithoutPackets() throws {
        let tshark = try TShark(PcapNG.file(of: RunRecording(mode: .tls, capture: Capture(), truth: [])))
        #expect(try tshark.read() == 0)
    }

    @Test func theFileSaysThatItsHeadersAreReconstructed() throws {
        let recording = RunRecording(mode: .tls, capture: Capture(), truth: [])
        #expect(PcapNG.file(of: recording).holds(Array("headers around them are reconstructed".utf8)))
    }

    @Test func theDissectorReadsEveryFrameOfThePlainAndOfTheReadableCapture() throws {
        let script = "aisha: hello\nben: /who\nben: hello aisha"
        let scenario = try Scenario(script: Array(script.utf8))
        let dissector = ["-Y", "snug", "-T", "fields", "-e", "snug.text"]
        for mode in [WireMode.plain, .tls] {
            let recording = try ScenarioRun(scenario, mode: mode, keepsKeys: mode == .tls).record()
            let tshark = try TShark(PcapNG.file(of: recording, includingKeys: mode == .tls))
            let script = try tshark.script("wireshark/snug.lua")
            let texts = try tshark.run(script + dissector)
            for text in ["hello", "/who", "* online: aisha, ben *", "ben: hello aisha", "* ben left *"] {
                #expect(texts.contains(text), "\(mode)")
            }
            #expect(try tshark.faults(script) == [])
        }
    }

    @Test func theListOfPacketsTellsWhatEachFrameSays() throws {
        let scenario = try Scenario(script: Array("aisha: hello\nben: hello aisha".utf8))
        for mode in [WireMode.plain, .tls] {
            let recording = try ScenarioRun(scenario, mode: mode, keepsKeys: mode == .tls).record()
            let tshark = try TShark(PcapNG.file(of: recording, includingKeys: mode == .tls))
            let script = try tshark.script("wireshark/snug.lua")
            let lines = try tshark.run(script + ["-Y", "snug"]).split(separator: "\n")
            #expect(lines.contains { $0.hasSuffix(" 11 bytes: hello aisha") }, "\(mode)")
            #expect(lines.allSatisfy { $0.contains(" SNUG ") && $0.contains(" bytes: ") }, "\(mode)")
            #expect(lines.contains { $0.contains("* ben joined the chat *") }, "\(mode)")
        }
    }

    @Test func theDissectorReadsEveryMessageOfLevelOneInClearAndWithTheKeys() throws {
        let scenario = try Scenario(script: Array("aisha: hello\nben: /who\nben: hello aisha".utf8))
        let dissector = ["-Y", "snug", "-T", "fields", "-e", "snug.kind", "-e", "snug.text"]
        for mode in [WireMode.plain, .tls] {
            let run = ScenarioRun(scenario, mode: mode, level: .one, keepsKeys: mode == .tls)
            let tshark = try TShark(PcapNG.file(of: try run.record(), includingKeys: mode == .tls))
            let script = try tshark.script("wireshark/snug.lua")
            let texts = try tshark.run(script + dissector)
            for text in [
                "hello", "enter", "say", #""text":"hello aisha""#, "said", "left", "bye", #""token":""#,
            ] {
                #expect(texts.contains(text), "\(mode)")
            }
            #expect(texts.contains("level 1") == (mode == .plain))
            #expect(try tshark.faults(script) == [])
        }
    }
}

/// Wireshark's reader: it shares no code with what wrote the file.
///
/// As nobody, because from 4.4 on it runs no scripts for root.
private final class TShark {
    private let folder: TemporaryFolder
    private let path: String

    struct Complaint: Error {
        let description: String
    }

    init(_ file: [UInt8]) throws {
        folder = try TemporaryFolder()
        path = try folder.write(file, to: "test.pcapng", mode: 0o644)
        try #require(chmod(folder.path, 0o755) == 0)
    }

    /// The options that let it use a script of this project.
    func script(_ path: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try Data(contentsOf: URL(fileURLWithPath: "/\(root)/\(path)"))
        return ["-X", "lua_script:\(try folder.write(Array(text), to: "script.lua", mode: 0o644))"]
    }

    /// What it prints; fails if it complains about anything.
    func run(_ arguments: [String]) throws -> String {
        let options = ["-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let words = (geteuid() == 0 ? nobody : []) + ["/usr/bin/tshark"] + options + arguments
        let child = try ChildProcess(words[0], Array(words.dropFirst()))
        let code = try child.finish()
        let complaints = child.lines(of: .errors)
        guard code == 0, complaints.isEmpty else {
            throw Complaint(description: complaints.joined(separator: "\n"))
        }
        return String(decoding: child.bytes(of: .output), as: UTF8.self)
    }

    /// How many packets there are.
    func read() throws -> Int {
        try run(["-T", "fields", "-e", "frame.number"]).split(separator: "\n").count
    }

    /// Packets with a wrong checksum, a sequence that cannot be, or something that a dissector warns of.
    func faults(_ arguments: [String] = []) throws -> [String] {
        let warning = "0x00600000"
        let filter =
            "tcp.analysis.flags or tcp.checksum.status == 0 or ip.checksum.status == 0 or _ws.malformed "
            + "or _ws.expert.severity >= \(warning)"
        return try run(arguments + ["-Y", filter]).split(separator: "\n").map(String.init)
    }
}

extension Capture {
    /// One connection in which the pieces travel, the first to the server, the second to the client, and so on.
    static func example(pieces: [[UInt8]]) -> Capture {
        var capture = Capture()
        capture.connections = [
            CapturedConnection(
                client: CapturedConnection.Endpoint(address: [127, 0, 0, 1], port: 50_000),
                server: CapturedConnection.Endpoint(address: [127, 0, 0, 1], port: 9_443),
                openedAt: .milliseconds(1),
                closedAt: .milliseconds(100),
                closedFirstBy: .toServer
            )
        ]
        capture.segments = pieces.enumerated().map { index, bytes in
            CapturedSegment(
                time: .milliseconds(2 + index),
                connection: 0,
                direction: index.isMultiple(of: 2) ? .toServer : .toClient,
                bytes: bytes
            )
        }
        return capture
    }
}
