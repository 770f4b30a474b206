// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugRooms
import Testing

@Suite struct IdentifierTests {
    @Test(arguments: ["", String(repeating: "x", count: 33), "é", "a\nb", "\u{7F}", "\u{0}"])
    func aRefIsShortPrintableASCII(text: String) {
        #expect(Ref(text) == nil)
    }

    @Test(arguments: ["1", " ", "~", String(repeating: "x", count: 32), "0123456789abcdef0123456789abcde "])
    func aRefIsWhatTheClientWrote(text: String) {
        #expect(Ref(text)?.text == text)
    }

    @Test func refsDifferInEveryByte() {
        let text = String(repeating: "x", count: 32)
        for index in 0..<32 {
            var other = Array(text.utf8)
            other[index] = UInt8(ascii: "y")
            #expect(Ref(String(decoding: other, as: UTF8.self)) != Ref(text))
        }
        #expect(Ref("a") != Ref("a ") && Ref("a")?.hashValue == Ref("a")?.hashValue)
    }

    @Test func digestsHaveThirtyTwoBytesInTheirOrder() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let digest = try #require(Bytes32(bytes))
        #expect(digest.bytes == bytes && Bytes32(bytes.dropLast()) == nil && Bytes32(bytes + [0]) == nil)
        for index in 0..<32 {
            var larger = bytes
            larger[index] += 1
            let other = try #require(Bytes32(larger))
            #expect(digest < other && !(other < digest) && digest != other)
        }
    }

    /// Its owner compares it with what the own client shows, and an operator pastes it into a file.
    @Test func aKeyIsWrittenAsAnotherEncoderOfBase64WritesItsDigest() throws {
        for seed in 0..<64 {
            let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 &* seed &* 37 &+ seed) }
            let key = PersonKey(try #require(Bytes32(bytes)))
            #expect("\(key)" == "sha256:" + Data(bytes).base64EncodedString())
        }
    }

    /// A table of keys that agree in part would otherwise become a list that is searched from its beginning.
    @Test(arguments: 0..<32)
    func digestsThatDifferInOneByteAreToldApartByTheirHashes(index: Int) throws {
        var bytes = (0..<32).map { UInt8($0) }
        let digest = try #require(Bytes32(bytes))
        bytes[index] ^= 0x80
        #expect(try #require(Bytes32(bytes)).hashValue != digest.hashValue)
    }

    @Test func addressesOfOneCustomerAreOne() throws {
        let prefix: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 1, 0, 2]
        let one = AddressKey(addressBytes: prefix + [0, 0, 0, 0, 0, 0, 0, 1])
        let two = AddressKey(addressBytes: prefix + [9, 9, 9, 9, 9, 9, 9, 9])
        #expect(one == two && one?.bytes == prefix)
        let mapped = AddressKey(addressBytes: Array(repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 1])
        #expect(one.flatMap { AddressKey(bytes: $0.bytes) } == one && AddressKey(bytes: [1]) == nil)
        #expect(mapped?.bytes == [192, 0, 2, 1])
        #expect(mapped == .of(192, 0, 2, 1) && mapped != .of(192, 0, 2, 2))
        for count in [0, 3, 5, 8, 15, 17] {
            #expect(AddressKey(addressBytes: Array(repeating: 1, count: count)) == nil)
        }
    }

    @Test func timeNeverOverflows() {
        #expect(ChatTime(milliseconds: 1).adding(milliseconds: .max).milliseconds == .max)
        #expect(ChatTime(milliseconds: -2).adding(milliseconds: .min).milliseconds == .min)
        #expect(ChatTime(milliseconds: 1).adding(milliseconds: 2).milliseconds == 3)
    }

    @Test func codesOfRefusalsAreOneWordEachAndNeverTheSame() {
        let codes = Refusal.Code.allCases.map(\.rawValue)
        #expect(Set(codes).count == codes.count)
        for code in codes {
            #expect(code.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x61...0x7A).contains($0) })
        }
    }
}
