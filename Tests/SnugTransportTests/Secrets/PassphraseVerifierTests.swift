// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import Testing

@Suite struct PassphraseVerifierTests {
    @Test func thePassphraseMatches() throws {
        let verifier = try verifier("open sesame")
        #expect(verifier.accepts("open sesame"))
        #expect(verifier.accepts("open sesame"), "a second time too")
    }

    @Test(arguments: [
        "", "open sesam", "open sesame ", "open sesame\0", "Open sesame", "open sesamf", " open sesame",
        String(repeating: "a", count: 100_000),
    ])
    func nothingElseMatches(_ guess: String) throws {
        #expect(try !verifier("open sesame").accepts(guess))
    }

    @Test func theSameTextInOtherBytesDoesNotMatch() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(composed == decomposed, "Swift takes them for equal")
        #expect(try !verifier(composed).accepts(decomposed))
        #expect(try verifier(decomposed).accepts(decomposed))
    }

    @Test func aLongPassphraseIsNotItsOwnHash() throws {
        // HMAC hashes keys over 64 bytes (RFC 2104 section 2); the passphrase must not be used as one.
        let long = String(repeating: "a", count: 8_192)
        #expect(try verifier(long).accepts(long))
        #expect(try !verifier(long).accepts(String(long.dropLast())))
    }

    private func verifier(_ passphrase: String) throws -> PassphraseVerifier {
        let bytes = Array(passphrase.utf8)
        let secret = SecretBytes(copying: bytes.span.bytes)
        return try PassphraseVerifier(try Passphrase(secret, from: .variable("CHAT_SECRET")))
    }
}

extension PassphraseVerifier {
    fileprivate func accepts(_ guess: String) -> Bool {
        let bytes = Array(guess.utf8)
        return matches(bytes.span.bytes)
    }
}
