// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

/// Steps lead back to what was before them, and there are never more of them than there is room for.
@Suite struct UndoLogTests {
    @Test func changesOfOneKindInARowAreOneStep() {
        var log = UndoLog()
        for (text, change) in [
            ("", UndoLog.Change.insertion), ("a", .insertion), ("ab", .deletion), ("a", .deletion),
            ("", .other), ("x", .other),
        ] {
            log.note(EditedLine(text), before: change)
        }
        #expect((0..<5).map { _ in log.undo()?.string } == ["x", "", "ab", "", nil])
    }

    @Test func whatIsClosedIsAStepOfItsOwn() {
        var log = UndoLog()
        log.note(EditedLine("a"), before: .insertion)
        log.close()
        log.note(EditedLine("ab"), before: .insertion)
        #expect(log.undo()?.string == "ab")
        log.note(EditedLine("ac"), before: .insertion)
        #expect((0..<3).map { _ in log.undo()?.string } == ["ac", "a", nil])
    }

    @Test func theCursorComesBackAsWell() {
        var log = UndoLog()
        var line = EditedLine("abc")
        line.moveCursor(to: 1)
        log.note(line, before: .other)
        #expect(log.undo() == line)
    }

    @Test func theOldestStepsAreForgottenFirst() {
        var log = UndoLog()
        for number in 0..<5_000 { log.note(EditedLine("\(number)"), before: .other) }
        for number in (0..<UndoLog.maximumSteps).map({ 4_999 - $0 }) {
            #expect(log.undo()?.string == "\(number)")
        }
        #expect(log.undo() == nil)
    }

    @Test func longLinesLeaveRoomForFewerSteps() {
        var log = UndoLog()
        let line = EditedLine(String(repeating: "x", count: 2_600))
        for _ in 0..<5_000 { log.note(line, before: .other) }
        var steps = 0
        while log.undo() != nil { steps += 1 }
        #expect(steps == UndoLog.maximumBytes / 2_600)
        log.note(line, before: .other)
        #expect(log.undo() == line, "there is room again")
    }
}
