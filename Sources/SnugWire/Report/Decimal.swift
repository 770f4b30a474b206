// SPDX-License-Identifier: Apache-2.0

/// Numbers as people write them.
enum Decimal {
    /// `number` with so many digits behind the point.
    static func text(_ number: Double, places: Int) -> String {
        guard number.isFinite else { return "-" }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        // Past 2^53 a Double has no digits behind the point anyway.
        guard let scaled = Int(exactly: (abs(number) * scale).rounded()) else { return "\(number)" }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = number < 0 && scaled != 0 ? "-" : ""
        return sign + padded.dropLast(places) + (places > 0 ? "." + padded.suffix(places) : "")
    }
}
