// SPDX-License-Identifier: Apache-2.0

/// Addresses that begin with the same bits, such as `10.0.0.0/8`; one alone if all bits count.
public struct AddressPrefix: Equatable, Sendable {
    private let address: [UInt8]
    private let bits: Int

    /// Reads `192.0.2.7`, `10.0.0.0/8` or `2001:db8::/32`; nil for anything else, also where bits behind the prefix are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = SocketAddress.rawAddress(ofLiteral: String(first)) else {
            return nil
        }
        self.address = SocketAddress.unmapped(address)
        guard parts.count == 2 else {
            bits = self.address.count * 8
            return
        }
        // What is written as IPv6 and is IPv4 would make it unclear what the number counts.
        guard self.address.count == address.count, let bits = Self.number(parts[1]),
            bits <= address.count * 8
        else { return nil }
        self.bits = bits
        guard Self.beginning(of: self.address, bits) == self.address else { return nil }
    }

    /// Whether the address begins with these bits; an IPv4 address that was mapped into IPv6 is one of IPv4.
    public func contains(_ other: SocketAddress) -> Bool {
        let other = other.rawAddress
        return other.count == address.count && Self.beginning(of: other, bits) == address
    }

    /// The same address with all bits behind the first ones taken out.
    private static func beginning(of address: [UInt8], _ bits: Int) -> [UInt8] {
        address.enumerated().map { index, byte in
            let rest = max(0, min(8, bits - index * 8))
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
