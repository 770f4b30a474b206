// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct JoinStormTests {
    @Test func aStormOfJoinsReachesAMemberInAFewRecords() throws {
        try withServer { running in
            let received = Lock<[UInt8]>([])
            let witness = try TestClient(port: running.port(.tls)) { direction, bytes in
                if direction == .received { received.withLock { $0 += bytes } }
            }
            try witness.send("witness")
            try witness.expect("* witness joined the chat *")
            let newcomers = try (1...40).map { _ in try TestClient(.plain, port: running.port(.plain)) }
            received.withLock { $0 = [] }
            let start = MonotonicTime.now
            for (number, newcomer) in newcomers.enumerated() { try newcomer.send("newcomer\(number)") }
            for _ in newcomers { try witness.expectNotice(containing: "joined the chat") }
            // One at once, and from then on one for all who came in within 20 ms.
            let limit = 2 + Int(start.duration(to: .now) / .milliseconds(20))
            #expect(received.withLock { recordCount(in: $0) } <= limit)
        }
    }

    @Test func manyNoticesThatWaitMakeNobodyLookLikeASlowReader() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.loops = 1
            $0.limits.backlogBytes = 65_536
            $0.limits.lineRate = .unlimited
        }
        try withServer(configure) { running in
            let witness = try TestClient(.plain, port: running.port(.plain), name: "witness")
            let aisha = try TestClient(.plain, port: running.port(.plain), name: "aisha")
            let renamers = try (1...4).map {
                try TestClient(.plain, port: running.port(.plain), name: "renamer\($0)")
            }
            for round in 1...5 {
                for (number, renamer) in renamers.enumerated() {
                    let names = (1...200).map { "\(round)\(number)-\($0)長長長長長長長長長長長長" }
                    try renamer.send(raw: names.flatMap { try FrameEncoder.frame("/nick \($0)") })
                }
                try aisha.send("round \(round)")
                try witness.skip(to: "aisha: round \(round)")
            }
        }
    }

    private func recordCount(in bytes: [UInt8]) -> Int {
        var count = 0
        var header = bytes.startIndex
        while header + 4 < bytes.endIndex {
            header += 5 + Int(bytes[header + 3]) << 8 + Int(bytes[header + 4])
            count += 1
        }
        return count
    }
}
