// SPDX-License-Identifier: Apache-2.0

/// The figures of a server as text that monitoring reads.
public enum MetricsText: Sendable {
    /// OpenMetrics 1.0.
    case openMetrics
    /// The text format of Prometheus that was there before it, 0.0.4.
    case prometheus

    /// The one that whoever sent these values of `Accept` (RFC 9110 section 12.5.1) can read.
    init(accepting values: [String]) {
        self = values.contains { $0.contains("application/openmetrics-text") } ? .openMetrics : .prometheus
    }

    /// For `Content-Type`.
    public var mediaType: String {
        switch self {
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        }
    }

    /// The whole text.
    public func render(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families { append(family, to: &text) }
        if self == .openMetrics { text += "# EOF\n" }
        return text
    }

    private func append(_ family: MetricFamily, to text: inout String) {
        let name = familyName(family)
        text += "# HELP \(name) \(Self.escaped(family.help, alsoQuotes: self == .openMetrics))\n"
        text += "# TYPE \(name) \(kind(family))\n"
        if self == .openMetrics, let unit = family.unit { text += "# UNIT \(name) \(unit)\n" }
        for sample in family.samples {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, alsoQuotes: true))\"" }
            text += family.name + sample.suffix
            if !labels.isEmpty { text += "{\(labels.joined(separator: ","))}" }
            text += " \(Self.number(sample.value))\n"
        }
    }

    /// The older format calls a family what its samples are called.
    private func familyName(_ family: MetricFamily) -> String {
        switch (self, family.kind) {
        case (.prometheus, .counter): family.name + "_total"
        case (.prometheus, .info): family.name + "_info"
        default: family.name
        }
    }

    private func kind(_ family: MetricFamily) -> String {
        self == .prometheus && family.kind == .info ? "gauge" : family.kind.rawValue
    }

    /// Without a point where it is whole, and never in a form that only Swift reads.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func escaped(_ text: String, alsoQuotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where alsoQuotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
