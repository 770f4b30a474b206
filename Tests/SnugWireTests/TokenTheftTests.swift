// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct TokenTheftTests {
    private let takenOver =
        "the thief went on as aisha, under the same id: benjamin was told nothing, saw the thief's line as "
        + "aisha's, and what was said to aisha alone came to the thief; aisha's own client was sent away"
    private let newcomer =
        "the thief came in as aisha-2, a newcomer whom everybody saw coming; what was said to aisha alone came "
        + "to aisha"

    @Test func aTokenOutOfThePlainCaptureTakesAStayOverAndNobodyIsTold() throws {
        let theft = try TokenTheft.fromPlainCapture()
        #expect(theft.isTakenOver && theft.held)
        #expect(theft.outcome == takenOver)
    }

    @Test func aCaptureOfTLSHoldsNoTokenAndOneThatIsMadeUpMakesAStranger() throws {
        let theft = try TokenTheft.fromTLSCapture()
        #expect(!theft.isTakenOver && theft.held)
        #expect(theft.outcome == newcomer)
    }

    @Test func aTokenThatLeaksAtOneEndIsAsGoodAsAPasswordOverTLSToo() throws {
        let theft = try TokenTheft.leakedElsewhere()
        #expect(theft.isTakenOver && theft.held)
        #expect(theft.outcome == takenOver)
    }

    @Test func aStayThatWasEnteredWithAKeyIsNotTakenOverByItsToken() throws {
        let theft = try TokenTheft.leakedElsewhereWithKey()
        #expect(!theft.isTakenOver && theft.held)
        #expect(theft.outcome == newcomer)
    }
}
