// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct OwnLinesTests {
    @Test func linesWaitInTheirOrderUntilEachIsAnswered() {
        var lines = OwnLines()
        for number in 1...3 { lines.append(OwnLine("line \(number)", to: .room("main")), ref: "m-\(number)") }
        #expect(lines.remove("m-2")?.text == "line 2")
        #expect(lines.remove("m-2") == nil)
        #expect(lines.remove(nil) == nil)
        #expect(lines.waiting.map(\.ref) == ["m-1", "m-3"])
    }
}
