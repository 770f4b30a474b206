// SPDX-License-Identifier: Apache-2.0

/// Which combining marks go on which letters.
///
/// A mark of one script on a letter of another is drawn anywhere or not at all: a Hebrew dagesh disappears in a
/// Latin "B". Marks of Unicode's general blocks, such as U+0301, go on letters of every script.
struct MarkScripts: Sendable {
    /// The table that is compiled in; unpacked when the first name with a mark is cleaned.
    static let shared = MarkScripts(packed: markScriptTable)

    /// Sets of scripts, one bit for each.
    private var sets: [UInt128] = []
    private var runs: [(scalars: ClosedRange<UInt32>, set: Int)] = []

    /// Whether `mark` belongs to some scripts only.
    func isBound(_ mark: Unicode.Scalar) -> Bool {
        scripts(of: mark) != nil
    }

    /// Whether `mark` may stand on `letter`.
    func allow(_ mark: Unicode.Scalar, on letter: Unicode.Scalar) -> Bool {
        guard let bound = scripts(of: mark) else { return true }
        return bound & (scripts(of: letter) ?? 0) != 0
    }

    private func scripts(of scalar: Unicode.Scalar) -> UInt128? {
        let index = runs.partitionPoint { $0.scalars.upperBound >= scalar.value }
        guard index < runs.count, runs[index].scalars.contains(scalar.value) else { return nil }
        return sets[runs[index].set]
    }

    /// Reads what scripts/make-confusables packed; its `pack_scripts` says how.
    private init(packed: String) {
        var numbers = PackedNumbers(packed)
        for _ in 0..<(numbers.next() ?? 0) {
            let count = numbers.next() ?? 0
            sets.append((0..<count).reduce(0) { set, _ in set | 1 << UInt128(numbers.next() ?? 0) })
        }
        var end: UInt32 = 0
        while let gap = numbers.next(), let length = numbers.next(), let set = numbers.next() {
            let first = end + gap
            end = first + length
            runs.append((first...end - 1, Int(set)))
        }
    }
}
