// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The one owner of a file descriptor, which it closes exactly once.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The descriptor's number, for system calls while the owner lives.
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) {
        self.number = number
    }

    /// Another descriptor for what an open one stands for (fcntl(2), F_DUPFD_CLOEXEC).
    package init(copying number: Int32) throws(SystemError) {
        self.init(owning: try Syscalls.run("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    /// Closes the descriptor now rather than at the end of the owner's life.
    public consuming func close() {}

    deinit {
        // Linux releases the number even when close fails, so trying again could close someone else's (close(2)).
        // EBADF means that the number was closed twice, and the second close may have hit another member's socket.
        let outcome = Glibc.close(number)
        precondition(outcome == 0 || errno != EBADF, "descriptor \(number) was closed by someone else")
    }
}
