// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import SnugSystem

/// Judges guesses at a passphrase without keeping it.
///
/// What it keeps is HMAC-SHA256(k, passphrase) (RFC 2104) under a random key k. A guess goes through the same HMAC, so
/// that always 32 bytes are compared, in constant time: how long a guess takes tells its own length and nothing
/// about the passphrase, and nobody can steer how far two digests agree without knowing k.
///
/// Sendable because nothing in it changes after `init`; every loop may share one.
public final class PassphraseVerifier: Sendable {
    private let key: SecretBytes
    private let digest: SecretBytes

    /// Takes the passphrase over and overwrites it.
    public init(_ passphrase: consuming Passphrase) throws(PassphraseError) {
        do throws(GnuTLSFailure) {
            let key = try SecretBytes(capacityBytes: digestBytes) { (memory) throws(GnuTLSFailure) in
                try check(gnutls_rnd(GNUTLS_RND_KEY, memory.baseAddress, memory.count), during: "gnutls_rnd")
                return memory.count
            }
            digest = try passphrase.withBytes { (bytes) throws(GnuTLSFailure) in try hmac(of: bytes, key: key)
            }
            self.key = key
        } catch {
            throw .verifierFailed(error)
        }
    }

    /// Whether `candidate` is the passphrase, byte for byte; of any length, none included.
    public func matches(_ candidate: RawSpan) -> Bool {
        candidate.withUnsafeBytes { candidate in
            do throws(GnuTLSFailure) {
                let guess = try hmac(of: candidate, key: key)
                return digest.withBytes { digest in
                    guess.withBytes { gnutls_memcmp(digest.baseAddress, $0.baseAddress, digestBytes) == 0 }
                }
            } catch {
                // Without memory for a digest nobody gets in.
                return false
            }
        }
    }
}

/// What SHA-256 yields (FIPS 180-4).
private let digestBytes = 32

private func hmac(
    of bytes: UnsafeRawBufferPointer,
    key: borrowing SecretBytes
) throws(GnuTLSFailure) -> SecretBytes {
    try SecretBytes(capacityBytes: digestBytes) { (memory) throws(GnuTLSFailure) in
        try key.withBytes { (key) throws(GnuTLSFailure) in
            let outcome = gnutls_hmac_fast(
                GNUTLS_MAC_SHA256,
                key.baseAddress,
                key.count,
                bytes.baseAddress,
                bytes.count,
                memory.baseAddress
            )
            try check(outcome, during: "gnutls_hmac_fast")
        }
        return digestBytes
    }
}
