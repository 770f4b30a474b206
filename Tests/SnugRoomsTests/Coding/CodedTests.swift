// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugRooms

@Suite struct CodedTests {
    @Test func everyNumberHasOneForm() throws {
        for number in [0, 1, 127, 128, 16_383, 16_384, UInt64.max >> 1, .max] {
            #expect(try UInt64(coded: number.coded) == number)
        }
        for number in [0, -1, 1, 63, -64, 64, Int64.max, .min] {
            #expect(try Int64(coded: number.coded) == number)
        }
        // One with a zero behind it, one of 65 bits, one that does not end.
        for bytes: [UInt8] in [
            [0x81, 0x00], Array(repeating: 0xFF, count: 9) + [0x02], Array(repeating: 0x80, count: 11), [],
        ] {
            #expect(throws: CodingFault.self) { try UInt64(coded: bytes) }
        }
    }

    @Test func aListThatSaysItIsLongerThanWhatWasSentAsksForNoMemory() {
        #expect(throws: CodingFault.self) { try [UInt64](coded: UInt64.max.coded) }
        #expect(throws: CodingFault.self) { try [UInt64](coded: [3, 1, 1]) }
        #expect(throws: CodingFault.self) { try [UInt64](coded: [1, 1, 1]) }
    }

    @Test func textsThatCleaningWouldChangeAreNobodys() {
        func coded(_ text: String) -> [UInt8] {
            var writer = ByteWriter()
            writer.put(text)
            return writer.bytes
        }
        #expect(throws: CodingFault.self) { try MemberName(coded: coded("a\u{1B}[2Jb")) }
        #expect(throws: CodingFault.self) { try MemberName(coded: coded("* left *")) }
        #expect(throws: CodingFault.self) { try MemberName(coded: coded(String(repeating: "a", count: 21))) }
        #expect(throws: CodingFault.self) { try RoomName(coded: coded("#dev")) }
        #expect(throws: CodingFault.self) { try ShortText(coded: coded(" quiet")) }
        #expect(throws: CodingFault.self) { try ChatLine(coded: coded("a\u{202E}b") + [0]) }
        #expect(throws: CodingFault.self) { try ChatLine(coded: coded("hello") + [8]) }
        #expect(throws: CodingFault.self) { try ChatLine(coded: [2, 0xC3, 0x28, 0]) }
        #expect(throws: CodingFault.self) { try Speech(coded: [1] + coded("is now bob") + [0]) }
    }

    @Test func whateverCleaningLeavesIsReadAsItIs() throws {
        var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for _ in 0..<4_000 {
            let text = hostileText(using: &random)
            let request = NameRequest(text)
            #expect(try NameRequest(coded: request.coded) == request, "\(text.debugDescription)")
            if let name = request.name?.suffixed(UInt64.random(in: 2...20_000, using: &random)) {
                #expect(try MemberName(coded: name.coded) == name, "\(text.debugDescription)")
            }
            if let room = RoomName(text) {
                #expect(try RoomName(coded: room.coded) == room, "\(text.debugDescription)")
            }
            if let line = ChatLine(text) {
                #expect(try ChatLine(coded: line.coded) == line, "\(text.debugDescription)")
                if let action = Speech(action: line) { #expect(try Speech(coded: action.coded) == action) }
            }
            if let short = ShortText(text) { #expect(try ShortText(coded: short.coded) == short) }
        }
    }
}
