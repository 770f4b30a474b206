// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

@Suite struct NameOfARoomTests {
    @Test(arguments: ["dev", "#dev", "##dev", " # dev ", "*#dev", "＃dev", "#*#dev"])
    func theSignInFrontIsNoPartOfTheName(raw: String) {
        #expect(RoomName(raw)?.text == "dev" && RoomName(raw)?.description == "#dev")
    }

    @Test(arguments: ["", "#", " ## ", "*", "#\u{200B}#"])
    func aNameNeedsSomethingThatCanBeSeen(raw: String) {
        #expect(RoomName(raw) == nil)
    }

    @Test func namesAreComparedByTheirLooks() throws {
        #expect(RoomName.of("MAIN").looksLike(.main) && RoomName.of("mаіn").looksLike(.main))
        #expect(!RoomName.of("dev").looksLike(.main) && RoomName.main.text == "main")
    }

    @Test func theRoomOfEverybodyIsCalledAsIfSomebodyHadTypedItsName() {
        #expect(RoomName("main") == .main && RoomName("main")?.looks == RoomName.main.looks)
    }
}
