// SPDX-License-Identifier: Apache-2.0

/// Counts of durations in buckets that grow with the duration, so that each is known to 1/64 of itself.
struct Histogram {
    private static let stepsPerDoubling = 64
    private static let stepBits = 6

    private var counts = [UInt64](repeating: 0, count: (64 - stepBits + 1) * stepsPerDoubling)
    private(set) var total: UInt64 = 0
    private(set) var maximum: Int64 = 0

    /// Counts one duration; one that is negative counts as none.
    mutating func record(nanoseconds: Int64) {
        let value = max(0, nanoseconds)
        counts[Self.bucket(of: value)] += 1
        total += 1
        maximum = max(maximum, value)
    }

    /// The duration that so great a share of all stayed within, in nanoseconds; zero if there are none.
    func value(atShare share: Double) -> Int64 {
        let wanted = UInt64((Double(total) * share).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= wanted { return min(maximum, Self.upperBound(of: bucket)) }
        }
        return maximum
    }

    private static func bucket(of value: Int64) -> Int {
        let magnitude = 63 - value.leadingZeroBitCount
        guard magnitude >= stepBits else { return Int(value) }
        let shift = magnitude - stepBits
        return (shift + 1) * stepsPerDoubling + Int(value >> shift) - stepsPerDoubling
    }

    private static func upperBound(of bucket: Int) -> Int64 {
        guard bucket >= stepsPerDoubling else { return Int64(bucket) }
        let shift = bucket / stepsPerDoubling - 1
        return (Int64(bucket % stepsPerDoubling + stepsPerDoubling + 1) << shift) - 1
    }
}
