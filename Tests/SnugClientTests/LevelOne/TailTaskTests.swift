// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// What happens in one room, told to a program.
@Suite struct TailTaskTests {
    private let pipe: TestPipe
    private var state = LevelOneState(name: "cron", client: "test", mark: "m")

    init() throws { pipe = try TestPipe() }

    private func written(_ task: TailTask) throws -> [String] {
        try task.finish()
        pipe.closeInput()
        return String(decoding: try Polling.read(pipe.output, atMost: 65_536), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    @Test mutating func onlyWhatConcernsTheRoomIsTold() throws {
        let task = TailTask("OPS", to: JSONLines(to: pipe.input), remark: { _ in })
        let speech = ServerMessage.EventKind.said(ModelChat.person, text: "hi", isAction: false)
        let messages = [
            ModelChat().hello,
            ServerMessage(.room(.init(room: "main", people: [], last: 1))),
            ServerMessage(.room(.init(room: "ops", people: [], last: 1))),
            LevelOneState.event(speech, at: 2),
            LevelOneState.event(speech, at: 3, in: "ops"),
            ServerMessage(.gap(room: "main", after: 3, before: 5)),
            ServerMessage(.gap(room: "ops", after: 3, before: 5)),
            ServerMessage(.rooms(.init([]))),
            ServerMessage(.notice(Code(.notStored), text: "full")),
        ]
        for message in messages { try task.take(.message(message), &state) }
        let lines = try written(task)
        #expect(lines.count == 5)
        for (line, type) in zip(lines, ["hello", "room", "said", "gap", "notice"]) {
            #expect(line.contains("\"type\":\"\(type)\"") && !line.contains("main"))
        }
    }

    @Test mutating func aRoomThatOneIsNotLetIntoIsTheEnd() throws {
        let task = TailTask("ops", to: JSONLines(to: pipe.input), remark: { _ in })
        let refused = ServerMessage.Refused(.notInRoom, text: "no")
        #expect(throws: ClientError.self) { try task.take(.refused(refused, ref: nil), &state) }
    }

    @Test func theNextAttemptIsNeverSaidToBeInNoTime() {
        var remarks: [String] = []
        let task = TailTask("ops", to: JSONLines(to: pipe.input), remark: { remarks.append($0) })
        task.comeBack(after: .endedByServer, in: .milliseconds(200))
        #expect(remarks.count == 1 && remarks[0].hasSuffix("; coming back in 1 s"))
    }
}
