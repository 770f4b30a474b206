// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Ends the wait of a loop, or of ``wait()``, from any thread.
public final class LoopWaker: Sendable {
    private let counter: OwnedDescriptor

    /// Opens an eventfd(2).
    public init() throws(SystemError) {
        let number = try Syscalls.run("eventfd") { eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) }
        counter = OwnedDescriptor(owning: number)
    }

    /// Readable from a wake-up on until ``wait(until:)``, for those who wait for something else as well.
    ///
    /// An ``EventLoop`` never reads it: its waker's stays readable.
    public var descriptor: Int32 { counter.number }

    /// Makes the loop's current or next wait return at once.
    public func wake() {
        var one: UInt64 = 1
        // The only lasting failure is a counter that is full, which takes 2^64 wake-ups.
        _ = try? Syscalls.run("write") { write(counter.number, &one, MemoryLayout<UInt64>.size) }
    }

    /// Waits until woken or `deadline` has come; for threads that have nothing else to wait for.
    public func wait(until deadline: MonotonicTime? = nil) {
        var entries = [Polling.Entry(counter.number, for: .readable)]
        Polling.wait(for: &entries, until: deadline)
        var count: UInt64 = 0
        read(counter.number, &count, MemoryLayout<UInt64>.size)
    }
}
