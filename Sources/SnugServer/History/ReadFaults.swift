// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugSystem

/// Tells the log why history cannot be read: each fault once, however many people ask.
final class ReadFaults: Sendable {
    private let report: ServerObserver
    private let known = Lock<[HistoryFault]>([])

    /// There are fewer; but what SQLite says is part of some.
    private static let maximumCount = 16

    init(_ report: @escaping ServerObserver) { self.report = report }

    /// Something could not be read.
    func note(_ error: HistoryError) {
        let isNew = known.withLock { known in
            guard known.count < Self.maximumCount, !known.contains(error.fault) else { return false }
            known.append(error.fault)
            return true
        }
        if isNew { report(.historyUnreadable(error)) }
    }
}
