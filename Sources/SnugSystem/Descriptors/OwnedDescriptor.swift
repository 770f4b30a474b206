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

    /// Closes the descriptor now rather than at the end of the owner's life.
    public consuming func close() {}

    deinit {
        // Linux releases the number even when close fails, so trying again could close someone else's (close(2)).
        // EBADF means that the number was closed twice, and the second close may have hit another member's socket.
        let outcome = Glibc.close(number)
        precondition(outcome == 0 || errno != EBADF, "descriptor \(number) was closed by someone else")
    }
}
