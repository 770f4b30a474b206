// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugTransport
import TestSupport
import Testing

/// Visits that ask for much and go leave no memory behind, seen from outside a real server.
@Suite(.timeLimit(.minutes(5))) struct GhostMemoryTests {
    private static func residentKibibytes(of process: ChildProcess) throws -> Int {
        let file = OwnedDescriptor(owning: open("/proc/\(process.pid)/status", O_RDONLY | O_CLOEXEC))
        let text = String(decoding: try Polling.read(file.number, atMost: 8_192), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return try #require(line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) })
    }

    @Test func visitsThatAskForTheListThousandsOfTimesAndGoLeaveTheMemoryWhereItWas() throws {
        let server = try ServerProcess(plain: true)
        let witness = try TestClient(.plain, port: server.port(.plain), name: "witness")
        let before = try Self.residentKibibytes(of: server.process)
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
        let grown = { try Self.residentKibibytes(of: server.process) - before }
        let isBack = try Inspection.comesTrue { try grown() < 8_192 }
        let now = try grown()
        #expect(isBack, "it has grown by \(now) KiB")
        witness.close()
        #expect(try server.stop() == 0)
    }
}
