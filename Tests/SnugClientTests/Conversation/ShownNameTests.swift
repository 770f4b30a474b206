// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient

@Suite struct ShownNameTests {
    @Test(arguments: ["ben", "ann lee", "Zoë", "ベン", "O'Neil", "#1 fan", "~"])
    func aNameThatAServerGivesIsShownAsItIs(name: String) {
        #expect(ShownName(name).text == name)
    }

    @Test(arguments: 0..<40)
    func noServerMakesANameThatHoldsTheSignsOfARow(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let name = ShownName(HostileWords.any(upTo: 8, using: &random)).text
            #expect(!name.isEmpty)
            #expect(!name.unicodeScalars.contains { "*:,".unicodeScalars.contains($0) }, "\(name)")
            #expect(name.unicodeScalars.first?.properties.isWhitespace == false)
            #expect(name.count <= MemberName.maximumCharacters)
            #expect(SafeText.clean(name) == name)
        }
    }

    @Test(arguments: ["#ops", "＃ops", "##ops", "#", "# ops"])
    func aNameThatBeginsLikeARoomsIsKnownAsThat(name: String) {
        #expect(ShownName(name).looksLikeARoom)
    }

    @Test(arguments: ["ops", "c# dev", "ben"])
    func anyOtherNameIsNot(name: String) { #expect(!ShownName(name).looksLikeARoom) }

    @Test(arguments: [
        ("!", "exclamation mark"), (".-", "full stop and hyphen-minus"), ("_", "low line"),
        ("♪", "eighth note"),
    ])
    func ofANameThatIsSignsOnlyTheSignsAreHeard(name: String, signs: String) {
        #expect(ShownName.heard(ShownName(name).text) == "somebody whose name is \(signs)")
    }

    @Test(arguments: ["ben", "ベン", "7", "c#", "O'Neil", "ก็", "🦊", "🇯🇵"])
    func anyOtherNameIsHeardAsItIs(name: String) { #expect(ShownName.heard(name) == name) }

    @Test(arguments: 0..<40)
    func nobodyPassesForWhoIsHeardByTheirSigns(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let name = ShownName(HostileWords.any(upTo: 8, using: &random)).text
            let heard = ShownName.heard(name)
            #expect(heard == name || ShownName(heard).text != heard, "\(heard)")
        }
    }

    @Test func nobodyIsCalledAsTheServersOwnerIs() {
        var names = ShownNames()
        #expect(names.name(.init(id: "0", name: "anything")).text == "an operator")
        #expect(names.name(.init(id: "7", name: "an operator")).text != "an operator")
    }

    @Test func namesThatAServerMakesUpTakeNoMoreThanTheirPlace() {
        var names = ShownNames()
        for number in 0..<ShownNames.maximum + 100 {
            #expect(names.name("n\(number)").text == "n\(number)")
            #expect(names.room("r\(number)").text == "r\(number)")
        }
        #expect(names.count <= 2 * ShownNames.maximum)
    }
}
