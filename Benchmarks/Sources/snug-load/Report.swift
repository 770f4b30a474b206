// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// One measurement as one JSON object, in the order in which things were put in.
struct Report {
    private var fields: [String] = []

    mutating func add(_ name: String, _ value: Int) { fields.append("\"\(name)\": \(value)") }

    mutating func add(_ name: String, _ value: String) {
        let escaped = value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        fields.append("\"\(name)\": \"\(escaped)\"")
    }

    /// A number to a thousandth; null if it is not known.
    mutating func add(_ name: String, _ value: Double?) {
        let rounded = value.flatMap { $0.isFinite ? ($0 * 1_000).rounded() / 1_000 : nil }
        fields.append("\"\(name)\": \(rounded.map { "\($0)" } ?? "null")")
    }

    mutating func add(_ name: String, _ histogram: Histogram) {
        for (suffix, share) in [("P50", 0.5), ("P90", 0.9), ("P99", 0.99), ("P999", 0.999), ("Max", 1)] {
            add("\(name)\(suffix)Microseconds", Double(histogram.value(atShare: share)) / 1_000)
        }
    }

    /// Writes the object to standard output.
    func write() throws(LoadFailure) {
        do throws(SystemError) {
            try Polling.write(Array("{\(fields.joined(separator: ", "))}\n".utf8), to: 1)
        } catch { throw .system(error) }
    }
}
