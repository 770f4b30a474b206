// SPDX-License-Identifier: Apache-2.0

/// The length of each line against the size of the record that carried it, with and without padding.
enum SizePicture {
    private static let width = 400.0
    private static let height = 320.0
    private static let left = 40.0
    private static let right = 388.0
    private static let top = 30.0
    private static let bottom = 276.0

    static func markup(_ tls: ModeAnalysis, _ padded: ModeAnalysis) -> String {
        let points = points(tls) + points(padded)
        let across = Scale(to: points.map(\.text).max() ?? 0, from: left, up: right)
        let along = Scale(to: points.map(\.record).max() ?? 0, from: bottom, up: top)
        let marks = points.map { mark($0, x: across.place($0.text), y: along.place($0.record)) }
        return Markup.picture(
            "sizes",
            width: Int(width),
            height: Int(height),
            title: "Length of each line against the size of its record",
            description: "Without padding the points lie on a line, so each length can be read off. "
                + "With padding they lie on steps, and all lengths on a step look the same.",
            axes(across, along) + marks
        )
    }

    static func table(_ tls: ModeAnalysis, _ padded: ModeAnalysis) -> String {
        Markup.table(
            caption: "Bytes of each line and of its record",
            columns: ["line", "#text", "#TLS record", "#padded record"],
            rows: zip(tls.lines, padded.lines).enumerated().map { index, line in
                [
                    "\(index + 1)", "\(line.0.item.textBytes ?? 0)", "\(line.0.unit.range.count)",
                    "\(line.1.unit.range.count)",
                ]
            }
        )
    }

    private struct Point {
        let text: Int
        let record: Int
        let mode: WireMode
    }

    private static func points(_ analysis: ModeAnalysis) -> [Point] {
        analysis.lines.map {
            Point(text: $0.item.textBytes ?? 0, record: $0.unit.range.count, mode: analysis.mode)
        }
    }

    /// Round and square, so that they can be told apart without colour.
    private static func mark(_ point: Point, x: Double, y: Double) -> String {
        let tip = "<title>\(point.text) bytes of text in a record of \(point.record)</title>"
        guard point.mode == .padded else {
            return "<circle class=\"tls\" cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"5\">\(tip)</circle>"
        }
        return "<rect class=\"padded\" x=\"\(number(x - 4.5))\" y=\"\(number(y - 4.5))\" "
            + "width=\"9\" height=\"9\">\(tip)</rect>"
    }

    private static func axes(_ across: Scale, _ along: Scale) -> [String] {
        let columns = across.ticks.map { tick in
            "<text class=\"tick\" x=\"\(number(across.place(tick)))\" y=\"\(number(bottom + 18))\" "
                + "text-anchor=\"middle\">\(tick)</text>"
        }
        let rows = along.ticks.map { tick in
            let y = number(along.place(tick))
            return "<path class=\"grid\" d=\"M\(number(left)) \(y)H\(number(right))\"/>"
                + "<text class=\"tick\" x=\"\(number(left - 8))\" y=\"\(y)\" dy=\"4\" "
                + "text-anchor=\"end\">\(tick)</text>"
        }
        return rows + columns + [
            "<path class=\"axis\" d=\"M\(number(left)) \(number(bottom))H\(number(right))\"/>",
            "<text class=\"note\" x=\"\(number(right))\" y=\"\(number(bottom + 38))\" text-anchor=\"end\">"
                + "bytes of text in the line</text>",
            "<text class=\"note\" x=\"14\" y=\"12\">"
                + "bytes of the record on the wire</text>",
        ]
    }

    private static func number(_ value: Double) -> String { Decimal.text(value, places: 1) }

    /// Numbers from 0 along a line, with ticks at steps of 1, 2 or 5 times a power of ten.
    private struct Scale {
        let ticks: [Int]
        private let origin: Double
        private let perUnit: Double

        init(to most: Int, from origin: Double, up end: Double) {
            let candidates = sequence(first: 1) { $0 * 10 }.prefix(12).flatMap { [$0, $0 * 2, $0 * 5] }
            let step = candidates.first { $0 * 6 >= most } ?? most
            let steps = max((most + step - 1) / step, 1)
            ticks = (0...steps).map { $0 * step }
            self.origin = origin
            perUnit = (end - origin) / Double(steps * step)
        }

        func place(_ value: Int) -> Double { origin + Double(value) * perUnit }
    }
}
