// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// How far apart the times are that two kinds of the same work take.
///
/// Both kinds are done in random order, and the means of their times compared. However noisy the machine is, noise does
/// not know which kind it meets: without a real difference, the means are 4.5 standard errors apart once in 100,000 times
/// (Welch's t), and three such times in a row are no accident. Where memory lies can make a nanosecond or two; a hundredth
/// of what the work takes counts as nothing.
public struct TimeDifference: CustomStringConvertible {
    public let nanoseconds: Double
    public let standardError: Double

    public var isReal: Bool { abs(nanoseconds) > max(4.5 * standardError, 20) }

    public var description: String { "\(Int(nanoseconds)) ns, standard error \(Int(standardError)) ns" }

    /// Measures `work` of the kinds 0 and 1, each time behind `prepare`, which is not measured.
    public static func measure(
        samples: Int = 20_000,
        prepare: (_ kind: Int) -> Void,
        _ work: (_ kind: Int) -> Void
    ) -> TimeDifference {
        var times: [(kind: Int, time: Int)] = []
        times.reserveCapacity(samples)
        for _ in 0..<samples {
            let kind = Int.random(in: 0...1)
            prepare(kind)
            let start = clock(CLOCK_MONOTONIC)
            work(kind)
            times.append((kind, clock(CLOCK_MONOTONIC) - start))
        }
        // The slowest tenth of both together was interrupted by something else.
        let limit = times.map(\.time).sorted()[samples * 9 / 10]
        let kept = times.filter { $0.time <= limit }
        let (first, second) = (Moments(kept.filter { $0.kind == 0 }), Moments(kept.filter { $0.kind == 1 }))
        return TimeDifference(
            nanoseconds: first.mean - second.mean,
            standardError: (first.errorSquared + second.errorSquared).squareRoot()
        )
    }

    private struct Moments {
        let mean: Double
        let errorSquared: Double

        init(_ samples: [(kind: Int, time: Int)]) {
            let times = samples.map { Double($0.time) }
            let mean = times.reduce(0, +) / Double(times.count)
            let variance = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(times.count - 1)
            self.mean = mean
            errorSquared = variance / Double(times.count)
        }
    }

    /// The nanoseconds of a clock.
    public static func clock(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
