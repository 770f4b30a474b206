// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugServer

/// The two forms in which figures are told.
@Suite struct MetricsTextTests {
    private enum Colour: String, CaseIterable { case green, red }

    private var families: [MetricFamily] {
        [
            .counter("drops", "Drops.", 3),
            .gauge("level_bytes", "A \\ and\na \"quote\".", -0.5),
            .counter("cars", "Cars.", by: Colour.self) { $0 == .red ? 2 : nil },
            MetricFamily(.info, "made", "By whom.", [MetricSample("_info", 1, [.init("by", "a\"b\\c\nd")])]),
        ]
    }

    @Test func openMetricsIsAsTheStandardHasIt() {
        #expect(
            MetricsText.openMetrics.render(families) == #"""
                # HELP drops Drops.
                # TYPE drops counter
                drops_total 3
                # HELP level_bytes A \\ and\na \"quote\".
                # TYPE level_bytes gauge
                # UNIT level_bytes bytes
                level_bytes -0.5
                # HELP cars Cars.
                # TYPE cars counter
                cars_total{reason="green"} 0
                cars_total{reason="red"} 2
                # HELP made By whom.
                # TYPE made info
                made_info{by="a\"b\\c\nd"} 1
                # EOF

                """#
        )
    }

    @Test func theOlderFormCallsAFamilyWhatItsSamplesAreCalled() {
        #expect(
            MetricsText.prometheus.render(families) == #"""
                # HELP drops_total Drops.
                # TYPE drops_total counter
                drops_total 3
                # HELP level_bytes A \\ and\na "quote".
                # TYPE level_bytes gauge
                level_bytes -0.5
                # HELP cars_total Cars.
                # TYPE cars_total counter
                cars_total{reason="green"} 0
                cars_total{reason="red"} 2
                # HELP made_info By whom.
                # TYPE made_info gauge
                made_info{by="a\"b\\c\nd"} 1

                """#
        )
    }

    @Test func aHistogramCountsUpToItsLastClass() {
        let meter = TurnMeter()
        for time: Int64 in [1, 70_000, 9_000_000_000] { meter.add(nanoseconds: time) }
        let text = MetricsText.openMetrics.render([.histogram("turn_seconds", "T.", [("a", meter.times)])])
        let lines = text.split(separator: "\n")
        #expect(lines.contains(#"turn_seconds_bucket{thread="a",le="5e-05"} 1"#))
        #expect(lines.contains(#"turn_seconds_bucket{thread="a",le="0.0001"} 2"#))
        #expect(lines.contains(#"turn_seconds_bucket{thread="a",le="1.0"} 2"#))
        #expect(lines.contains(#"turn_seconds_bucket{thread="a",le="+Inf"} 3"#))
        #expect(lines.contains(#"turn_seconds_count{thread="a"} 3"#))
        #expect(lines.contains(#"turn_seconds_sum{thread="a"} 9.000070001"#))
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (9_007_199_254_740_992, "9007199254740992"), (0.25, "0.25"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
        ] as [(Double, String)]
    )
    func aFigureIsWrittenAsEveryReaderTakesIt(_ value: Double, _ text: String) {
        #expect(MetricsText.number(value) == text)
    }

    @Test func whoAsksForOpenMetricsGetsIt() {
        #expect(MetricsText(accepting: []) == .prometheus)
        #expect(MetricsText(accepting: ["*/*", "text/plain"]) == .prometheus)
        let scraper = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        #expect(MetricsText(accepting: [scraper]) == .openMetrics)
    }
}
