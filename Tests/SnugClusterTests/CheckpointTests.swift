// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import Testing

@testable import SnugCluster

@Suite struct CheckpointTests {
    private func log(_ messages: [[UInt8]]) -> Checkpoint {
        zip(1..., messages).reduce(.beginning) { $0.followed(by: $1.1, at: UInt64($1.0)) }
    }

    @Test func whoeverHasReadTheSameMessagesHasTheSame() {
        #expect(log([[1, 2], [], [3]]) == log([[1, 2], [], [3]]))
        #expect(log([]) == .beginning)
        #expect(log([[1], [2]]).sequence == 2)
    }

    @Test func anotherMessageAnotherOrderOrAnotherDivisionIsAnotherLog() {
        let logs: [[[UInt8]]] = [
            [[1, 2], [3]], [[3], [1, 2]], [[1], [2, 3]], [[1, 2], [4]], [[1, 2], []],
        ]
        #expect(Set(logs.map { log($0).digest }).count == logs.count)
    }

    @Test func oneMessageThatDiffersIsNeverMadeGoodByLaterOnes() {
        let later = (0..<100).map { [UInt8($0)] }
        #expect(log([[1]] + later).digest != log([[2]] + later).digest)
    }

    @Test func itIsReadAsItWasWritten() throws {
        let checkpoint = log([[1], [2]])
        #expect(try Checkpoint(coded: checkpoint.coded) == checkpoint)
    }
}
#endif
