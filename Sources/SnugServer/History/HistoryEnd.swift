// SPDX-License-Identifier: Apache-2.0

public import SnugHistory

/// What has become, at a server's end, of what was said last.
public enum HistoryEnd: Equatable, Sendable {
    /// It could not be stored, and is lost.
    case lost(HistoryError)

    /// It is where history is kept.
    case stored

    /// The disk has not taken it in time: it may be stored yet.
    case stuck
}
