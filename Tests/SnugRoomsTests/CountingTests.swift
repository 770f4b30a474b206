// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

/// How many there are of something, as people say it.
@Suite struct CountingTests {
    @Test(arguments: [
        (0, "0 lines"), (1, "1 line"), (2, "2 lines"), (11, "11 lines"), (21, "21 lines"), (-1, "-1 lines"),
    ])
    func oneIsTheOnlyNumberOfOneThing(number: Int, text: String) {
        #expect(number.counted("lines") == text)
        #expect(number.counted("lines of a room") == text + " of a room")
    }

    @Test(arguments: ["is left", "of yours", "s", "", " ", "here", " more", "3 lines", "; lines"])
    func onlyAWordAtOnceBehindTheNumberLosesAnything(text: String) {
        #expect(Counting.singular(text) == text)
    }

    @Test func aNoticeAboutOneThingSaysSo() {
        let shown = [1, 2].map { Wording.historyShown.filled(with: ["main", $0]) }
        #expect(shown[0] == "history of #main, 1 line; times are in UTC")
        #expect(shown[1] == "history of #main, 2 lines; times are in UTC")
        let kept = Wording.historyKeptInFile.filled(with: [1, 1])
        #expect(kept.hasSuffix("at most 1 line of a room, for 1 hour (/history)"))
        #expect(Wording.roomIsFull.filled(with: [1]) == "the room is full (1 member); try again later")
        #expect(Wording.linesNotSaid.filled(with: [1]).hasPrefix("1 line of yours came too late"))
        #expect(Wording.idle.filled(with: [1]) == "nothing came in for 1 second; the connection ends")
        #expect(Wording.onlineAndMore.filled(with: ["ann", 1]) == "online: ann and 1 more")
    }

    /// Whoever is called "1" was still kicked, and not "wa kicked".
    @Test(arguments: Wording.allCases)
    func aNameThatIsTheNumberOneChangesNoWord(wording: Wording) {
        guard !wording.rawValue.contains("{#}") else { return }
        let count = wording.rawValue.count { $0 == "{" }
        let named = wording.filled(with: Array(repeating: "2", count: count))
        #expect(wording.filled(with: Array(repeating: "1", count: count)).count == named.count)
    }
}
