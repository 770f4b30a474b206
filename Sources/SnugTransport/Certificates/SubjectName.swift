// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem

/// A subject alternative name: what a certificate says it is for (RFC 5280 section 4.2.1.6).
package enum SubjectName: Equatable {
    /// The bytes of an IPv4 or IPv6 address.
    case address([UInt8])

    /// A host name in ASCII.
    case host(String)

    /// Takes an address literal or a host name, in whatever script; nil for what is neither.
    package init?(_ text: String) {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let text = isASCII ? text : (try? HostName(text).text) ?? text
        if let bytes = Self.addressBytes(text) {
            self = .address(bytes)
        } else if Self.isHostName(text) {
            self = .host(text)
        } else {
            return nil
        }
    }

    /// Takes over a name of a certificate that was read; nil for one that no client can ask for.
    package init?(_ name: CertificateName) {
        switch name {
        case .address(let bytes) where name.flaw == nil: self = .address(bytes)
        case .host(let bytes) where name.flaw == nil: self = .host(String(decoding: bytes, as: UTF8.self))
        case .address, .host, .other: return nil
        }
    }

    /// As people write it.
    package var text: String {
        switch self {
        case .address(let bytes): SocketAddress.text(ofRawAddress: bytes) ?? ""
        case .host(let host): host
        }
    }

    private static func addressBytes(_ text: String) -> [UInt8]? {
        // inet_pton takes what precedes a NUL for the whole.
        guard !text.utf8.contains(0) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    /// RFC 1123 section 2.1, in full: a last label of digits alone would be a mistyped address.
    ///
    /// The underscore is no part of that, but of the names that containers have.
    static func isHostName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.allSatisfy({ isLabel($0) }), let last = labels.last else { return false }
        return !last.allSatisfy(isDigit)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        (1...63).contains(label.count)
            && label.allSatisfy { isDigit($0) || isLetter($0) || $0 == hyphen || $0 == underscore }
            && label.first != hyphen && label.last != hyphen
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static let hyphen = UInt8(ascii: "-")

    private static let underscore = UInt8(ascii: "_")
}
