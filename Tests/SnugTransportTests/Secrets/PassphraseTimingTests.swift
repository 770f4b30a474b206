// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// What the time that a guess takes gives away.
///
/// Beside other tests this measures them: scripts/timing runs it alone.
@Suite(
    .serialized,
    .timeLimit(.minutes(30)),
    .enabled(if: getenv("SNUG_TIMING") != nil, "times are for a quiet machine: scripts/timing")
)
struct PassphraseTimingTests {
    private static let passphrase = Array("correct horse battery staple, and more".utf8)

    /// One kind of guess: its bytes, and the passphrase it is a guess at.
    struct Guess: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let passphrase: [UInt8]

        var testDescription: String { "\(bytes.count) bytes at \(passphrase.count)" }

        static func wrong(from index: Int) -> Guess {
            let right = PassphraseTimingTests.passphrase
            let bytes = right.enumerated().map { $0 < index ? $1 : $1 ^ 1 }
            return Guess(bytes: bytes, passphrase: right)
        }
    }

    @Test(arguments: [
        // Wrong from the first byte, and in the last alone.
        (Guess.wrong(from: 0), Guess.wrong(from: passphrase.count - 1)),
        // Wrong, and right.
        (Guess.wrong(from: 0), Guess.wrong(from: passphrase.count)),
        // As long as the passphrase, and much shorter than it.
        (
            Guess(bytes: Array("guess".utf8), passphrase: Array("sesam".utf8)),
            Guess(bytes: Array("guess".utf8), passphrase: [UInt8](repeating: 65, count: 4_000))
        ),
    ])
    func howLongAGuessTakesTellsNothingAboutThePassphrase(one: Guess, other: Guess) throws {
        let verifiers = try [one, other].map { try Self.verifier($0.passphrase) }
        let isIndependent = (1...3).contains { _ in
            !Self.difference(one.bytes, other.bytes) { verifiers[$0].matches($1) }.isReal
        }
        #expect(isIndependent)
    }

    /// The same instrument sees what it should: a comparison that stops at the first byte that differs.
    @Test func aComparisonThatStopsEarlyWouldBeSeen() {
        let right = Self.passphrase
        let difference = Self.difference(
            Guess.wrong(from: 0).bytes,
            Guess.wrong(from: right.count - 1).bytes
        ) { _, guess in
            for index in 0..<guess.byteCount
            where guess.unsafeLoad(fromByteOffset: index, as: UInt8.self) != right[index] { return false }
            return true
        }
        #expect(difference.isReal)
    }

    @Test func theLongestGuessCostsLessThanAMillisecond() throws {
        let verifier = try Self.verifier(Self.passphrase)
        let guess = [UInt8](repeating: 65, count: 8_192)
        let start = TimeDifference.clock(CLOCK_THREAD_CPUTIME_ID)
        for _ in 0..<1_000 {
            let isRight = verifier.matches(guess.span.bytes)
            #expect(!isRight)
        }
        #expect(TimeDifference.clock(CLOCK_THREAD_CPUTIME_ID) - start < 1_000_000_000)
    }

    // MARK: -

    private static func verifier(_ passphrase: [UInt8]) throws -> PassphraseVerifier {
        let secret = SecretBytes(copying: passphrase.span.bytes)
        return try PassphraseVerifier(try Passphrase(secret, from: .variable("CHAT_SECRET")))
    }

    /// How far apart the times are that `judge` takes for two kinds of guesses of one length, each told by its number.
    private static func difference(
        _ one: [UInt8],
        _ other: [UInt8],
        _ judge: (Int, RawSpan) -> Bool
    ) -> TimeDifference {
        // One place for both kinds: where memory lies can matter, too.
        var guess = one
        return TimeDifference.measure(prepare: { kind in
            for index in guess.indices { guess[index] = kind == 0 ? one[index] : other[index] }
        }) { kind in _ = judge(kind, guess.span.bytes) }
    }
}
