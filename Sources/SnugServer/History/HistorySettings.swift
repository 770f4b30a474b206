// SPDX-License-Identifier: Apache-2.0

public import SnugHistory

/// What a server keeps of what is said, and where.
public struct HistorySettings: Sendable {
    /// How much of each room.
    public var retention = Retention.standard

    /// The file that outlasts the server; nil for memory, which ends with it.
    public var file: String?

    /// 1,000 lines of each room, for 24 hours, in memory.
    public init() {}
}
