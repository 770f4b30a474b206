// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A running thread that somebody will join.
public final class RunningThread: Sendable {
    private let thread: pthread_t

    /// Starts a thread that runs `body` and ends with it.
    ///
    /// - Parameters:
    ///   - name: what tools show for it, at most 15 bytes (PR_SET_NAME, prctl(2)).
    ///   - niceness: how much of a busy processor it leaves to the process's other threads, 0 to 19 (sched(7)).
    public init(
        name: String,
        niceness: Int32 = 0,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let work = Unmanaged.passRetained(ThreadWork(name: name, niceness: niceness, body: body))
        var thread = pthread_t()
        let outcome = pthread_create(&thread, nil, runThreadWork, work.toOpaque())
        guard outcome == 0 else {
            work.release()
            throw SystemError(code: outcome, call: "pthread_create")
        }
        self.thread = thread
    }

    /// Waits until the thread has ended.
    ///
    /// To be called once (pthread_join(3)).
    public func join() {
        pthread_join(thread, nil)
    }
}

/// Lets threads that wait for this processor go first (sched_yield(2)).
///
/// For work that is in no hurry: a scheduler that has given it a time slice may let threads of higher priority wait until
/// that is used up, which was seen to take milliseconds.
public func yieldProcessor() {
    sched_yield()
}

/// How many processors this process may use.
public var availableProcessors: Int {
    max(1, Int(usable_processor_count()))
}

private final class ThreadWork: Sendable {
    let name: String
    let niceness: Int32
    let body: @Sendable () -> Void

    init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.niceness = niceness
        self.body = body
    }
}

/// At file level: a closure would inherit the isolation of whoever started the thread and trap on it.
private func runThreadWork(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let work else { return nil }
    let taken = Unmanaged<ThreadWork>.fromOpaque(work).takeRetainedValue()
    name_this_thread(taken.name)
    // On Linux 0 is the calling thread, and to be nicer is always allowed (setpriority(2)).
    if taken.niceness > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, taken.niceness) }
    taken.body()
    return nil
}
