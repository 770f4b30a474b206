// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct AnalysisTLSTests {
    @Test(arguments: [WireMode.tls, .padded])
    func everyByteOfARealConnectionBelongsToARecord(mode: WireMode) throws {
        let capture = try RecordedChat.recording(mode).capture
        for stream in capture.streams {
            let records = TLSRecordParser.records(of: stream)
            #expect(records.totalBytes == stream.bytes.count)
            #expect(!records.isEmpty)
        }
    }

    @Test func recordsAreTheSameHoweverTCPCutThem() throws {
        let capture = try RecordedChat.recording(.tls).capture
        var cut = capture
        cut.segments = capture.segments.flatMap { segment in
            segment.bytes.map { byte in
                CapturedSegment(
                    time: segment.time,
                    connection: segment.connection,
                    direction: segment.direction,
                    bytes: [byte]
                )
            }
        }
        var joined = capture
        joined.segments = capture.streams.compactMap { stream in
            CapturedSegment(
                time: .zero,
                connection: stream.connection,
                direction: stream.direction,
                bytes: stream.bytes
            )
        }
        for other in [cut, joined] {
            for (left, right) in zip(capture.streams, other.streams) {
                let (left, right) = (TLSRecordParser.records(of: left), TLSRecordParser.records(of: right))
                #expect(left.map(\.unit.range) == right.map(\.unit.range))
                #expect(left.map(\.fragment) == right.map(\.fragment))
            }
        }
        // Who answered whom does not depend on the pieces either.
        #expect(
            Eavesdropper(capture.observedConnections).guesses.map(\.answers)
                == Eavesdropper(cut.observedConnections).guesses.map(\.answers)
        )
    }

    @Test func aPassphraseRightBehindTheHandshakeInOneSegmentIsStillSeen() throws {
        let capture = try RecordedChat.recording(.tls).capture
        var hasty = capture
        hasty.segments = capture.segments.reduce(into: []) { segments, segment in
            // A busy reader gets together what a client sent one behind the other.
            if let last = segments.last, last.connection == segment.connection,
                last.direction == segment.direction
            {
                segments[segments.count - 1].bytes += segment.bytes
            } else {
                segments.append(segment)
            }
        }
        #expect(hasty.segments.count < capture.segments.count)
        #expect(
            Eavesdropper(hasty.observedConnections).guesses.map(\.kind)
                == Eavesdropper(capture.observedConnections).guesses.map(\.kind)
        )
    }

    @Test func ourClientsHelloShowsServerAndProtocolToEveryone() throws {
        for connection in try RecordedChat.recording(.tls).capture.observedConnections {
            let hello = try #require(connection.hello)
            #expect(hello.serverName == "localhost")
            #expect(hello.applicationProtocols == ["snug/0"])
            #expect(hello.versions.map(TLSNames.version) == ["TLS 1.3"])
            #expect(hello.cipherSuites.map(TLSNames.cipherSuite).contains("AES-256-GCM"))
            #expect(hello.groups.map(TLSNames.group) == ["X25519", "P-256"])
            #expect(hello.byteCount > 200)
            // The certificate comes from the server, so it sends more than the client does.
            #expect(connection.serverHandshakeBytes > connection.clientHandshakeBytes)
            #expect(connection.clientHandshakeBytes > hello.byteCount)
        }
    }

    @Test func halfAHelloIsNoHello() throws {
        let capture = try RecordedChat.recording(.tls).capture
        let first = try #require(TLSRecordParser.records(of: TimedStream(capture, 0, .toServer)).first)
        #expect(ClientHello([first]) != nil)
        for count in 0..<first.fragment.count {
            #expect(ClientHello(handshake: first.fragment[..<count]) == nil, "\(count) bytes")
        }
    }

    @Test func aPlainStreamIsNotTakenForTLS() throws {
        let capture = try RecordedChat.recording(.plain).capture
        for connection in capture.observedConnections {
            #expect(connection.records.isEmpty)
            #expect(connection.hello == nil)
        }
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func noCaptureWhatsoeverBringsTheReportDown(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let report = RecordedChat.report { recordings in
            for mode in WireMode.allCases {
                for index in recordings[mode]?.capture.segments.indices ?? 0..<0 {
                    recordings[mode]?.capture.segments[index].bytes.damage(&random)
                }
                if Bool.random(using: &random) {
                    recordings[mode]?.capture.segments.removeLast(Int.random(in: 0...20, using: &random))
                }
                if Bool.random(using: &random) { recordings[mode]?.truth.shuffle(using: &random) }
            }
        }
        #expect(!report.allClaimsHeld, "seed \(seed)")
        #expect(report.html().hasSuffix("</html>\n"), "seed \(seed)")
        #expect(!report.json().isEmpty && !report.terminalText(colour: true).isEmpty, "seed \(seed)")
    }
}

extension [UInt8] {
    /// What a hostile peer, or a broken capture, may make of a message.
    fileprivate mutating func damage(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: removeLast(Int.random(in: 0..<count, using: &random))
        case 1:
            insert(UInt8.random(in: 0...255, using: &random), at: Int.random(in: 0...count, using: &random))
        case 2: self = map { _ in UInt8.random(in: 0...255, using: &random) }
        default: self[Int.random(in: 0..<count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
    }
}
