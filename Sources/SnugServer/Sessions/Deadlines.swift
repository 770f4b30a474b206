// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// The times at which something has to happen to a member if nothing else happens before.
struct Deadlines {
    /// What a time is for; of several that have come the first in this order counts.
    enum Purpose: Int, CaseIterable {
        /// The server stops, whoever has not taken its goodbye by then.
        case drain
        /// The peer has not answered our goodbye.
        case linger
        /// The peer took nothing of what waits for it.
        case write
        /// A frame or record that was begun is not complete.
        case frame
        /// The last lines of a stay have waited for their turn.
        case lastLines
        /// No complete frame came.
        case idle
        /// The peer is to hear that its lines still wait.
        case stillHere
        /// The rate allows the next line.
        case rate
        /// Others' pages of history were in front; it is time to ask again.
        case telling
    }

    private var times = InlineArray<9, MonotonicTime>(repeating: .never)

    /// When that is; nil for never.
    subscript(_ purpose: Purpose) -> MonotonicTime? {
        get { times[purpose.rawValue] == .never ? nil : times[purpose.rawValue] }
        set { times[purpose.rawValue] = newValue ?? .never }
    }

    /// Sets the time if there is none, for something that goes on; takes it away if it does not.
    mutating func keep(_ purpose: Purpose, while goesOn: Bool, from time: @autoclosure () -> MonotonicTime) {
        self[purpose] = goesOn ? self[purpose] ?? time() : nil
    }

    /// The earliest; nil if there is none.
    var earliest: MonotonicTime? {
        var earliest = MonotonicTime.never
        for index in times.indices { earliest = min(earliest, times[index]) }
        return earliest == .never ? nil : earliest
    }

    /// The first purpose whose time has come.
    func due(by now: MonotonicTime) -> Purpose? {
        Purpose.allCases.first { times[$0.rawValue] <= now }
    }
}
