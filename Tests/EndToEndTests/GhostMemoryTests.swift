// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// Visits that ask for much and go leave no memory behind, seen from outside a real server.
@Suite(.timeLimit(.minutes(30))) struct GhostMemoryTests {
    private static func frames(_ count: Int, _ text: String) throws -> [UInt8] {
        try Array((1...count).map { _ in try FrameEncoder.frame(text) }.joined())
    }

    /// Its stay is kept for a minute, for it to come back to; what it asked for is not.
    @Test(
        .enabled(if: Inspection.isAllowed, Inspection.whyNot),
        arguments: [#"{"type":"who","room":"main"}"#, #"{"type":"history","room":"main","limit":200}"#]
    )
    func visitsOfLevelOneThatAskForMuchAndGoLeaveTheMemoryWhereItWas(question: String) throws {
        let server = try ServerProcess(["--rate=0"], plain: true)
        let witness = try TestClient(.plain, port: server.port(.plain), name: "witness")
        try witness.send(raw: Self.frames(500, String(repeating: "x", count: 500)))
        try witness.send("/who")
        try witness.expect("* online: witness *")
        let before = try Inspection.residentBytes(of: server.process.pid)
        let questions = try Self.frames(2_000, question)
        for number in 1...120 {
            let visit = try TestClient(levelOne: .plain, port: server.port(.plain))
            try visit.send(#"{"type":"enter","name":"ghost\#(number)","rooms":["tea"]}"#)
            try visit.expectLine(startingWith: #"{"type":"hello","#)
            try visit.expectLine(startingWith: #"{"type":"entered","#)
            try visit.sendWhatFits(questions)
            visit.close()
        }
        for number in 1...120 { try server.expectLog("left as ghost\(number):") }
        witness.close()
        try expectMemory(of: server, toComeBackTo: before)
    }

    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot))
    func visitsThatAskForTheListThousandsOfTimesAndGoLeaveTheMemoryWhereItWas() throws {
        let server = try ServerProcess(plain: true)
        let witness = try TestClient(.plain, port: server.port(.plain), name: "witness")
        let before = try Inspection.residentBytes(of: server.process.pid)
        let questions = try Self.frames(8_000, "/who")
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
        witness.close()
        try expectMemory(of: server, toComeBackTo: before)
    }

    private func expectMemory(of server: ServerProcess, toComeBackTo before: Int) throws {
        let grown = { try Inspection.residentBytes(of: server.process.pid) - before }
        let isBack = try Inspection.comesTrue { try grown() < 8_388_608 }
        let now = try grown()
        #expect(isBack, "it has grown by \(now) bytes")
        #expect(try server.stop() == 0)
    }
}
