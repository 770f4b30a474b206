// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// What each address may still do at a rate; of addresses that were not heard of for long it is all of it.
struct AddressAllowances {
    private let rate: LineRate
    private var allowances = RecentAddresses<LineAllowance>()

    init(_ rate: LineRate) { self.rate = rate }

    /// Takes one for `address` if it is allowed now.
    mutating func take(for address: [UInt8], now: MonotonicTime) -> Bool {
        var allowance = allowances[address] ?? LineAllowance(rate)
        defer { allowances[address] = allowance }
        return allowance.take(now: now)
    }

    /// When `address` may take the next one; not later than `now` if it may already.
    func next(for address: [UInt8], now: MonotonicTime) -> MonotonicTime {
        allowances[address]?.nextLine(now: now) ?? now
    }

    /// Lets `address` begin anew.
    mutating func forgive(_ address: [UInt8]) { allowances[address] = nil }
}
