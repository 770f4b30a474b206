// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A value that one thread at a time can use.
///
/// A POSIX mutex rather than `Synchronization.Mutex`, whose waiting side lies inside the standard library, where the
/// thread sanitizer does not see it: every contended lock would be reported as a race, and real ones would drown.
public final class Lock<Value: ~Copyable>: @unchecked Sendable {
    // Both at addresses that stay put, which POSIX demands of a mutex. The value is reached through `withLock` only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    /// Puts `initialValue` under the lock.
    public init(_ initialValue: consuming sending Value) {
        // With no attributes this fails for want of nothing (pthread_mutex_init(3)).
        pthread_mutex_init(mutex, nil)
        value.initialize(to: initialValue)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` while no other thread is in here; not to be nested.
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
