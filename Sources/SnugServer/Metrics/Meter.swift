// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A number that one thread counts up and every thread may read.
///
/// One thread alone: so counting is a load, an addition and a store like any other, and no processor waits for another.
struct Meter: ~Copyable, Sendable {
    private let value = Atomic<UInt64>(0)

    func add(_ count: Int) {
        let more = UInt64(clamping: count)
        value.store(value.load(ordering: .relaxed) &+ more, ordering: .relaxed)
    }

    /// All that was counted so far.
    var total: UInt64 { value.load(ordering: .relaxed) }
}

/// How long a thread's turns took, from when its wait ended until it waited again.
struct TurnMeter: ~Copyable, Sendable {
    /// The upper bounds of the classes, in nanoseconds; a last class has none.
    static let bounds: [Int64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
    ]

    private let classes = InlineArray<16, Meter> { _ in Meter() }
    private let nanoseconds = Meter()

    func add(nanoseconds time: Int64) {
        var index = 0
        while index < Self.bounds.count, Self.bounds[index] < time { index += 1 }
        classes[index].add(1)
        nanoseconds.add(Int(clamping: max(0, time)))
    }

    /// What was counted so far.
    var times: TurnTimes {
        TurnTimes(counts: (0..<classes.count).map { classes[$0].total }, nanoseconds: nanoseconds.total)
    }
}

/// How long turns took: how many there were of each class of ``TurnMeter``, and all of them together.
struct TurnTimes: Equatable, Sendable {
    private(set) var counts = [UInt64](repeating: 0, count: TurnMeter.bounds.count + 1)
    private(set) var nanoseconds: UInt64 = 0

    /// Takes those of another thread as well.
    mutating func add(_ other: TurnTimes) {
        for (index, count) in other.counts.enumerated() where index < counts.count {
            counts[index] &+= count
        }
        nanoseconds &+= other.nanoseconds
    }
}
