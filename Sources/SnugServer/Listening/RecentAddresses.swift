// SPDX-License-Identifier: Apache-2.0

/// A record for each of the addresses that were heard of last.
///
/// The others are forgotten, so that nobody with many addresses can fill memory, and no search for the oldest is needed
/// to make room: once one half is full, the half before it goes as a whole.
struct RecentAddresses<Record> {
    private let limit: Int
    private var newer: [[UInt8]: Record] = [:]
    private var older: [[UInt8]: Record] = [:]

    /// Remembers at most `limit` addresses, and at least the last half as many.
    init(limit: Int = 4_096) { self.limit = limit }

    var count: Int { newer.count + older.count }

    subscript(address: [UInt8]) -> Record? {
        get { newer[address] ?? older[address] }
        set {
            older[address] = nil
            if newValue != nil, newer[address] == nil, newer.count >= limit / 2 {
                older = newer
                newer = [:]
            }
            newer[address] = newValue
        }
    }
}
