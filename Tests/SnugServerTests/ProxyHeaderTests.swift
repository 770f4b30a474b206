// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugServer

/// What a load balancer may say of its clients, against headers that a plain writer of them makes.
@Suite struct ProxyHeaderTests {
    /// Writes what proxy-protocol.txt draws, without knowing how it is read.
    private struct Model {
        var version: UInt8 = 2
        var command: UInt8 = 1
        var family: UInt8 = 0x11
        var addresses: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0x24, 0xE3]
        var extensions: [(type: UInt8, value: [UInt8])] = []
        var hasChecksum = false

        var bytes: [UInt8] {
            var rest = addresses
            for (type, value) in extensions { rest += [type] + Self.two(value.count) + value }
            if hasChecksum { rest += [3, 0, 4, 0, 0, 0, 0] }
            var all =
                Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [version << 4 | command, family] + Self.two(rest.count)
            all += rest
            if hasChecksum {
                let sum = Self.checksum(all)
                all.replaceSubrange(
                    all.count - 4..<all.count,
                    with: [24, 16, 8, 0].map { (shift: UInt32) in UInt8(sum >> shift & 0xFF) }
                )
            }
            return all
        }

        private static func two(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

        /// By a division of polynomials, bit after bit from the lowest on.
        private static func checksum(_ bytes: [UInt8]) -> UInt32 {
            var rest = [Bool](repeating: false, count: 32)
            let polynomial: UInt32 = 0x1EDC_6F41
            let divisor = (0..<32).map { (place: UInt32) in polynomial >> (31 - place) & 1 == 1 }
            var padded: [Bool] = []
            for byte in bytes {
                for place: UInt8 in 0..<8 { padded.append(byte >> place & 1 == 1) }
            }
            for index in 0..<32 { padded[index].toggle() }
            padded += [Bool](repeating: false, count: 32)
            for bit in padded {
                let leading = rest[0]
                rest = Array(rest[1...]) + [bit]
                if leading { rest = zip(rest, divisor).map { $0 != $1 } }
            }
            var sum: UInt32 = 0
            for (place, isSet) in rest.enumerated() where !isSet { sum |= 1 << UInt32(place) }
            return sum
        }
    }

    private let six: [UInt8] =
        [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9] + Array(repeating: 0, count: 16) + [
            0x12, 0x67, 0, 1,
        ]

    @Test func theChecksumIsTheOneOfTheStandard() {
        // RFC 3720 appendix B.4.
        #expect(CRC32C.of(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.of(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.of(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test(arguments: [false, true])
    func aClientIsKnownByItsAddressAndPort(_ hasChecksum: Bool) {
        let others: [(type: UInt8, value: [UInt8])] = [
            (1, Array("snug/1".utf8)), (4, []), (0x20, Array(repeating: 9, count: 300)),
        ]
        for extensions in [[], others] {
            let four = Model(extensions: extensions, hasChecksum: hasChecksum)
            guard case .complete(.client(let client)) = ProxyHeader.read(four.bytes) else {
                Issue.record("\(ProxyHeader.read(four.bytes))")
                continue
            }
            #expect(client.description == "192.0.2.7:4711")
            let long = Model(family: 0x21, addresses: six, extensions: extensions, hasChecksum: hasChecksum)
            guard case .complete(.client(let other)) = ProxyHeader.read(long.bytes) else {
                Issue.record("\(ProxyHeader.read(long.bytes))")
                continue
            }
            #expect(other.description == "[2001:db8::9]:4711")
        }
    }

    @Test func ofAHeaderThatIsNotWholeNoMoreIsAskedForThanItHas() {
        let whole = Model(extensions: [(4, [1, 2, 3])], hasChecksum: true).bytes
        var taken: [UInt8] = []
        while case .incomplete(let count) = ProxyHeader.read(taken) {
            #expect(count > taken.count && count <= whole.count)
            taken.append(whole[taken.count])
        }
        #expect(taken == whole)
    }

    @Test func whoDoesNotKnowItsClientCountsAsItself() {
        #expect(ProxyHeader.read(Model(command: 0).bytes) == .complete(.own))
        #expect(ProxyHeader.read(Model(command: 0, family: 0, addresses: []).bytes) == .complete(.own))
        #expect(ProxyHeader.read(Model(command: 0, addresses: [1, 2]).bytes) == .complete(.own))
        #expect(ProxyHeader.read(Model(family: 0, addresses: []).bytes) == .complete(.own))
        #expect(ProxyHeader.read(Model(family: 0x12).bytes) == .complete(.own))
        #expect(
            ProxyHeader.read(Model(family: 0x31, addresses: Array(repeating: 1, count: 216)).bytes)
                == .complete(.own)
        )
    }

