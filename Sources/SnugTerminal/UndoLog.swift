// SPDX-License-Identifier: Apache-2.0

/// What a line was before each change, as far back as there is room for.
struct UndoLog: Sendable {
    /// What a change does; changes of one kind in a row are one step.
    enum Change: Equatable, Sendable {
        case deletion
        case insertion
        /// Always a step of its own.
        case other
    }

    private struct Step {
        let before: String
        let after: String

        var bytes: Int { before.utf8.count + after.utf8.count }
    }

    private var steps: [Step] = []
    private var bytes = 0
    private var last: Change?

    static let maximumSteps = 1_000
    static let maximumBytes = 262_144

    /// Notes what `line` is, in front of a change.
    mutating func note(_ line: EditedLine, before change: Change) {
        defer { last = change }
        guard change != last || change == .other else { return }
        let step = Step(before: line.before, after: line.after)
        steps.append(step)
        bytes += step.bytes
        while steps.count > Self.maximumSteps || bytes > Self.maximumBytes {
            bytes -= steps.removeFirst().bytes
        }
    }

    /// What changes next is a step of its own.
    mutating func close() { last = nil }

    /// The line as it was before the last step; nil if that is not known.
    mutating func undo() -> EditedLine? {
        last = nil
        guard let step = steps.popLast() else { return nil }
        bytes -= step.bytes
        return EditedLine(before: step.before, after: step.after)
    }
}
