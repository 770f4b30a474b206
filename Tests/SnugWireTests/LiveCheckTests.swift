// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugSystem
@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LiveCheckTests {
    private static let recording = RunRecording(
        mode: .plain,
        capture: Capture.example(pieces: [[1, 2, 3], [UInt8](repeating: 7, count: 4_000), [9]]),
        truth: []
    )

    private static let packets = ReconstructedPackets(recording).packets.map(\.bytes)

    private func check(_ packets: [[UInt8]], lost: Int = 0) -> LiveCheck {
        LiveCheck([Self.recording], against: LoopbackSniffer.Catch(packets: packets, lost: lost))
    }

    @Test func packetsThatCarryTheSameStreamsMatch() {
        let check = check(Self.packets)
        #expect(check.matched)
        #expect(check.streams == 2)
        #expect(check.packets == Self.packets.count)
    }

    @Test func packetsOutOfOrderAndSentAgainMatchAllTheSame() {
        #expect(check([Self.packets[0], Self.packets[1]] + Self.packets.dropFirst(2).reversed()).matched)
        #expect(check(Self.packets + Self.packets.filter { $0.count > 44 }).matched)
    }

    @Test func everyDataPacketThatIsMissingIsNoticed() {
        for (index, packet) in Self.packets.enumerated() where packet.count > 44 {
            var fewer = Self.packets
            fewer.remove(at: index)
            #expect(!check(fewer).matched)
        }
        #expect(!check([]).matched)
        #expect(check([], lost: 7).description.contains("no room for 7 packets"))
    }

    @Test func aByteThatDiffersIsNoticed() {
        var changed = Self.packets
        for (index, packet) in changed.enumerated() where packet.count > 44 {
            changed[index][packet.count - 1] ^= 1
        }
        #expect(!check(changed).matched)
    }

    @Test func malformedPacketsAreLeftOut() {
        let cut = Self.packets.flatMap { packet in
            (0..<min(packet.count, 60)).map { Array(packet.prefix($0)) }
        }
        let lying = Self.packets.flatMap { packet in
            [0, 2, 3, 9, 32].map { offset in
                var packet = packet
                packet[offset] = 0xff
                return packet
            }
        }
        #expect(check(cut + Self.packets + cut + lying.filter { $0.count <= 60 }).streams == 2)
    }

    private static let maySniff: Bool = {
        do throws(SystemError) {
            _ = try LoopbackSniffer().stop()
            return true
        } catch {
            return false
        }
    }()

    @Test(.enabled(if: maySniff, "capturing needs CAP_NET_RAW"))
    func theLoopbackInterfaceShowsTheSameBytesAsTheTap() throws {
        let sniffer = try LoopbackSniffer()
        let scenario = try Scenario(script: Array("aisha: hello\nben: hello\nmallory: /guess x".utf8))
        var recordings: [RunRecording] = []
        for mode in WireMode.allCases {
            recordings.append(try ScenarioRun(scenario, mode: mode, sniffer: sniffer).record())
        }
        let caught = sniffer.stop()
        let check = LiveCheck(recordings, against: caught)
        #expect(check.matched, "\(check.description)")
        #expect(check.streams == 18)
        // Only what was asked for, although other tests chat at the same time.
        let ports = Set(recordings.flatMap { $0.capture.connections.map(\.server.port) })
        for packet in caught.packets {
            let source = UInt16(packet[20]) << 8 | UInt16(packet[21])
            let destination = UInt16(packet[22]) << 8 | UInt16(packet[23])
            #expect(ports.contains(source) || ports.contains(destination))
        }
    }
}
