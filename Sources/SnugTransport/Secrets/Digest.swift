// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// SHA-256 (FIPS 180-4).
package enum Digest {
    /// Nil if GnuTLS fails.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        return gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, bytes.count, &digest) >= 0 ? digest : nil
    }
}
