// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct AbsenceTests {
    private let start = UnixTime(seconds: 1_764_244_800)

    @Test func nothingIsSaidOfAConnectionThatWasNotLost() {
        var absence = Absence()
        absence.noteMissedLine()
        absence.noteMissed()
        #expect(absence.end(at: start, wasTold: false) == nil)
    }

    @Test func whatHappenedForHowLongAndWhatWasMissedIsOneSentence() {
        var absence = Absence()
        absence.begin("cable", at: start)
        for _ in 0..<3 { absence.noteMissedLine() }
        #expect(
            absence.end(at: start + .seconds(12), wasTold: false)
                == "the connection was lost (cable); back after 12 seconds, 3 lines were said meanwhile"
        )
        #expect(absence.end(at: start, wasTold: false) == nil)
    }

    @Test func whoLosesTheConnectionAgainBeforeAllIsToldHasBeenAwayOnce() {
        var absence = Absence()
        absence.begin("cable", at: start)
        absence.noteMissedLine()
        absence.begin("again", at: start + .seconds(300))
        absence.noteMissed()
        #expect(
            absence.end(at: start + .seconds(600), wasTold: false)
                == "the connection was lost (cable); back after 10 minutes, 1 line was said meanwhile"
                + "; the others were told that you left"
        )
    }

    @Test func whoWasToldOfTheLossIsNotToldTwice() {
        var absence = Absence()
        absence.begin("cable", at: start)
        #expect(
            absence.end(at: start + .seconds(12), wasTold: true)
                == "you are back after 12 seconds, nothing was said meanwhile"
        )
    }

    @Test(arguments: [-5_000, Int.min])
    func aClockThatWasSetBackIsNoTrouble(seconds: Int) {
        var absence = Absence()
        absence.begin("cable", at: start)
        #expect(
            absence.end(at: UnixTime(seconds: seconds), wasTold: false)
                == "the connection was lost (cable); back at once, nothing was said meanwhile"
        )
    }
}
