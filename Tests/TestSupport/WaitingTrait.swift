// SPDX-License-Identifier: Apache-2.0

import Foundation
public import Testing

/// Lets tests that wait for other processes and for the network do so at the same time.
///
/// Tests run on as many threads as there are processors, and one that waits holds its thread: without this, two
/// processors are idle for half of the time that all tests take.
public struct WaitingTrait: TestTrait, SuiteTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(WaitingExecutor.shared) { try await function() }
    }
}

extension Trait where Self == WaitingTrait {
    /// For tests that mostly wait.
    public static var waiting: Self { Self() }
}

/// A few threads for jobs that may hold them.
private final class WaitingExecutor: TaskExecutor {
    static let shared = WaitingExecutor()

    private let queue: OperationQueue

    private init() {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 6
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
