// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugSystem

@Suite struct SocketAddressTests {
    private static func address(_ literal: String, port: UInt16 = 9_443) throws -> SocketAddress {
        try #require(SocketAddress.resolve(host: literal, port: port).first)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1:9443"), ("::1", "[::1]:9443"), ("2001:DB8:0::7", "[2001:db8::7]:9443"),
        ("::ffff:192.0.2.7", "192.0.2.7:9443"), ("fe80::1%lo", "[fe80::1%lo]:9443"), ("::", "[::]:9443"),
    ])
    func anIPv6AddressIsShownInBracketsAndWithItsInterfaceAndAMappedOneAsIPv4(
        literal: String,
        text: String
    ) throws {
        #expect(try Self.address(literal).description == text)
    }

    @Test(arguments: ["localhost", "LocalHost", "localhost."])
    func localhostIsBothLoopbackAddressesWhateverTheHostsFileSays(host: String) throws {
        let addresses = try SocketAddress.resolve(host: host, port: 7)
        #expect(addresses.map(\.description) == ["127.0.0.1:7", "[::1]:7"])
        #expect(addresses.allSatisfy { $0.isLoopback })
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.3.4", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("128.0.0.1", false), ("126.255.255.255", false), ("::2", false), ("::", false), ("0.0.0.0", false),
        ("::ffff:192.0.2.1", false), ("fe80::1%lo", false), ("100::1", false),
    ])
    func onlyWhatNeverLeavesTheMachineIsLoopback(literal: String, isLoopback: Bool) throws {
        #expect(try Self.address(literal).isLoopback == isLoopback)
    }

    @Test(arguments: 0..<20)
    func aSubscriberIsAnIPv4AddressHoweverWrittenOrTheFirstHalfOfAnIPv6Address(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func group() -> String { String(UInt16.random(in: 1...UInt16.max, using: &random), radix: 16) }
        let network = "2001:\(group()):\(group()):\(group())"
        func host() throws -> SocketAddress {
            try Self.address("\(network):\(group()):\(group()):\(group()):\(group())")
        }
        let (one, other) = (try host(), try host())
        #expect(one.subscriber == other.subscriber && one.subscriber.count == 8)
        #expect(one == other || one.rawAddress != other.rawAddress)
        #expect(one.subscriber == Array(one.rawAddress.prefix(8)))
        let neighbour = try Self.address("2002:\(network.dropFirst(5))::1")
        #expect(neighbour.subscriber != one.subscriber)

        let figures = (0..<4).map { _ in String(UInt8.random(in: 0...255, using: &random)) }
        let text = figures.joined(separator: ".")
        let (bare, mapped) = (try Self.address(text), try Self.address("::ffff:\(text)"))
        #expect(bare.subscriber == figures.compactMap { UInt8($0) })
        #expect(mapped.subscriber == bare.subscriber && mapped == bare)
        #expect(SocketAddress.text(ofSubscriber: bare.subscriber) == text)
    }

    @Test func aSubscriberOfIPv6IsShownAsANetwork() throws {
        let address = try Self.address("2001:db8:1:2:3:4:5:6")
        #expect(SocketAddress.text(ofSubscriber: address.subscriber) == "2001:db8:1:2::/64")
    }

    @Test(arguments: ["192.0.2.7", "2001:db8::7", "fe80::1%lo"])
    func anotherPortChangesNothingElse(literal: String) throws {
        let address = try Self.address(literal, port: 1)
        let other = address.with(port: 65_535)
        #expect(other.port == 65_535 && address.port == 1)
        #expect(other != address && other.with(port: 1) == address)
        #expect(other.rawAddress == address.rawAddress)
        #expect(try other == Self.address(literal, port: 65_535))
    }

    @Test func theSameAddressOnAnotherInterfaceIsAnother() throws {
        #expect(try Self.address("fe80::1%lo") != Self.address("fe80::1"))
    }

    @Test func everywhereIsAllAddressesOfBothFamilies() {
        let everywhere = SocketAddress.everywhere(port: 5)
        #expect(everywhere.map(\.description) == ["0.0.0.0:5", "[::]:5"])
        #expect(everywhere.allSatisfy { $0.isWildcard && !$0.isLoopback })
        #expect(!SocketAddress.loopback(port: 5).isWildcard)
    }

    @Test func thisMachineHasTheLoopbackAddress() {
        #expect(SocketAddress.ofThisMachine.contains("127.0.0.1"))
    }

    @Test(arguments: ["no such name", "999.999.999.999", "fe80::1%nowhere"])
    func aNameWithoutAnAddressIsNamed(host: String) {
        let error = #expect(throws: ResolutionError.self) {
            try SocketAddress.resolve(host: host, port: 1)
        }
        #expect(error?.host == host)
        #expect(error?.description.hasPrefix("the address of \(host) cannot be found: ") == true)
    }
}
