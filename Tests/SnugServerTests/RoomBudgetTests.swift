// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

/// What all members say together is bounded, however many they are and whatever each may say.
@Suite(.timeLimit(.minutes(30))) struct RoomBudgetTests {
    @Test(arguments: TransportKind.allCases)
    func aCrowdThatSaysAllItMayNeitherFloodsTheReadersNorSilencesTheOthers(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.loops = 1
            // Twelve members: 40,000 bytes a second for each reader.
            $0.limits.roomBytesPerSecond = 480_000
            $0.limits.lineRate = LineRate(burst: 1_000, perSecond: 1_000)
        }
        try withServer(configure) { running in
            let reader = try TestClient(kind, port: running.port(kind), name: "reader")
            let quiet = try TestClient(kind, port: running.port(kind), name: "quiet")
            let crowd = try (1...10).map {
                try TestClient(kind, port: running.port(kind), name: "crowd\($0)")
            }
            try reader.skip(to: "* crowd10 joined the chat *")
            let start = MonotonicTime.now
            let flood = try (1...30).flatMap { _ in
                try FrameEncoder.frame(String(repeating: "漢", count: 500))
            }
            for member in crowd { try member.send(raw: flood) }
            try reader.expectLine(startingWith: "crowd")
            try quiet.send("may I?")
            let before = try reader.skip(to: "quiet: may I?")
            // Its turn comes when each of the others had 512 bytes, and not behind their thirty lines.
            #expect(before.count <= 40)
            let bytes = before.map(\.utf8.count).reduce(0, +)
            let seconds = Double(start.duration(to: .now) / .milliseconds(1)) / 1_000
            // A second's worth that had gathered, and what one line may overdraw.
            #expect(Double(bytes) <= 40_000 * (seconds + 1) + 2_000)
        }
    }

    @Test func theListOfWhoIsThereIsRightAfterEachChange() throws {
        try withServer { running in
            let aisha = try TestClient(.tls, port: running.port(.tls), name: "aisha")
            let dora = try JSONClient(.tls, port: running.port(.tls), name: "dora")
            try aisha.expect("* dora joined the chat *")
            func expectBothLevelsToSee(_ names: [String]) throws {
                // The second answer may be the first one again.
                for _ in 1...2 {
                    try aisha.send("/who")
                    try aisha.expect("* online: \(names.joined(separator: ", ")) *")
                    try dora.send(["type": "who", "room": "main"])
                    #expect(try dora.next { $0.type == "room" }.names("people") == names)
                }
            }
            try expectBothLevelsToSee(["aisha", "dora"])
            let ben = try TestClient(.tls, port: running.port(.tls), name: "ben")
            try aisha.expect("* ben joined the chat *")
            try expectBothLevelsToSee(["aisha", "dora", "ben"])
            try ben.send("/nick carla")
            try aisha.expect("* ben is now carla *")
            try expectBothLevelsToSee(["aisha", "dora", "carla"])
            ben.close()
            try aisha.expect("* carla left *")
            try expectBothLevelsToSee(["aisha", "dora"])
        }
    }
}
