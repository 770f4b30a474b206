// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// A word that nobody guesses, and what may be kept of it.
public enum RandomWord {
    /// So many random bytes in hexadecimal; nil if GnuTLS has no randomness, which then nobody has.
    public static func make(bytes count: Int = 32) -> String? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard gnutls_rnd(GNUTLS_RND_KEY, &bytes, count) >= 0 else { return nil }
        var text: [UInt8] = []
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] {
                text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The SHA-256 of a word (FIPS 180-4); nil if GnuTLS fails.
    ///
    /// Whoever reads it does not know the word, and how long it takes to look it up tells nothing of the word.
    public static func digest(of word: String) -> [UInt8]? {
        Digest.sha256(Array(word.utf8))
    }
}
