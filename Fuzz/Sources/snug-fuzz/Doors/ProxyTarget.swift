// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

@testable internal import SnugServer

/// Whatever a load balancer begins with, no more is taken than its header, and what that says is what was written.
func fuzzProxies(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let pieces = (0..<input.number(below: 8)).map { _ in Int(input.byte()) + 1 }
    guard input.number(below: 2) == 1 else {
        let stream = input.remaining()
        return check(arrival(of: stream, inPieces: pieces), of: stream)
    }
    let written = WrittenHeader(&input)
    let header = written.bytes
    let stream = header + input.remaining()
    let came = arrival(of: stream, inPieces: pieces)
    check(came, of: stream)
    promise(came.taken == header.count, "\(came.taken) of a header's \(header.count) bytes were taken")
    promise(came.outcome == .complete(written.meaning), "a good header means \(came.outcome)")
    guard written.hasChecksum, !written.addresses.isEmpty, written.command == 1 else { return }
    var spoilt = header
    let place = ProxyHeader.beginningBytes + Int(written.spoilt) % written.addresses.count
    spoilt[place] ^= 1 << (written.spoilt & 7)
    promise(ProxyHeader.read(spoilt) == .wrong(.checksum), "another address passes by the same checksum")
}

/// What came of a stream, and how much of it was taken.
private struct Arrival: Equatable {
    var outcome: ProxyHeader.Reading
    var taken: Int
}

/// Takes what is asked for and not a byte more, as ``ProxiedArrival`` does.
private func arrival(of stream: [UInt8], inPieces pieces: [Int]) -> Arrival {
    var taken = 0
    var turn = 0
    while true {
        let reading = ProxyHeader.read(Array(stream[..<taken]))
        guard case .incomplete(let wanted) = reading, taken < stream.count else {
            return Arrival(outcome: reading, taken: taken)
        }
        promise(wanted > taken, "nothing more is asked for, and nothing is said")
        let longest = ProxyHeader.beginningBytes + ProxyHeader.maximumRestBytes
        promise(wanted <= longest, "a header of \(wanted) bytes is waited for")
        let piece = pieces.isEmpty ? wanted : pieces[turn % pieces.count]
        taken = min(stream.count, wanted, taken + piece)
        turn += 1
    }
}

private func check(_ came: Arrival, of stream: [UInt8]) {
    let again = arrival(of: stream, inPieces: [])
    promise(again.outcome == came.outcome, "what a header means depends on how it was cut")
    guard case .complete(let header) = came.outcome else { return }
    promise(again.taken == came.taken, "how much is taken depends on how it was cut")
    promise(came.taken == 16 + Int(stream[14]) * 256 + Int(stream[15]), "bytes of the client's were taken")
    guard case .client(let address) = header else { return }
    let (place, count) = stream[13] == 0x11 ? (16, 4) : (16, 16)
    let port = place + 2 * count
    promise(stream[13] == (count == 4 ? 0x11 : 0x21), "an address of a kind that has none was taken")
    let expected = meant(Array(stream[place..<place + count]), stream[port], stream[port + 1])
    promise(address == expected, "\(address) is not what was written")
}

/// The address of these bytes, read by inet_pton(3) from what people write.
private func meant(_ raw: [UInt8], _ high: UInt8, _ low: UInt8) -> SocketAddress? {
    let groups = stride(from: 0, to: raw.count, by: 2).map { index in
        String(Int(raw[index]) << 8 | Int(raw[index + 1]), radix: 16)
    }
    let text = raw.count == 4 ? raw.map(String.init).joined(separator: ".") : groups.joined(separator: ":")
    return try? SocketAddress.resolve(host: text, port: UInt16(high) << 8 | UInt16(low)).first
}

/// A header as proxy-protocol.txt draws it, written without knowing how it is read.
private struct WrittenHeader {
    let command: UInt8
    let family: UInt8
    let transport: UInt8
    let addresses: [UInt8]
    let hasChecksum: Bool
    let spoilt: UInt8
    private var extensions: [UInt8] = []

    init(_ input: inout FuzzInput) {
        command = UInt8(input.number(below: 2))
        family = UInt8(input.number(below: 4))
        transport = UInt8(input.number(below: 3))
        hasChecksum = input.number(below: 2) == 1
        spoilt = input.byte()
        let taken = input.take([0, 12, 36, 216][Int(family)])
        let missing = [0, 12, 36, 216][Int(family)] - taken.count
        addresses = taken + [UInt8](repeating: 0, count: missing)
        for _ in 0..<input.number(below: 6) {
            let type = input.byte()
            let value = input.take(Int(input.byte()))
            extensions += [type == 3 ? 4 : type, 0, UInt8(value.count)] + value
        }
    }

    var meaning: ProxyHeader {
        guard command == 1, transport == 1, family == 1 || family == 2 else { return .own }
        let count = family == 1 ? 4 : 16
        let address = meant(Array(addresses[..<count]), addresses[2 * count], addresses[2 * count + 1])
        return address.map { .client($0) } ?? .own
    }

    var bytes: [UInt8] {
        let rest = addresses + extensions + (hasChecksum ? [3, 0, 4, 0, 0, 0, 0] : [])
        let beginning = Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x20 | command, family << 4 | transport]
        var all = beginning + [UInt8(rest.count >> 8), UInt8(rest.count & 0xFF)] + rest
        guard hasChecksum else { return all }
        let sum = checksum(all)
        let end = [24, 16, 8, 0].map { (shift: UInt32) in UInt8(sum >> shift & 0xFF) }
        all.replaceSubrange(all.count - 4..<all.count, with: end)
        return all
    }

    /// Castagnoli's, from the highest bit on, with bytes and sum turned around: as RFC 3720 describes it.
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        var rest = UInt32.max
        for byte in bytes {
            for place in 0..<8 {
                let bit = UInt32(byte >> UInt8(place) & 1)
                rest = rest >> 31 == bit ? rest << 1 : rest << 1 ^ 0x1EDC_6F41
            }
        }
        return (0..<32).reduce(UInt32(0)) { $0 | (~rest >> UInt32($1) & 1) << UInt32(31 - $1) }
    }
}

let proxySeeds: [[UInt8]] = {
    let signature = Array("\r\n\r\n\0\r\nQUIT\n".utf8)
    let four: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x67, 0x24, 0xE3]
    return [
        // As bytes: a client behind a balancer, one of the balancer's own, an earlier version, and no header.
        [0, 0] + signature + [0x21, 0x11, 0, 12] + four + Array("\u{16}\u{3}\u{1}".utf8),
        [2, 0, 7, 0] + signature + [0x20, 0, 0, 0],
        [1, 2, 0] + Array("PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n".utf8),
        [0, 0, 0x16, 3, 1, 2, 0, 1],
        [0, 0] + signature + [0x21, 0x11, 0, 19] + four + [3, 0, 4, 1, 2, 3, 4],
        [0, 0] + signature + [0x21, 0x21, 0x20, 0],
        // Written: of each family, with extensions and a checksum.
        [1, 3, 1, 1, 1, 1, 1, 9] + four + [2, 1, 3, 1, 2, 3, 0xEE, 0],
        [0, 1, 1, 2, 1, 1, 77] + [UInt8](repeating: 0x20, count: 36) + [1, 5, 2, 0, 0],
        [0, 1, 1, 3, 1, 1, 3] + [UInt8](repeating: 0x2F, count: 216) + [0],
        [0, 1, 0, 1, 2, 1, 0] + four + [0],
    ]
}()
