// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugSystem
import Testing

@testable import SnugServer

@Suite struct AdmissionsTests {
    private let start = MonotonicTime.now

    private func id(_ number: UInt64) -> SessionID { SessionID(rawValue: number) }

    @Test func eachIsTakenOnceByItsOwnNumber() {
        var admissions = Admissions<String>()
        admissions.add("ann", as: id(1), until: start)
        admissions.add("ben", as: id(2), until: start)
        #expect(admissions.count == 2)
        #expect(
            admissions.take(id(2)) == "ben" && admissions.take(id(2)) == nil && admissions.take(id(3)) == nil
        )
        #expect(admissions.take(id(1)) == "ann" && admissions.count == 0)
    }

    @Test func whoseTimeIsOverIsNamedUntilItIsTaken() {
        var admissions = Admissions<String>()
        #expect(admissions.nextDeadline == nil && admissions.overdue(at: start).isEmpty)
        for number: UInt64 in 1...5 {
            admissions.add("\(number)", as: id(number), until: start + .seconds(Int64(6 - number)))
        }
        #expect(admissions.nextDeadline == start + .seconds(1))
        #expect(admissions.overdue(at: start).isEmpty)
        #expect(admissions.overdue(at: start + .seconds(3)) == [id(3), id(4), id(5)])
        for number: UInt64 in [4, 5] { _ = admissions.take(id(number)) }
        #expect(admissions.overdue(at: start + .seconds(3)) == [id(3)])
        #expect(admissions.nextDeadline == start + .seconds(3))
    }
}
