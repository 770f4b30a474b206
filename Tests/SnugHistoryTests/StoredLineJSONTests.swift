// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugHistory
import SnugRooms
import Testing

struct StoredLineJSONTests {
    @Test func anotherReaderOfJSONGetsEveryTextBack() throws {
        let texts = [
            "", "plain", "\"quoted\" \\ and /", "line\nbreak\r\tand\u{0}nul", "\u{1B}[31mred\u{9B}0m\u{7F}",
            "👩‍👩‍👧 \u{202E}evil",
            "فارسی\u{200C}ها", "\u{FFFE}\u{10FFFF}\u{E000}", "caf\u{65}\u{301}",
        ]
        for text in texts {
            let line = StoredLine.sample(9_007_199_254_740_991, ref: "r \"\\1", text: text)
            let json = line.json
            #expect(!json.utf8.contains { $0 < 0x20 || $0 == 0x7F })
            #expect(!json.unicodeScalars.contains { (0x80...0x9F).contains($0.value) || $0 == "\u{202E}" })
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            )
            let read = try #require(object["text"] as? String)
            #expect(Array(read.utf8) == Array(text.utf8))
            #expect(object["name"] as? String == "aisha" && object["room"] as? String == "main")
            #expect(object["ref"] as? String == "r \"\\1")
            #expect(object["seq"] as? UInt64 == 9_007_199_254_740_991)
            #expect(object["action"] == nil && object["key"] == nil)
        }
    }

    @Test func anActionAndAKeyAreShownAndATokenIsNot() {
        let line = StoredLine.sample(1, key: .sample(0xAB), token: .sample(0xCD), isAction: true)
        let expected = """
            {"seq":1,"time":\(noon),"room":"main","name":"aisha",\
            "key":"sha256:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=","text":"line 1","action":true}
            """
        #expect(line.json == expected)
    }
}