    @Test func whatIsNoHeaderOfVersionTwoIsRefusedAsSoonAsThatIsClear() {
        #expect(ProxyHeader.read([0x16]) == .wrong(.missing))
        #expect(ProxyHeader.read(Array("PROXY TCP4 192.0".utf8)) == .wrong(.version))
        #expect(ProxyHeader.read(Model(version: 1).bytes) == .wrong(.version))
        #expect(ProxyHeader.read(Model(version: 3).bytes) == .wrong(.version))
        #expect(ProxyHeader.read(Model(command: 2).bytes) == .wrong(.unknown))
        #expect(ProxyHeader.read(Model(family: 0x41).bytes) == .wrong(.unknown))
        #expect(ProxyHeader.read(Model(family: 0x13).bytes) == .wrong(.unknown))
        #expect(ProxyHeader.read(Model(addresses: [192, 0, 2]).bytes) == .wrong(.malformed))
        #expect(ProxyHeader.read(Model(family: 0x21).bytes) == .wrong(.malformed))
        let long = Model(extensions: [(0x20, Array(repeating: 0, count: 5_000))]).bytes
        #expect(ProxyHeader.read(Array(long.prefix(16))) == .wrong(.tooLong(bytes: 5_015)))
    }

    @Test func anExtensionThatDoesNotFitOrAWrongChecksumIsRefused() {
        var cut = Model(extensions: [(4, [1, 2, 3])]).bytes
        cut[16 + 12 + 2] = 4
        #expect(ProxyHeader.read(cut) == .wrong(.malformed))
        #expect(ProxyHeader.read(Model(extensions: [(3, [1, 2])]).bytes) == .wrong(.malformed))
        let good = Model(extensions: [(4, [7])], hasChecksum: true).bytes
        for place in 16..<good.count where ![28, 29, 30, 32, 33, 34].contains(place) {
            var bytes = good
            bytes[place] ^= 0x10
            #expect(ProxyHeader.read(bytes) == .wrong(.checksum), "\(place)")
        }
    }

    @Test func aSecondChecksumIsRefusedHoweverMuchThereIs() {
        let filling = Model(extensions: [(3, [0, 0, 0, 0])], hasChecksum: true).bytes
        #expect(ProxyHeader.read(filling) == .wrong(.malformed))
    }

    /// A balancer's first bytes may come in any pieces, and what to tell it does not hang on that.
    @Test func theEarlierVersionIsKnownByItsFirstWordAndNotBefore() {
        for count in 1..<5 {
            #expect(ProxyHeader.read(Array("PROXY".utf8.prefix(count))) == .incomplete(bytesInAll: 16))
        }
        #expect(ProxyHeader.read(Array("PROXY".utf8)) == .wrong(.version))
        #expect(ProxyHeader.read(Array("PROUD".utf8)) == .wrong(.missing))
    }

    @Test func anyBytesAreReadOrRefused() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            var bytes = Model(
                family: [0x11, 0x21, 0x31, 0].randomElement(using: &random) ?? 0,
                addresses: (0..<Int.random(in: 0...230, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
            )
            .bytes
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            switch ProxyHeader.read(bytes) {
            case .incomplete(let count):
                #expect(count > bytes.count && count <= 16 + ProxyHeader.maximumRestBytes)
            case .complete, .wrong: break
            }
        }
    }
}
