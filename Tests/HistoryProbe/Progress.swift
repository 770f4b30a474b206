// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The greatest number that is stored, from the thread that stores.
final class Progress: Sendable {
    private let number = Atomic<UInt64>(0)

    var value: UInt64 { number.load(ordering: .acquiring) }

    func raise(_ value: UInt64) { number.store(value, ordering: .releasing) }
}
