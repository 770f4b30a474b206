// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTerminal
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// What is typed and shown during a stay, with a server that is a few messages.
@Suite struct ConversationTaskTests {
    /// An interface that remembers: every line of bytes is a line that was typed, and an empty one is Enter.
    private final class Notebook: ChatInterface {
        var rows: [String] = []
        var live: [String] = []
        var prompt = ""
        let signals: Int32? = nil

        func take(_ bytes: [UInt8]) -> [UserAction] {
            guard !bytes.isEmpty else { return [.endOfInput] }
            return String(decoding: bytes, as: UTF8.self).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ).dropLast().map { $0.isEmpty ? .hurry : .line(String($0)) }
        }

        func takeSignal() {}
        func show(_ text: StyledText) { rows.append(text.text) }
        func setLive(_ rows: [StyledText]) { live = rows.map(\.text) }
        func setPrompt(_ prompt: String) { self.prompt = prompt }
        func clear() { rows.append("<empty>") }
    }

    /// Somebody in the chat.
    private struct Chatter {
        let notebook = Notebook()
        let keyboard: TestPipe
        let task: ConversationTask
        var state = LevelOneState(
            name: "aisha",
            client: "test",
            mark: "m",
            manner: .person
        )

        init(entered: Bool = true) throws {
            let (notebook, keyboard) = (notebook, try TestPipe())
            self.keyboard = keyboard
            var options = ConversationOptions(name: "aisha", mark: "m")
            options.time = .none
            task = ConversationTask(
                options,
                input: keyboard.output,
                describeConnection: { ["kept: \($0?.history.lines ?? 0)"] },
                open: { notebook }
            )
            guard entered else { return }
            try enter()
        }

        mutating func enter() throws {
            state.begin()
            try hear(LevelOneState.hello())
            let entered = ServerMessage.Entered(you: ModelChat.person, token: "t", isResumed: true)
            try hear(ServerMessage(.entered(entered)))
            let room = ServerMessage.RoomState(room: "main", people: [ModelChat.person], last: 9)
            try hear(ServerMessage(.room(room)))
            try hear(ServerMessage(.history(.init(room: "main", count: 0, hasMore: false))))
            _ = state.takeOutgoing()
        }

        mutating func hear(_ message: ServerMessage) throws {
            for news in try state.take(message) { try task.take(news, &state) }
        }

        mutating func lose() {
            state.lose()
            task.comeBack(after: .endedByServer, in: .seconds(5))
        }

        /// Types lines, or ends the input, and lets the task see it.
        mutating func type(_ text: String?) throws {
            if let text {
                try Polling.write(Array(text.utf8), to: keyboard.input)
            } else {
                keyboard.closeInput()
            }
            try task.proceed([.readable, [], [], []], &state)
        }

        mutating func said(_ text: String, ref: String?) throws {
            let event = LevelOneState.event(
                .said(ModelChat.person, text: text, isAction: false),
                at: 10,
                ref: ref
            )
            try hear(event)
        }
    }

    private static func refs(_ messages: [ClientMessage]) -> [String] { messages.compactMap(\.ref) }

    @Test func theTerminalIsLeftAloneUntilOneIsIn() throws {
        var chatter = try Chatter(entered: false)
        #expect(chatter.task.interface == nil)
        #expect(chatter.task.watched.allSatisfy { $0.descriptor == nil })
        try chatter.enter()
        #expect(chatter.task.interface != nil)
        #expect(chatter.task.watched[0].descriptor == chatter.keyboard.output)
    }

    @Test func whoIsRefusedAtTheDoorIsToldWhy() throws {
        var chatter = try Chatter(entered: false)
        chatter.state.begin()
        try chatter.hear(LevelOneState.hello(passphrase: true))
        let refused = ServerMessage(.refused(.init(.wrongPassphrase, text: "wrong passphrase")))
        #expect(throws: ClientError.wrongPassphrase(weSentOne: true)) { try chatter.hear(refused) }
    }

    @Test func aLineIsMarkedUntilItIsConfirmedAndThenStandsInTheRoomsOrder() throws {
        var chatter = try Chatter()
        let before = chatter.notebook.rows
        try chatter.type("hello\n")
        let sent = chatter.state.takeMessages()
        #expect(sent.map(\.kind) == [.say(room: "main", text: "hello", isAction: false)])
        #expect(chatter.notebook.live.count == 1)
        #expect(chatter.notebook.live.first?.contains("hello") == true)
        #expect(chatter.notebook.rows == before)
        try chatter.said("hello", ref: sent.first?.ref)
        #expect(chatter.notebook.live.isEmpty)
        #expect(chatter.notebook.rows.last == "*> hello")
    }

    @Test func whoIsCutOffIsToldWhenItIsTriedAgainAndEnterMakesItAtOnce() throws {
        var chatter = try Chatter()
        try chatter.type("\n")
        #expect(!chatter.task.isInHurry)
        chatter.lose()
        #expect(chatter.notebook.live.count == 1)
        #expect(chatter.notebook.live.first?.contains("5 s") == true, "\(chatter.notebook.live)")
        #expect(chatter.task.deadline < .now + .seconds(2))
        try chatter.type("\n")
        #expect(chatter.task.isInHurry)
        try chatter.enter()
        #expect(chatter.notebook.live.isEmpty)
        #expect(chatter.notebook.rows.last?.hasPrefix("*! ") == true, "\(chatter.notebook.rows)")
        chatter.lose()
        #expect(!chatter.task.isInHurry)
    }

    @Test func whatIsTypedWhileCutOffIsSaidOnceOneIsBack() throws {
        var chatter = try Chatter()
        chatter.lose()
        try chatter.type("still here\n")
        #expect(chatter.notebook.live.count == 2)
        chatter.state.begin()
        try chatter.hear(LevelOneState.hello())
        let entered = ServerMessage.Entered(you: ModelChat.person, token: "t", isResumed: true)
        try chatter.hear(ServerMessage(.entered(entered)))
        _ = chatter.state.takeOutgoing()
        _ = try chatter.state.open("main")
        let said = chatter.state.takeMessages()
        #expect(said.map(\.kind) == [.say(room: "main", text: "still here", isAction: false)])
    }

    // MARK: The end

    @Test func theEndOfTheInputWaitsForWhatWasSaidAndNotForWhatCannotArrive() throws {
        var chatter = try Chatter()
        try chatter.type("bye\n")
        let ref = chatter.state.takeMessages().first?.ref
        try chatter.type(nil)
        #expect(chatter.state.takeMessages().isEmpty)
        #expect(chatter.task.deadline < .never)
        try chatter.said("bye", ref: ref)
        try chatter.task.proceed([[], [], [], []], &chatter.state)
        #expect(chatter.state.takeMessages().map(\.kind) == [.quit])
        #expect(!chatter.task.hasQuit)

        var cutOff = try Chatter()
        cutOff.lose()
        try cutOff.type("into the void\n/quit\n")
        #expect(cutOff.state.isOver)
        #expect(cutOff.task.hasQuit)
        #expect(cutOff.state.unansweredLines(sent: false) == ["into the void"])
        #expect(cutOff.state.unansweredLines(sent: true).isEmpty)
    }

    @Test func nothingThatIsTypedBehindQuitIsSaid() throws {
        var chatter = try Chatter()
        try chatter.type("/quit\nrm -rf /\n")
        #expect(chatter.state.takeMessages().map(\.kind) == [.quit])
    }

    // MARK: Commands

    @Test func whoJoinsARoomIsShownWhatWasSaidThereBefore() throws {
        var chatter = try Chatter()
        try chatter.type("/join ops\n")
        let join = chatter.state.takeMessages()
        #expect(join.map(\.kind) == [.join(room: "ops")])
        let room = ServerMessage.RoomState(room: "ops", people: [], last: 11)
        try chatter.hear(ServerMessage(.room(room)))
        try chatter.hear(ServerMessage(.history(.init(room: "ops", count: 0, hasMore: false))))
        try chatter.hear(
            LevelOneState.event(.joined(ModelChat.person), at: 12, in: "ops", ref: join.first?.ref)
        )
        let asked = chatter.state.takeMessages()
        guard case .history(room: "ops", before: _, limit: 20)? = asked.first?.kind else {
            Issue.record("\(asked)")
            return
        }
        let page = LevelOneState.event(
            .said(.init(id: "2", name: "ben"), text: "long ago", isAction: false),
            at: 7,
            in: "ops",
            isReplay: true
        )
        try chatter.hear(page)
        #expect(chatter.notebook.rows.contains { $0.hasSuffix("ben: long ago") }, "\(chatter.notebook.rows)")
    }

    @Test func aServerThatMakesUpAnswersIsAskedNothing() throws {
        var chatter = try Chatter()
        for number in 0..<100 {
            let joined = LevelOneState.event(
                .joined(ModelChat.person),
                at: 100,
                in: "room \(number)",
                ref: "m?1"
            )
            try chatter.hear(joined)
        }
        #expect(chatter.state.takeMessages().isEmpty)
    }

    @Test func theCardOfTheConnectionSaysWhatTheServerKeeps() throws {
        var chatter = try Chatter()
        try chatter.type("/tls\n")
        #expect(chatter.notebook.rows.last == "*! kept: 1000")
    }

    @Test func anEmptyScreenIsNobodysBusinessButThisProgramsAndWhatIsAwaitedStays() throws {
        var chatter = try Chatter()
        try chatter.type("hello\n/clear\n")
        #expect(chatter.state.takeMessages().count == 1)
        #expect(chatter.notebook.rows.last == "<empty>")
        #expect(chatter.notebook.live.count == 1)
    }

    @Test func moreLinesThanCanWaitAreNotSwallowed() throws {
        var chatter = try Chatter()
        chatter.lose()
        for number in 0...LevelOneState.maximumUnanswered { try chatter.type("line \(number)\n") }
        #expect(chatter.state.unansweredLines(sent: false).count == LevelOneState.maximumUnanswered)
        #expect(chatter.notebook.rows.last?.hasSuffix(": line \(LevelOneState.maximumUnanswered)") == true)
    }
}
