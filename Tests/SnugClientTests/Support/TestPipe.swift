// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem

/// A pipe: what a test types into a session, or a reader that goes away.
final class TestPipe {
    private var readEnd: OwnedDescriptor?
    private var writeEnd: OwnedDescriptor?

    struct NotMade: Error {}

    init(holding text: String = "") throws {
        var ends: [Int32] = [-1, -1]
        // Sockets, because pipe(2) cannot keep its ends from programs that other tests start at this moment.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw NotMade() }
        readEnd = OwnedDescriptor(owning: ends[0])
        writeEnd = OwnedDescriptor(owning: ends[1])
        try write(text)
    }

    var output: Int32 { readEnd?.number ?? -1 }
    var input: Int32 { writeEnd?.number ?? -1 }

    func write(_ text: String) throws {
        try Polling.write(Array(text.utf8), to: input)
    }

    func closeOutput() { readEnd = nil }
    func closeInput() { writeEnd = nil }
}
