// SPDX-License-Identifier: Apache-2.0

/// How often each of the 256 byte values came, with the readable ones on a tinted ground.
enum HistogramPicture {
    private static let barWidth = 1.25
    private static let left = 8.0
    private static let ground = 108.0
    private static let tallest = 84.0

    static func markup(_ analysis: ModeAnalysis) -> String {
        let statistics = analysis.statistics
        let most = max(statistics.histogram.max() ?? 0, 1)
        let printable = ByteStatistics.printable
        let heights = statistics.histogram.map { Double($0) / Double(most) * tallest }
        let tint = rectangle(
            from: Int(printable.lowerBound),
            to: Int(printable.upperBound) + 1,
            height: tallest + 4,
            class: "tint"
        )
        let share = Decimal.text(Double(most) / Double(max(statistics.byteCount, 1)) * 100, places: 1)
        let shapes =
            [tint, bars(heights, analysis.mode)]
            + [
                "<path class=\"axis\" d=\"M\(number(left)) \(number(ground))H\(number(x(256)))\"/>",
                label(0, "00"), label(0x20, "20"), label(0x7f, "7f"), label(0xff, "ff"),
                "<text x=\"\(number(x(79)))\" y=\"13\" class=\"note\" text-anchor=\"middle\">readable</text>",
                "<text x=\"\(number(x(256)))\" y=\"13\" class=\"tick\" text-anchor=\"end\">"
                    + "tallest: \(share) %</text>",
            ]
        return Markup.picture(
            "bytes-\(analysis.mode.rawValue)",
            width: 336,
            height: 126,
            title: "How often each byte value came, \(analysis.mode.title)",
            description: "\(statistics.byteCount) bytes, of which "
                + "\(Decimal.text(statistics.printableShare * 100, places: 0)) % are readable; "
                + "\(Decimal.text(statistics.entropy, places: 2)) bits of entropy per byte.",
            shapes
        )
    }

    /// One path for all bars, which keeps the page small.
    private static func bars(_ heights: [Double], _ mode: WireMode) -> String {
        let steps = heights.enumerated().map { value, height in
            "V\(number(ground - height))H\(number(x(value + 1)))"
        }
        return "<path class=\"bars \(mode.rawValue)\" d=\"M\(number(left)) \(number(ground))"
            + steps.joined() + "V\(number(ground))Z\"/>"
    }

    private static func rectangle(from: Int, to: Int, height: Double, class name: String) -> String {
        "<rect class=\"\(name)\" x=\"\(number(x(from)))\" y=\"\(number(ground - height))\" "
            + "width=\"\(number(x(to) - x(from)))\" height=\"\(number(height))\"/>"
    }

    private static func label(_ value: Int, _ text: String) -> String {
        "<text x=\"\(number(x(value)))\" y=\"122\" class=\"tick\" text-anchor=\"middle\">\(text)</text>"
    }

    private static func x(_ value: Int) -> Double { left + Double(value) * barWidth }

    private static func number(_ value: Double) -> String { Decimal.text(value, places: 2) }
}

extension WireMode {
    /// For people.
    var title: String {
        switch self {
        case .plain: "plain"
        case .tls: "TLS"
        case .padded: "TLS, padded"
        }
    }
}
