// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// Who is there, told to a program.
@Suite struct WhoTaskTests {
    private let pipe: TestPipe
    private var state = LevelOneState(name: "cron", client: "test", mark: "m")

    init() throws {
        pipe = try TestPipe()
        _ = try state.enter()
    }

    private func task(timeout: Duration = .seconds(60)) -> WhoTask {
        WhoTask(to: JSONLines(to: pipe.input), timeout: timeout)
    }

    private mutating func hear(_ kind: ServerMessage.Kind, _ task: WhoTask) throws {
        for news in try state.take(ServerMessage(kind)) { try task.take(news, &state) }
    }

    private func written() throws -> [String] {
        pipe.closeInput()
        return String(decoding: try Polling.read(pipe.output, atMost: 65_536), as: UTF8.self)
            .split(separator: "\n").map(String.init)
    }

    private static func rooms(_ name: String, more: Bool) -> ServerMessage.Kind {
        .rooms(.init([.init(room: name, people: 1)], hasMore: more))
    }

    @Test mutating func roomsAreAskedForOnceOneIsInAllOfThemAndTheLastOfThemIsTheEnd() throws {
        let task = task()
        try hear(.room(.init(room: "main", people: [ModelChat.person], last: 1)), task)
        #expect(state.takeMessages().isEmpty)
        try hear(.history(.init(room: "main", count: 0, hasMore: false)), task)
        #expect(state.takeMessages().map(\.kind) == [.rooms])
        try hear(Self.rooms("main", more: true), task)
        #expect(state.phase == .present)
        try hear(Self.rooms("ops", more: false), task)
        #expect(state.phase == .leaving)
        try task.finish()
        let lines = try written()
        #expect(lines.count == 3)
        #expect(lines.first?.contains(#""type":"room""#) == true && lines.first?.contains("aisha") == true)
        #expect(lines.dropFirst().allSatisfy { $0.contains(#""type":"rooms""#) })
    }

    @Test mutating func whatIsSaidMeanwhileIsNotTold() throws {
        let task = task()
        let event = ServerMessage.Event(
            sequence: 10,
            time: 0,
            room: "main",
            isReplay: false,
            .said(ModelChat.person, text: "hi", isAction: false)
        )
        try hear(.event(event), task)
        try task.finish()
        #expect(try written().isEmpty)
    }

    @Test mutating func aRoomThatOneMayNotEnterIsTheEnd() throws {
        let task = task()
        let error = #expect(throws: ClientError.self) {
            try task.take(.refused(.init(.notInRoom, text: "no"), ref: nil), &state)
        }
        #expect(error?.exitCode == 77)
    }

    @Test mutating func aServerThatDoesNotAnswerIsNotWaitedForForEver() throws {
        let patient = task()
        try patient.proceed([[], []], &state)
        let task = task(timeout: .zero)
        #expect(task.deadline <= .now && task.patience == .once)
        #expect(throws: ClientError.timedOut(.zero)) { try task.proceed([[], []], &state) }
    }
}
