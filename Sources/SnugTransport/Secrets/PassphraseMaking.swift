// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import SnugSystem

extension Passphrase {
    /// Makes one that nobody guesses: 80 random bits as five groups of five letters, such as `lusab-babad-gutih-…`.
    ///
    /// Consonants and vowels take turns, so that a group can be said, heard and typed; there is no `o` beside a `0`, no
    /// `l` beside a `1`, and no capital. Each letter is one of 16 or of 4, so a group has 16 bits.
    public static func random() throws(PassphraseError) -> Passphrase {
        let letters: SecretBytes
        do throws(GnuTLSFailure) {
            let random = try SecretBytes(capacityBytes: 2 * groups) { (memory) throws(GnuTLSFailure) in
                try check(gnutls_rnd(GNUTLS_RND_KEY, memory.baseAddress, memory.count), during: "gnutls_rnd")
                return memory.count
            }
            letters = random.withBytes { random in
                SecretBytes(capacityBytes: groups * (lettersPerGroup + 1)) { memory in
                    for group in 0..<groups {
                        let bits = UInt16(random[2 * group]) << 8 | UInt16(random[2 * group + 1])
                        write(group: bits, to: memory, at: group * (lettersPerGroup + 1))
                    }
                    return groups * (lettersPerGroup + 1) - 1
                }
            }
        } catch {
            throw .verifierFailed(error)
        }
        return try Passphrase(letters, from: .random)
    }

    private static func write(group: UInt16, to memory: UnsafeMutableRawBufferPointer, at start: Int) {
        memory[start] = consonants[Int(group >> 12)]
        memory[start + 1] = vowels[Int(group >> 10 & 3)]
        memory[start + 2] = consonants[Int(group >> 6 & 15)]
        memory[start + 3] = vowels[Int(group >> 4 & 3)]
        memory[start + 4] = consonants[Int(group & 15)]
        memory[start + 5] = UInt8(ascii: "-")
    }
}

private let groups = 5
private let lettersPerGroup = 5
private let consonants = Array("bdfghjklmnprstvz".utf8)
private let vowels = Array("aiou".utf8)
