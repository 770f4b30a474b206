// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What a load balancer says of the client that it passes on: the PROXY protocol's header of version 2 (HAProxy's
/// proxy-protocol.txt, section 2.2).
///
/// ```
///   signature (12) | version and command (1) | family and transport (1) | length (2) | addresses | extensions
/// ```
enum ProxyHeader: Equatable, Sendable {
    /// The client is here.
    case client(SocketAddress)
    /// It says nothing of a client: the balancer speaks for itself, or does not know. The connection's own address counts.
    case own

    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    /// All before the addresses.
    static let beginningBytes = 16

    /// What may follow that; the largest that balancers send brings a certificate along.
    static let maximumRestBytes = 4_096

    /// What the bytes that came so far are.
    enum Reading: Equatable, Sendable {
        case complete(ProxyHeader)
        /// So many bytes belong to the header at least: what is behind them must not be taken.
        case incomplete(bytesInAll: Int)
        case wrong(ServerEvent.ProxyFault)
    }

    /// Reads a header, of which no byte too much may be here.
    static func read(_ bytes: [UInt8]) -> Reading {
        let common = min(bytes.count, signature.count)
        guard bytes[..<common] == signature[..<common] else {
            let earlier = Array("PROXY".utf8)
            guard earlier.starts(with: bytes.prefix(earlier.count)) else { return .wrong(.missing) }
            return bytes.count < earlier.count ? .incomplete(bytesInAll: beginningBytes) : .wrong(.version)
        }
        guard bytes.count >= beginningBytes else { return .incomplete(bytesInAll: beginningBytes) }
        let (version, command) = (bytes[12] >> 4, bytes[12] & 0x0F)
        guard version == 2 else { return .wrong(.version) }
        let (family, transport) = (bytes[13] >> 4, bytes[13] & 0x0F)
        // What a later standard adds must not be taken for something else.
        guard command <= 1, family <= 3, transport <= 2 else { return .wrong(.unknown) }
        let rest = Int(bytes[14]) << 8 | Int(bytes[15])
        guard rest <= maximumRestBytes else { return .wrong(.tooLong(bytes: rest)) }
        let end = beginningBytes + rest
        guard bytes.count >= end else { return .incomplete(bytesInAll: end) }
        return read(bytes, end, isLocal: command == 0, family: Int(family), isStream: transport == 1)
    }

    private static func read(
        _ bytes: [UInt8],
        _ end: Int,
        isLocal: Bool,
        family: Int,
        isStream: Bool
    ) -> Reading {
        // What is said of a connection of the balancer's own is to be skipped, whatever it is.
        if isLocal { return .complete(.own) }
        // IPv4, IPv6 and Unix sockets; each address twice, and ports where there are some.
        let addressBytes = [0, 4, 16, 108][family]
        let portBytes = family == 1 || family == 2 ? 4 : 0
        let addressesEnd = beginningBytes + 2 * addressBytes + portBytes
        guard addressesEnd <= end else { return .wrong(.malformed) }
        if let fault = faultOfExtensions(bytes[..<end], from: addressesEnd) { return .wrong(fault) }
        // Section 2.2: what a receiver has no use for counts as not known.
        guard isStream, family == 1 || family == 2 else { return .complete(.own) }
        let address = Array(bytes[beginningBytes..<beginningBytes + addressBytes])
        let place = beginningBytes + 2 * addressBytes
        let port = UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
        guard let client = SocketAddress(rawAddress: address, port: port) else { return .wrong(.malformed) }
        return .complete(.client(client))
    }

    // MARK: Extensions

    /// The checksum's type; it is judged (section 2.2.3), and all others are skipped.
    private static let checksumType: UInt8 = 0x03

    private static func faultOfExtensions(
        _ header: ArraySlice<UInt8>,
        from start: Int
    ) -> ServerEvent.ProxyFault? {
        var place = start
        var checksum: Range<Int>?
        while place < header.endIndex {
            guard header.endIndex - place >= 3 else { return .malformed }
            let count = Int(header[place + 1]) << 8 | Int(header[place + 2])
            let value = place + 3
            guard count <= header.endIndex - value else { return .malformed }
            if header[place] == checksumType {
                // A second one would be of something else: each is made of a header in which it alone is not there yet.
                guard count == 4, checksum == nil else { return .malformed }
                checksum = value..<value + 4
            }
            place = value + count
        }
        guard let checksum else { return nil }
        var blank = Array(header)
        for index in checksum { blank[index] = 0 }
        let told = header[checksum].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return CRC32C.of(blank) == told ? nil : .checksum
    }
}

/// The checksum of RFC 4960 appendix B (Castagnoli's polynomial).
enum CRC32C {
    static func of(_ bytes: [UInt8]) -> UInt32 {
        var register = UInt32.max
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 { register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0x82F6_3B78 }
        }
        return ~register
    }
}
