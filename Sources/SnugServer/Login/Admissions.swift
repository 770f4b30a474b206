// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// Strangers that have said who they are, and of whom the chat has not decided whether it lets them in.
///
/// With one server that is known in the same turn. Where several share one order it comes when that brings it; until
/// then the connection is the hub's, and nobody reads it or looks whether it is still there.
struct Admissions<Waiter> {
    /// With the time at which somebody is told that it cannot be decided.
    private var strangers: [SessionID: (stranger: Waiter, deadline: MonotonicTime)] = [:]

    var count: Int { strangers.count }

    /// The next time at which somebody is told that it cannot be decided.
    var nextDeadline: MonotonicTime? { strangers.values.lazy.map(\.deadline).min() }

    mutating func add(_ stranger: Waiter, as session: SessionID, until deadline: MonotonicTime) {
        strangers[session] = (stranger, deadline)
    }

    /// Somebody of whom it is decided.
    mutating func take(_ session: SessionID) -> Waiter? {
        strangers.removeValue(forKey: session)?.stranger
    }

    /// Those whose time is over.
    func overdue(at now: MonotonicTime) -> [SessionID] {
        strangers.lazy.filter { $0.value.deadline <= now }.map(\.key).sorted()
    }
}
