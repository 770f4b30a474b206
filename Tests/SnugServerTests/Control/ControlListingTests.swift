// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@testable import SnugProtocol
@testable import SnugServer

/// A long answer is made in parts that hold everything once, in its order.
@Suite struct ControlListingTests {
    private let now = ChatTime(milliseconds: 0)

    @Test(arguments: [0, 1, 63, 64, 65, 10_000]) func everySessionIsInOnePart(_ count: Int) {
        let all = (0..<count).map { SessionID(rawValue: UInt64($0) + 1) }
        var listing = ControlListing.sessions(all[...])
        var found: [SessionID] = []
        var parts = 0
        repeat {
            guard case .sessions(let part) = listing.next(at: now) else {
                Issue.record("no sessions")
                return
            }
            #expect(part.count <= 64)
            found += part
            parts += 1
        } while !listing.isEmpty
        #expect(found == all && parts == max(1, (count + 63) / 64))
    }

    @Test(arguments: [0, 1, 64, 65, 1_000]) func everyBanIsInOnePartAndTheLastSaysSo(_ count: Int) throws {
        let name = try #require(MemberName(cleaning: "ben"))
        let address = try #require(AddressKey(addressBytes: [192, 0, 2, 7]))
        let all = (0..<count).map { number in
            Sanction(
                number: UInt64(number) + 1,
                kind: number.isMultiple(of: 2) ? .ban : .mute,
                target: .address(address),
                name: name,
                until: nil,
                reason: nil,
                by: nil
            )
        }
        var listing = ControlListing.bans(all[...], isFirst: true)
        var numbers: [UInt64] = []
        #expect(!listing.isEmpty)
        repeat {
            guard case .message(.bans(let bans)) = listing.next(at: now) else {
                Issue.record("no bans")
                return
            }
            numbers += bans.bans.map(\.number)
            #expect(bans.hasMore == !listing.isEmpty)
            #expect(
                bans.bans.allSatisfy { $0.isMute == $0.number.isMultiple(of: 2) && $0.what == "192.0.2.7" }
            )
        } while !listing.isEmpty
        #expect(numbers == all.map(\.number))
    }
}
