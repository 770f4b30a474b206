// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct TellingTests {
    private func text(_ wording: Wording, _ values: Telling.Value...) -> String {
        Telling.parts(wording, values).map(\.text).joined()
    }

    @Test func bothLevelsSayTheSame() {
        let ben = ShownName("ben")
        #expect(text(.joined, .name(ben)) == Wording.joined.filled(with: ["ben"]))
        #expect(text(.lifted, .name(ben), .text("ban"), .number(1), .name(ben)) == "ben lifted ban 1 of ben")
        #expect(text(.roomEntered, .room(.main), .number(1)) == "you are in #main (1 here)")
    }

    @Test func namesInNoticesHaveTheirColours() {
        let parts = Telling.parts(.renamed, [.name(ShownName("ben")), .name(ShownName("bob"))])
        #expect(parts.map(\.role) == [.name("ben"), .notice, .name("bob")])
    }

    @Test(arguments: [
        (1, "p1 left"), (2, "p1, p2 left"), (3, "p1, p2, p3 left"), (4, "p1, p2, p3 and 1 more left"),
        (400, "p1, p2, p3 and 397 more left"),
    ])
    func ofACrowdTheFirstFewAreNamed(count: Int, words: String) {
        #expect(text(.left, .crowd((1...count).map { ShownName("p\($0)") })) == words)
    }
}
