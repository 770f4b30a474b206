// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugSystem

/// Those who wait to be told that a line is stored.
final class Confirmations: Sendable {
    typealias Told = @Sendable () -> Void

    /// So many wait at most.
    ///
    /// More come together only if the disk takes nothing for many seconds; then they are told
    /// nothing, and their clients ask again.
    private static let maximumCount = 65_536

    private let state = Lock(State())

    private struct State {
        var waiting: [(sequence: UInt64, told: Told)] = []
        var stored: UInt64 = 0
        /// Nothing is stored at the moment, and nobody is to wait for it.
        var isStopped = false
    }

    /// Calls `told` once everything up to that number is stored: before this returns, if it is.
    func wait(for sequence: UInt64, _ told: @escaping Told) {
        let isDone = state.withLock { state in
            if state.isStopped || sequence <= state.stored { return true }
            if state.waiting.count < Self.maximumCount { state.waiting.append((sequence, told)) }
            return false
        }
        if isDone { told() }
    }

    /// What the store reports.
    func take(_ event: HistoryEvent) {
        let due = state.withLock { state -> [Told] in
            switch event {
            case .stored(let number, missing: _):
                state.stored = max(state.stored, number)
                let due = state.waiting.filter { $0.sequence <= number }
                if !due.isEmpty { state.waiting.removeAll { $0.sequence <= number } }
                return due.map(\.told)
            case .lost, .stopped:
                state.isStopped = true
                defer { state.waiting = [] }
                return state.waiting.map(\.told)
            case .resumed:
                state.isStopped = false
                return []
            }
        }
        for told in due { told() }
    }
}
