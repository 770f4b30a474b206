// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The right to replace a file, which one process or thread at a time has; its end gives it back.
///
/// By a file of its own beside the other (flock(2)): a lock on what is replaced would be one on what nobody finds any
/// more.
package struct FileLock: ~Copyable {
    private let descriptor: OwnedDescriptor

    /// Between one look and the next.
    private static let pause = Duration.milliseconds(10)

    /// Waits for the lock at `path`, which is made if it is missing; fails with `EWOULDBLOCK` at `deadline`.
    package init(path: String, until deadline: MonotonicTime) throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK
        let file = OwnedDescriptor(owning: try Syscalls.run("open") { open(path, flags, 0o600) })
        try Self.lock(file.number, until: deadline)
        descriptor = file
    }

    private static func lock(_ number: Int32, until deadline: MonotonicTime) throws(SystemError) {
        while true {
            do throws(SystemError) {
                try Syscalls.run("flock") { flock(number, LOCK_EX | LOCK_NB) }
                return
            } catch  where error.code == EWOULDBLOCK && .now < deadline {
                Polling.pause(pause)
            }
        }
    }

    /// Ends it, and not before.
    package consuming func giveBack() {}

    // By name: closing leaves the lock with a program that was started meanwhile, until it is replaced (flock(2)).
    deinit { flock(descriptor.number, LOCK_UN) }
}
