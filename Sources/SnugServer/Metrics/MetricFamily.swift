// SPDX-License-Identifier: Apache-2.0

/// One thing that a server can be asked about itself, with its figures: a metric family of OpenMetrics.
public struct MetricFamily: Equatable, Sendable {
    /// What the figures are.
    public enum Kind: String, Sendable {
        /// They only rise.
        case counter
        /// They rise and fall.
        case gauge
        /// How many there were of each class.
        case histogram
        /// Words, with the figure 1.
        case info
    }

    /// Such as `snug_lines`, without the `_total` of a counter.
    public let name: String

    /// What the figures are.
    public let kind: Kind

    /// One sentence.
    public let help: String

    /// The figures.
    public let samples: [MetricSample]

    /// The unit that ``name`` ends with, if it has one.
    var unit: String? { ["seconds", "bytes"].first { name.hasSuffix("_\($0)") } }

    init(_ kind: Kind, _ name: String, _ help: String, _ samples: [MetricSample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    static func counter(_ name: String, _ help: String, _ total: UInt64) -> MetricFamily {
        MetricFamily(.counter, name, help, [MetricSample("_total", Double(total))])
    }

    static func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(.gauge, name, help, [MetricSample("", value)])
    }

    /// A counter for each reason that there can be, those included of which there was none yet.
    static func counter<Reason: CaseIterable & RawRepresentable<String>>(
        _ name: String,
        _ help: String,
        by _: Reason.Type,
        _ total: (Reason) -> UInt64?
    ) -> MetricFamily {
        let samples = Reason.allCases.map { reason in
            MetricSample(
                "_total",
                Double(total(reason) ?? 0),
                [MetricSample.Label("reason", reason.rawValue)]
            )
        }
        return MetricFamily(.counter, name, help, samples)
    }

    /// How long the turns of each of these kinds of threads took.
    static func histogram(_ name: String, _ help: String, _ times: [(thread: String, TurnTimes)])
        -> MetricFamily
    {
        var samples: [MetricSample] = []
        for (thread, times) in times {
            let label = MetricSample.Label("thread", thread)
            var sum: UInt64 = 0
            for (index, count) in times.counts.enumerated() {
                sum += count
                // With a point, as OpenMetrics has it.
                let bound =
                    index < TurnMeter.bounds.count ? "\(Double(TurnMeter.bounds[index]) / 1e9)" : "+Inf"
                samples.append(
                    MetricSample("_bucket", Double(sum), [label, MetricSample.Label("le", bound)])
                )
            }
            samples.append(MetricSample("_count", Double(sum), [label]))
            samples.append(MetricSample("_sum", Double(times.nanoseconds) / 1e9, [label]))
        }
        return MetricFamily(.histogram, name, help, samples)
    }
}

/// One figure.
public struct MetricSample: Equatable, Sendable {
    /// What tells it from the others of its family.
    public struct Label: Equatable, Sendable {
        /// Such as `reason`.
        public let name: String
        /// One of a few words of this program: nothing that a peer has named.
        public let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What is put behind the family's name, such as `_total`; empty for a gauge.
    public let suffix: String

    /// What tells it from the others of its family.
    public let labels: [Label]

    /// The figure.
    public let value: Double

    init(_ suffix: String, _ value: Double, _ labels: [Label] = []) {
        self.suffix = suffix
        self.labels = labels
        self.value = value
    }
}
