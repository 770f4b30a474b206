// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// Visits that ask for much and go leave no memory behind, seen from outside a real server.
@Suite(.timeLimit(.minutes(30))) struct GhostMemoryTests {
    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot))
    func visitsThatAskForTheListThousandsOfTimesAndGoLeaveTheMemoryWhereItWas() throws {
        let server = try ServerProcess(plain: true)
        let witness = try TestClient(.plain, port: server.port(.plain), name: "witness")
        let before = try Inspection.residentBytes(of: server.process.pid)
        let questions = try (1...8_000).flatMap { _ in try FrameEncoder.frame("/who") }
        for number in 1...120 {
            let visit = try TestClient(.plain, port: server.port(.plain))
            // It is read from no further once it has gone too far ahead of the rate.
            try visit.sendWhatFits(FrameEncoder.frame("ghost\(number)") + questions)
            visit.close()
        }
        var gone = 0
        while gone < 120 { gone += try witness.next("the last ghost's leaving").hasSuffix(" left *") ? 1 : 0 }
        try witness.send("/who")
        try witness.expect("* online: witness *")
        let grown = { try Inspection.residentBytes(of: server.process.pid) - before }
        let isBack = try Inspection.comesTrue { try grown() < 8_388_608 }
        let now = try grown()
        #expect(isBack, "it has grown by \(now) bytes")
        witness.close()
        #expect(try server.stop() == 0)
    }
}
