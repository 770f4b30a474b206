// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How a heap of bytes looks to somebody who does not know what it means.
///
/// Bytes that look like chance prove nothing: a compressed file looks the same, and is read by anyone.
struct ByteStatistics: Equatable, Sendable {
    /// How often each value came, 256 counts.
    let histogram: [Int]

    let byteCount: Int

    /// The longest stretch of printable ASCII.
    let longestReadableRun: Int

    init(_ bytes: some Sequence<UInt8>) {
        var histogram = [Int](repeating: 0, count: 256)
        var run = 0
        var longest = 0
        for byte in bytes {
            histogram[Int(byte)] += 1
            run = Self.printable.contains(byte) ? run + 1 : 0
            longest = max(longest, run)
        }
        self.histogram = histogram
        byteCount = histogram.reduce(0, +)
        longestReadableRun = longest
    }

    static let printable: ClosedRange<UInt8> = 0x20...0x7e

    /// From 0 to 1; bytes of chance come to 95/256 = 0.37.
    var printableShare: Double {
        guard byteCount > 0 else { return 0 }
        return Double(Self.printable.reduce(0) { $0 + histogram[Int($1)] }) / Double(byteCount)
    }

    /// Bits per byte, at most 8 (Shannon); few bytes of chance come to a little less.
    var entropy: Double {
        histogram.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / Double(byteCount)
            return sum - share * log2(share)
        }
    }

    /// Pearson's statistic against all values being equally likely; 255 degrees of freedom.
    ///
    /// Bytes of chance come to 205...311 in 98 of 100 cases.
    var chiSquare: Double {
        let expected = Double(byteCount) / 256
        guard expected > 0 else { return 0 }
        return histogram.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }
}
