// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SnugWire

@Suite struct LevelOneTextTests {
    @Test(arguments: [
        "hello", "", "\"", "\\", "/etc", "a\u{7}b\tc\u{7f}\u{9b}", "नमस्ते 👩‍👩‍👧 \u{202e}", "\u{0}",
    ])
    func whatIsQuotedIsReadBackByAnotherReaderOfJSON(text: String) throws {
        let quoted = LevelOneText.quoted(text)
        let read = try JSONSerialization.jsonObject(with: Data(quoted), options: .fragmentsAllowed)
        #expect(read as? String == text)
    }

    @Test func aTextThatNoFrameHoldsIsNotQuoted() {
        #expect(LevelOneText.quoted(String(repeating: "x", count: 8_192)).isEmpty)
    }
}
