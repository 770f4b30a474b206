// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A value that one thread at a time can use.
///
/// A POSIX mutex rather than `Synchronization.Mutex`, whose waiting side lies inside the standard library, where the
/// thread sanitizer does not see it: every contended lock would be reported as a race, and real ones would drown.
public final class Lock<Value: ~Copyable>: @unchecked Sendable {
    // Both at addresses that stay put, which POSIX demands of a mutex. The value is reached through `withLock` only.
    @usableFromInline let mutex = Mutex()
    @usableFromInline let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    /// Puts `initialValue` under the lock.
    public init(_ initialValue: consuming sending Value) {
        value.initialize(to: initialValue)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        mutex.destroy()
    }

    /// Runs `body` while no other thread is in here; not to be nested.
    ///
    /// Inlined into whoever calls it: the same code for any value and any result would cost more than the lock.
    @inlinable
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value.pointee)
    }
}

/// A mutex of the system (pthread_mutex_init(3)).
@usableFromInline
struct Mutex {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        // With no attributes this fails for want of nothing.
        pthread_mutex_init(mutex, nil)
    }

    @usableFromInline func lock() { pthread_mutex_lock(mutex) }

    @usableFromInline func unlock() { pthread_mutex_unlock(mutex) }

    func destroy() {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }
}
