// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// Tasks that write lines for programs.
@Suite struct LevelOneTaskTests {
    /// Between two waits, or during one.
    @Test(arguments: [true, false])
    func aReaderThatIsGoneEndsTheStayWhateverHasNoticedIt(byWriting: Bool) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let pipe = try TestPipe()
        let task = TailTask("main", to: JSONLines(to: pipe.input), remark: { _ in })
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        pipe.closeOutput()
        if byWriting {
            try task.take(.message(ModelChat().hello), &state)
            #expect(task.watched[0].descriptor == nil)
            try task.proceed([[], []], &state)
        } else {
            var entries = task.watched
            Polling.wait(for: &entries, until: .never)
            try task.proceed(entries.map(\.readiness), &state)
        }
        #expect(state.isOver)
    }

    @Test func nothingIsEndedAsLongAsNothingHappens() throws {
        let pipe = try TestPipe()
        let task = TailTask("main", to: JSONLines(to: pipe.input), remark: { _ in })
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        try task.take(.message(ModelChat().hello), &state)
        try task.proceed([[], []], &state)
        #expect(!state.isOver)
        #expect(!task.isFull)
    }
}
