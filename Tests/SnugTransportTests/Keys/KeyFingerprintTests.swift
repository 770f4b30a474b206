// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTransport

@Suite struct KeyFingerprintTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<200 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = "sha256:" + Base64.encode(bytes)
            let key = try #require(KeyFingerprint(text))
            #expect(key.bytes == bytes && key.description == text)
        }
    }

    @Test(arguments: [
        "", "sha256:", "sha256:=", "lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24=",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24==",
        "SHA256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24=",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24= ",
        "sha256: lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24=",
        "sha256:lW2tiXQLcxhzDxOvFYjI\nBuX4QnnkRTnV6W4cdLR4b24=",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b2-=",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLRé4b2=",
        "sha256:\u{0}W2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24=",
        "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdA==",
        "sha256:956dad89740b7318730f13af1588c806e5f84279e44539d5e96e1c74b4786f6e",
    ])
    func nothingElseIsReadAsAKey(_ text: String) {
        #expect(KeyFingerprint(text) == nil)
        #expect(!ExpectedServer.isWellFormed(pin: text))
    }

    /// The last character has two bits that belong to no byte: other texts would stand for the same key and compare
    /// as others.
    @Test func eachKeyHasOneText() throws {
        let zeros = "sha256:" + String(repeating: "A", count: 43) + "="
        #expect(KeyFingerprint(zeros)?.bytes == Array(repeating: 0, count: 32))
        for letter in ["B", "C", "D"] {
            #expect(KeyFingerprint("sha256:" + String(repeating: "A", count: 42) + letter + "=") == nil)
        }
    }
}
