// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import SnugServer

/// Hands a server's figures on to whatever back end swift-metrics was given.
struct MetricsBridge {
    /// How far each counter was when it was handed on last.
    private var totals: [String: Double] = [:]

    mutating func record(_ families: [MetricFamily]) {
        for family in families {
            for sample in family.samples { record(sample, of: family) }
        }
    }

    private mutating func record(_ sample: MetricSample, of family: MetricFamily) {
        let name = family.name + sample.suffix
        let labels = sample.labels.map { ($0.name, $0.value) }
        guard family.kind == .counter else { return Meter(label: name, dimensions: labels).set(sample.value) }
        let before = totals.updateValue(sample.value, forKey: "\(name) \(labels)") ?? 0
        FloatingPointCounter(label: name, dimensions: labels).increment(by: sample.value - before)
    }
}
