// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// The SHA-256 of a public key (SubjectPublicKeyInfo in DER): what a key is called in logs, lists and comparisons.
///
/// As text it has the form of a ``PeerIdentity/pin``: `sha256:` and 44 characters of base64.
public struct KeyFingerprint: Hashable, Sendable {
    /// What SHA-256 yields (FIPS 180-4).
    public static let byteCount = 32

    /// In a vector, so that a fingerprint takes no memory of its own.
    private let digest: SIMD32<UInt8>

    /// The fingerprint of a public key in DER.
    init(ofPublicKey der: RawSpan) throws(GnuTLSFailure) {
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        let outcome = der.withUnsafeBytes {
            gnutls_hash_fast(GNUTLS_DIG_SHA256, $0.baseAddress, $0.count, &digest)
        }
        try check(outcome, during: "gnutls_hash_fast")
        self.digest = SIMD32(digest)
    }

    /// Takes the 32 bytes that ``bytes`` gave; nil for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        digest = SIMD32(bytes)
    }

    /// Reads what ``description`` writes; nil for anything else, the same bytes written in another way included.
    ///
    /// Fingerprints are compared as texts elsewhere, so there is one text for each.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.prefix),
            let bytes = Base64.decode(String(text.dropFirst(Self.prefix.count))),
            bytes.count == Self.byteCount
        else { return nil }
        digest = SIMD32(bytes)
        guard description == text else { return nil }
    }

    private static let prefix = "sha256:"

    /// Its 32 bytes.
    public var bytes: [UInt8] { digest.indices.map { digest[$0] } }

    /// Enough of it for a person to recognise a key of their own by, and for nothing else: `sha256:` and 8 characters.
    public var short: String { description.prefix(15) + "…" }
}

extension KeyFingerprint: CustomStringConvertible {
    /// `sha256:` and the base64 of its bytes.
    public var description: String { Self.prefix + Base64.encode(bytes) }
}
