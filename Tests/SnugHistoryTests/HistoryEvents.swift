// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugSystem

/// What a store has reported, and the wait for more.
final class HistoryEvents: Sendable {
    private let list = Lock<[HistoryEvent]>([])
    private let waker: LoopWaker

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    init() throws { waker = try LoopWaker() }

    @Sendable
    func take(_ event: HistoryEvent) {
        list.withLock { $0.append(event) }
        waker.wake()
    }

    var all: [HistoryEvent] { list.withLock { $0 } }

    /// The greatest number that was reported as stored.
    var stored: UInt64 {
        all.reduce(0) { greatest, event in
            if case .stored(let number, _) = event { max(greatest, number) } else { greatest }
        }
    }

    var stops: [HistoryFault] {
        all.compactMap { event in
            if case .stopped(let fault) = event { fault } else { nil }
        }
    }

    var resumptions: Int {
        all.filter { event in
            if case .resumed = event { true } else { false }
        }.count
    }

    func wait(for purpose: String, until isDone: () -> Bool) throws {
        let deadline = MonotonicTime.now + .seconds(120)
        while !isDone() {
            guard MonotonicTime.now < deadline else {
                throw Missing(description: "no \(purpose), but \(all)")
            }
            waker.wait(until: deadline)
        }
    }

    func waitForStored(_ number: UInt64) throws {
        try wait(for: "\(number) stored") { stored >= number }
    }
}
