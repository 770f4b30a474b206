// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A running thread, which can be joined as long as this object lives.
///
/// Signals that ask a program to stop or to reload go past it, to the thread that was there first
/// (``AwaitedSignals``).
public final class RunningThread: Sendable {
    private let thread: pthread_t
    /// Woken once and never read: from then on the thread has nothing left to do.
    private let end: LoopWaker
    private let isJoined = Lock(false)

    /// How many have not done their work.
    fileprivate static let atWork = Lock(0)

    /// Ends the process if a thread is still at work, without taking anything away from it.
    ///
    /// The exit handlers of the process and the destructors of its libraries would: GnuTLS's give back what a handshake
    /// uses.
    public static func endProcessUnderThreads(_ code: Int32) {
        guard atWork.withLock({ $0 }) > 0 else { return }
        fflush(nil)
        _exit(code)
    }

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
        let end = try LoopWaker()
        let work = Unmanaged.passRetained(ThreadWork(name: name, niceness: niceness, body: body, end: end))
        var thread = pthread_t()
        Self.atWork.withLock { $0 += 1 }
        // The new thread inherits what is blocked here (pthread_create(3)).
        let outcome = postponingSignals { pthread_create(&thread, nil, runThreadWork, work.toOpaque()) }
        guard outcome == 0 else {
            Self.atWork.withLock { $0 -= 1 }
            work.release()
            throw SystemError(code: outcome, call: "pthread_create")
        }
        self.thread = thread
        self.end = end
    }

    deinit {
        // Nobody will join it: what is left of it goes with its end (pthread_detach(3)).
        if !isJoined.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Waits until the thread has ended, and returns whether it has; false once `deadline` has come.
    ///
    /// For one thread at a time. The wait is ours and not pthread_clockjoin_np(3)'s, of which the thread sanitizer knows
    /// nothing, nor pthread_timedjoin_np(3)'s, whose clock an administrator can move.
    @discardableResult
    public func join(until deadline: MonotonicTime? = nil) -> Bool {
        if isJoined.withLock({ $0 }) { return true }
        var entries = [Polling.Entry(end.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: deadline)
        while entries[0].readiness.isEmpty {
            if let deadline, deadline <= .now { return false }
            Polling.wait(for: &entries, until: deadline)
        }
        pthread_join(thread, nil)
        isJoined.withLock { $0 = true }
        return true
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
    let end: LoopWaker

    init(name: String, niceness: Int32, body: @escaping @Sendable () -> Void, end: LoopWaker) {
        self.name = name
        self.niceness = niceness
        self.body = body
        self.end = end
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
    RunningThread.atWork.withLock { $0 -= 1 }
    taken.end.wake()
    return nil
}
