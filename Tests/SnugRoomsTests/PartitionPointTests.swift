// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import Testing

@Suite struct PartitionPointTests {
    @Test func itIsWhereAPlainSearchFindsIt() {
        for count in 0...20 {
            let numbers = (0..<count).map { $0 / 2 * 3 }
            for bound in -1...40 {
                let expected = numbers.firstIndex { $0 >= bound } ?? count
                #expect(numbers.partitionPoint { $0 >= bound } == expected)
            }
        }
    }
}
