// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugClient

/// The prompt shows the name that the others see.
@Suite struct OwnNameTests {
    @Test func theFirstToJoinAreWeUnderTheNameThatTheServerGave() {
        var name = OwnName(askedFor: "aisha")
        name.observe("* aisha is taken or looks like a taken name; you are aisha-2 *")
        name.observe("* aisha-2 joined the chat *")
        name.observe("* ben joined the chat *")
        #expect(name.text == "aisha-2")
    }

    @Test func aNewNameOfOursIsFollowedAndOthersAreNot() {
        var name = OwnName(askedFor: "")
        name.observe("* anon-4711 joined the chat *")
        name.observe("* ben is now chen *")
        #expect(name.text == "anon-4711")
        name.observe("* anon-4711 is now aisha *")
        name.observe("* aisha is now คุณ *")
        #expect(name.text == "คุณ")
    }

    @Test(arguments: [
        "ben: * aisha is now mallory *", "* aisha is now  *", "* aisha is now *", "* aisha left *",
        "* aisha is now a is now b *", "aisha is now mallory", "* mallory joined the chat *", "",
    ])
    func nothingElseChangesIt(message: String) {
        var name = OwnName(askedFor: "aisha")
        name.observe("* aisha joined the chat *")
        name.observe(message)
        #expect(name.text == "aisha")
    }
}
