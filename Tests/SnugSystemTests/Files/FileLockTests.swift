// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

@Suite struct FileLockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func whatOneHasNoOtherGetsUntilItIsGivenBack() throws {
        let path = folder.path("lock")
        let first = try FileLock(path: path, until: .now)
        let error = #expect(throws: SystemError.self) { try FileLock(path: path, until: .now).giveBack() }
        #expect(error?.code == EWOULDBLOCK)
        first.giveBack()
        try FileLock(path: path, until: .now).giveBack()
        #expect(try folder.mode(of: "lock") == 0o600)
    }

    @Test func aProgramThatIsBeingStartedKeepsNoLockThatWasGivenBack() throws {
        let path = folder.path("lock")
        let first = try FileLock(path: path, until: .now)
        let program = try StartingProgram(sharing: path)
        first.giveBack()
        try FileLock(path: path, until: .now).giveBack()
        #expect(program.sharesSomething)
    }

    @Test func whoWaitsGetsItWhenTheOtherIsDone() throws {
        let path = folder.path("lock")
        let first = try FileLock(path: path, until: .now)
        let isTaken = Lock(false)
        let waiter = try RunningThread(name: "waiter") {
            guard let second = try? FileLock(path: path, until: .never) else { return }
            isTaken.withLock { $0 = true }
            second.giveBack()
        }
        #expect(!isTaken.withLock { $0 })
        first.giveBack()
        waiter.join(until: .never)
        #expect(isTaken.withLock { $0 })
    }

    @Test func aLinkIsNotFollowedAndAPipeHoldsNobodyUp() throws {
        symlink(folder.path("elsewhere"), folder.path("link"))
        #expect(throws: SystemError.self) {
            try FileLock(path: folder.path("link"), until: .now).giveBack()
        }
        #expect(try folder.entries() == ["link"])
        mkfifo(folder.path("pipe"), 0o600)
        try FileLock(path: folder.path("pipe"), until: .now).giveBack()
    }
}
