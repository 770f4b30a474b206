// SPDX-License-Identifier: Apache-2.0

/// Who a member is, whatever it is called at the moment.
///
/// Given out by `Room` in rising order and never again, so a smaller id joined earlier.
public struct MemberID: Hashable, Comparable, Sendable {
    /// The number behind the id; the first member of a room has 1.
    public let rawValue: UInt64

    /// Whether `left` joined before `right`.
    public static func < (left: MemberID, right: MemberID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension MemberID: CustomStringConvertible {
    /// The number, for a log.
    public var description: String { String(rawValue) }
}
