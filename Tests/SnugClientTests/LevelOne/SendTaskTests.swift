// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// Lines are said one after another, each once it is its turn, and none is taken for confirmed that is not.
@Suite(.timeLimit(.minutes(30))) struct SendTaskTests {
    private let pipe: TestPipe
    private var state = LevelOneState(name: "cron", client: "test", mark: "m")

    init() throws { pipe = try TestPipe() }

    private func task() -> SendTask {
        SendTask(linesOf: pipe.output, in: "main", timeout: .seconds(60), remark: { _ in })
    }

    /// What the task says next, and under which ref.
    private mutating func takeSaid() -> [(text: String, ref: String?)] {
        state.takeMessages().compactMap { message in
            guard case .say(_, let text, _) = message.kind else { return nil }
            return (text, message.ref)
        }
    }

    private mutating func pass(_ news: [LevelOneNews], to task: SendTask) throws {
        for item in news { try task.take(item, &state) }
    }

    /// Confirms the one line that was said, as the server does.
    private mutating func confirmOne(_ task: SendTask, at sequence: UInt64) throws -> String? {
        let said = takeSaid()
        #expect(said.count == 1)
        guard let (text, ref) = said.first else { return nil }
        let who = ModelChat.person
        let event = LevelOneState.event(.said(who, text: text, isAction: false), at: sequence, ref: ref)
        try pass(state.take(event), to: task)
        return text
    }

    @Test mutating func aLineIsSaidWhenTheOneBeforeItIsConfirmed() throws {
        let task = task()
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        #expect(takeSaid().isEmpty)
        try pipe.write("one\ntwo\n\nthree\n")
        try task.proceed([.readable], &state)
        #expect(try confirmOne(task, at: 10) == "one")
        #expect(try confirmOne(task, at: 11) == "two")
        #expect(task.confirmedCount == 2 && task.unconfirmedLine == "three")
        // Nothing more is read until it is there.
        #expect(task.watched[0].descriptor == nil)
        #expect(try confirmOne(task, at: 12) == "three")
        #expect(task.watched[0].descriptor == pipe.output && !state.isOver && state.phase == .present)
        pipe.closeInput()
        try task.proceed([.hungUp], &state)
        #expect(state.phase == .leaving && task.confirmedCount == 3 && task.unconfirmedLine == nil)
    }

    @Test mutating func aLineWaitsForTheRoomAndHasItsTimeAllTheSame() throws {
        let task = task()
        #expect(task.patience == .until(.never))
        try pipe.write("one\n")
        try task.proceed([.readable], &state)
        #expect(task.patience != .until(.never))
        #expect(takeSaid().isEmpty)
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        #expect(try confirmOne(task, at: 10) == "one")
        #expect(task.patience == .until(.never))
    }

    @Test mutating func afterALostConnectionALineGoesOutAgainUnderItsRef() throws {
        let task = task()
        try pipe.write("one\ntwo\n")
        try task.proceed([.readable], &state)
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        let first = takeSaid()
        state.lose()
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        let again = takeSaid()
        #expect(first.map(\.text) == ["one"] && again.map(\.text) == ["one"])
        #expect(first.first?.ref == again.first?.ref && first.first?.ref != nil)
    }

    @Test mutating func whatIsRefusedEndsItAndIsTheLineThatIsNamed() throws {
        let task = task()
        try pipe.write("one\ntwo\nthree\n")
        try task.proceed([.readable], &state)
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        #expect(try confirmOne(task, at: 10) == "one")
        let ref = takeSaid().first?.ref
        let refused = ServerMessage.Refused(.tooLong, text: "it is too long", hint: nil)
        #expect(throws: ClientError.self) {
            for item in try state.take(ServerMessage(.refused(refused), ref: ref)) {
                try task.take(item, &state)
            }
        }
        #expect(task.confirmedCount == 1 && task.unconfirmedLine == "two" && takeSaid().isEmpty)
    }

    @Test mutating func noOtherAnswerIsTakenForTheLines() throws {
        var remarks: [String] = []
        let task = SendTask("one", in: "main", timeout: .seconds(60), remark: { remarks.append($0) })
        _ = try state.enter()
        try pass(state.open("main"), to: task)
        try task.take(.confirmed(ref: "another"), &state)
        #expect(task.unconfirmedLine == "one")
        try task.take(.message(ServerMessage(.notice(Code(.lineChanged), text: "cut"))), &state)
        #expect(remarks == ["cut"])
        #expect(throws: ClientError.self) { try task.take(.withheld(ref: "m-1"), &state) }
    }

    @Test mutating func anInputWithoutALineIsDoneBeforeAnybodyIsAsked() throws {
        let task = task()
        pipe.closeInput()
        try task.proceed([.hungUp], &state)
        #expect(state.isOver)
    }
}
