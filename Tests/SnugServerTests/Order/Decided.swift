// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

/// Something that another thread will say once.
final class Decided<Value: Sendable>: Sendable {
    private let said = Lock<Value?>(nil)
    private let waker = Lock<LoopWaker?>(nil)

    func set(_ value: Value) {
        said.withLock { $0 = value }
        waker.withLock { $0?.wake() }
    }

    /// Whether it has been said.
    var isSet: Bool { said.withLock { $0 != nil } }

    /// Waits for it.
    func value() throws -> Value {
        if let value = said.withLock({ $0 }) { return value }
        let waker = try LoopWaker()
        self.waker.withLock { $0 = waker }
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            if let value = said.withLock({ $0 }) { return value }
            waker.wait(until: deadline)
        }
        throw TestClient.TimedOut(description: "nothing was decided")
    }
}
