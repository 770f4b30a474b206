// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

extension HistoryPage {
    /// A page with what is missing around its lines.
    ///
    /// - Parameter holes: numbers of lines that are not kept, in any order; they may overlap.
    init(_ lines: [StoredLine], _ selection: LineSelection, hasMore: Bool, holes: [ClosedRange<UInt64>]) {
        self.lines = lines
        self.hasMore = hasMore
        var first: UInt64 = 1
        var last = UInt64.max
        switch selection {
        case .after(let number):
            guard number < .max else { return }
            first = number + 1
            if hasMore, let line = lines.last { last = line.sequence }
        case .before(let number):
            guard number > 1 else { return }
            last = number - 1
            if hasMore, let line = lines.first { first = line.sequence }
        }
        guard first <= last else { return }
        missing = holes.filter { $0.overlaps(first...last) }.map { $0.clamped(to: first...last) }.merged()
    }
}

extension [ClosedRange<UInt64>] {
    /// The same numbers in as few ranges as can be, in order.
    func merged() -> [ClosedRange<UInt64>] {
        var merged: [ClosedRange<UInt64>] = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = merged.last,
                range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound
            else {
                merged.append(range)
                continue
            }
            merged[merged.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
        }
        return merged
    }
}
