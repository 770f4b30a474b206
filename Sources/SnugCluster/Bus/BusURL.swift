// SPDX-License-Identifier: Apache-2.0
#if Cluster

/// Where a NATS server is: `nats://[USER:PASSWORD@]HOST[:PORT]`, or `tls://…`.
package struct BusURL: Equatable, Sendable {
    /// All of it, with what must not be shown.
    let text: String
    /// Whether the connection is to be encrypted.
    let isEncrypted: Bool
    /// Where to connect to.
    package let host: String
    /// NATS's own, if none is given.
    package let port: UInt16

    /// Nil if it is none.
    package init?(_ text: String) {
        guard text.utf8.count <= 1_000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        guard let scheme = ["nats://", "tls://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        // A password may hold an @ as well.
        let place = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        guard let (host, port) = Self.split(place) else { return nil }
        self.text = text
        self.host = host
        self.port = port
        isEncrypted = scheme == "tls://"
    }

    private static func split(_ place: Substring) -> (host: String, port: UInt16)? {
        var host = place
        var port = UInt16(4_222)
        if let colon = place.lastIndex(of: ":"), !place[colon...].contains("]") {
            guard let number = UInt16(place[place.index(after: colon)...]), number > 0 else { return nil }
            (host, port) = (place[..<colon], number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let isFit = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: ":"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return host.isEmpty || !isFit ? nil : (String(host), port)
    }
}

extension BusURL: CustomStringConvertible {
    /// Host and port, and nothing that lets anybody in.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
#endif
