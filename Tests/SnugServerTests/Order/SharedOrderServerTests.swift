// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// Whole servers that share one order, with real connections of both levels.
@Suite(.timeLimit(.minutes(30))) struct SharedOrderServerTests {
    private let order = TestOrder()

    private struct Node {
        let running: RunningServer
        let log: TestLog

        var port: UInt16 { running.port(.plain) }
    }

    private func node(
        seed: UInt64,
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> Node {
        let log = try order.log(seed: seed)
        let running = try RunningServer {
            $0.limits.lineRate = .unlimited
            configure(&$0)
            $0.requestLog = log
        }
        return Node(running: running, log: log)
    }

    private func withNodes(
        _ count: Int,
        _ configure: (inout ServerConfiguration) -> Void = { _ in },
        _ body: ([Node]) throws -> Void
    ) throws {
        let nodes = try (0..<count).map { try node(seed: UInt64($0), configure) }
        defer { for node in nodes { node.running.stop() } }
        try body(nodes)
    }

    @Test(arguments: TransportKind.allCases)
    func peopleOfBothLevelsTalkAcrossThreeServers(kind: TransportKind) throws {
        try withNodes(3) { nodes in
            let ann = try TestClient(kind, port: nodes[0].running.port(kind), name: "ann")
            let ben = try JSONClient(kind, port: nodes[1].running.port(kind), name: "ben")
            let cem = try JSONClient(kind, port: nodes[2].running.port(kind), name: "cem")
            try ann.skip(to: "* cem joined the chat *")
            try ann.send("hello")
            #expect(try ben.expectLine("hello").object("from").text("name") == "ann")
            let heard = try cem.expectLine("hello")
            #expect(heard.number("seq") == ben.seen["main"])
            try ben.say("hi", ref: "1")
            let own = try ben.next { $0.type == "said" }
            #expect(own.text("ref") == "1" && own.text("text") == "hi")
            #expect(try !cem.expectLine("hi").has("ref"))
            try ann.expect("ben: hi")
            try cem.send(["type": "quit"])
            try ann.expect("* cem left *")
            #expect(try ben.next { $0.type == "left" }.object("who").text("name") == "cem")
        }
    }

    @Test func aNameThatIsTakenOnAnotherServerIsTakenHere() throws {
        try withNodes(2) { nodes in
            let ann = try TestClient(.plain, port: nodes[0].port, name: "ann")
            let other = try TestClient(.plain, port: nodes[1].port)
            try other.send("ann")
            try other.skip(to: "* ann is taken or looks like a taken name; you are ann-2 *")
            try ann.expect("* ann-2 joined the chat *")
        }
    }

    @Test func whoIsBannedOnOneServerIsTurnedAwayAtTheOtherWithTheReason() throws {
        try withNodes(2) { nodes in
            let key = try ClientKey.random()
            let ben = try JSONClient(.tls, port: nodes[0].running.port(.tls), name: "ben", clientKey: key)
            order.add([
                Request(
                    .ban(
                        try #require(MemberName(cleaning: "ben")),
                        milliseconds: nil,
                        reason: ShortText("spam"),
                        announcedIn: nil
                    ),
                    by: SessionID(rawValue: 0),
                    isControl: true
                )
            ])
            #expect(try ben.untilEnd().last?.text("reason") == "banned")
            let again = try JSONClient(.tls, port: nodes[1].running.port(.tls), clientKey: key)
            try again.expect("hello")
            try again.send(["type": "enter", "name": "ben", "ref": "7"])
            #expect(try again.expectRefusal("banned", ref: "7").text("text").contains("spam"))
            #expect(try again.untilEnd().map(\.type) == ["bye"])
            try nodes[1].running.expectLog("was not let in: banned")
        }
    }

    /// The connection is closed by the peer while the order has not said anything yet.
    @Test func anArrivalThatWaitsForTheOrderIsNotHeldForWhoIsGone() throws {
        try withNodes(2) { nodes in
            let ann = try TestClient(.plain, port: nodes[0].port, name: "ann")
            nodes[1].log.hold()
            let ben = try TestClient(.plain, port: nodes[1].port)
            try ben.send("ben")
            try ann.expect("* ben joined the chat *")
            ben.close()
            nodes[1].log.release()
            try ann.expect("* ben left *")
        }
    }

    @Test(arguments: [false, true])
    func whoComesWhileTheOrderIsGoneIsToldSoAndMayComeOnceItIsBack(_ isTyped: Bool) throws {
        try withNodes(2) { nodes in
            nodes[0].log.change(to: .gone)
            try nodes[0].running.expectLog("the chat's order cannot be reached")
            if isTyped {
                let ann = try JSONClient(.plain, port: nodes[0].port)
                try ann.expect("hello")
                try ann.send(["type": "enter", "name": "ann", "ref": "1"])
                #expect(try ann.expectRefusal("failed", ref: "1").text("text").contains("lost touch"))
                #expect(try ann.untilEnd().map { $0.text("reason") } == ["refused"])
            } else {
                let ann = try TestClient(.plain, port: nodes[0].port)
                try ann.send("ann")
                try ann.expectNotice(containing: "lost touch")
                #expect(try ann.expectEnd() == nil)
            }
            try nodes[0].running.expectLog("was not let in: out-of-touch")
            nodes[0].log.change(to: .fine)
            try nodes[0].running.expectLog("the chat's order comes in time again")
            _ = try TestClient(.plain, port: nodes[0].port, name: "ann")
        }
    }

    @Test func whoWaitsForTheOrderForTooLongIsToldSoAndHasNotComeInWhenItIsThere() throws {
        try withNodes(2, { $0.limits.authenticationTimeout = .seconds(3) }) { nodes in
            nodes[0].log.hold()
            let ann = try JSONClient(.plain, port: nodes[0].port)
            try ann.expect("hello")
            try ann.send(["type": "enter", "name": "ann", "ref": "1"])
            try ann.expectRefusal("failed", ref: "1")
            nodes[0].log.release()
            try order.settle()
            #expect(nodes.map { $0.running.server.population.people } == [0, 0])
        }
    }

    @Test func whatWasRefusedWhileTheOrderWasGoneIsSaidWithItsRefAndMembersAreToldOnce() throws {
        try withNodes(2) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            nodes[0].log.change(to: .gone)
            let isNotice = { (code: String) in
                { (message: JSONClient.Message) in message.type == "notice" && message.text("code") == code }
            }
            try ann.next(where: isNotice("out-of-touch"))
            try ann.say("lost?", ref: "5")
            try ann.expectRefusal("failed", ref: "5")
            nodes[0].log.change(to: .fine)
            try ann.next(where: isNotice("in-touch-again"))
            nodes[0].log.change(to: .slow)
            try ann.next(where: isNotice("lines-wait"))
            try ann.say("lost?", ref: "5")
            #expect(try ann.expect("said").text("ref") == "5")
        }
    }

    @Test func whoQuitsBehindALineOfAServerThatIsHeldForGoneIsToldThatTheLineIsToBeSaidAgain() throws {
        try withNodes(2) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            nodes[0].log.keep()
            try ann.say("lost?", ref: "5")
            try ann.send(["type": "quit"])
            while nodes[0].log.keptCount < 2 { Polling.pause(.milliseconds(1)) }
            order.giveUp(nodes[0].log)
            nodes[0].log.deliver()
            let refusal = try ann.next { $0.type == "refused" }
            #expect(refusal.text("code") == "failed" && refusal.text("ref") == "5")
            #expect(try ann.untilEnd().contains { $0.text("reason") == "quit" })
        }
    }

    @Test func aSessionThatResumesAtAnotherServerGetsWhatItMissedAndIsTheSamePerson() throws {
        try withNodes(2) { nodes in
            let ben = try TestClient(.plain, port: nodes[1].port, name: "ben")
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            let cem = try TestClient(.plain, port: nodes[1].port, name: "cem")
            try ben.skip(to: "* cem joined the chat *")
            try ben.send("heard")
            try ann.expectLine("heard")
            try cem.expect("ben: heard")
            ann.stream.reset()
            try nodes[0].running.expectLog("left as ann")
            try ben.send("missed")
            try cem.expect("ben: missed")
            let again = try JSONClient(.plain, port: nodes[1].port, name: "ann", resuming: ann)
            #expect(again.isResumed && again.id == ann.id)
            #expect(again.told.filter { $0.type == "said" }.map { $0.text("text") } == ["missed"])
            try again.say("back")
            try ben.expect("ann: back")
        }
    }

    @Test func whoGoesOnElsewhereWhileItsServerIsCutOffIsNotToldToComeBackThere() throws {
        try withNodes(2) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            nodes[0].log.change(to: .gone)
            try order.settle()
            order.giveUp(nodes[0].log)
            let again = try JSONClient(.plain, port: nodes[1].port, name: "ann", resuming: ann)
            #expect(again.isResumed && again.id == ann.id)
            nodes[0].log.change(to: .fine)
            #expect(try ann.untilEnd().last?.text("reason") == "replaced")
        }
    }

    @Test func theServersOwnerKicksSomebodyOnAnotherServer() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("control")
        try withNodes(2) { nodes in
            let controlled = try node(seed: 9) { $0.controlPath = path }
            defer { controlled.running.stop() }
            let ben = try TestClient(.plain, port: nodes[1].port, name: "ben")
            let owner = try ControlConnection.greeted(path)
            guard case .control(.done) = try owner.ask(.kick(name: "ben", room: nil, reason: nil)) else {
                Issue.record("nobody was kicked")
                return
            }
            #expect(try ben.collectUntilEnd().contains("* ben was kicked by an operator *"))
        }
    }

    /// Its server reads that, and what was said behind it, only when it is back itself.
    @Test func whoIsKickedWhileItsServerIsCutOffIsToldByWhomAndNothingMore() throws {
        try withNodes(2) { nodes in
            let ben = try TestClient(.plain, port: nodes[1].port, name: "ben")
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            let cem = try TestClient(.plain, port: nodes[0].port, name: "cem")
            let dan = try TestClient(.plain, port: nodes[1].port, name: "dan")
            try ben.skip(to: "* dan joined the chat *")
            nodes[0].log.change(to: .gone)
            try order.settle()
            order.giveUp(nodes[0].log)
            for text in ["ann", "cem"] {
                let kick = Request.Kind.kick(try #require(NameRequest(text).name), reason: nil, from: nil)
                order.add([Request(kick, by: SessionID(rawValue: 0), isControl: true)])
            }
            try ben.send("not for them")
            try dan.skip(to: "ben: not for them")
            nodes[0].log.change(to: .fine)
            let told = try ann.untilEnd()
            #expect(told.contains { $0.type == "kicked" })
            #expect(told.last?.type == "bye" && told.last?.text("reason") == "kicked")
            #expect(!told.contains { ["left", "said"].contains($0.type) }, "\(told)")
            let heard = try cem.collectUntilEnd()
            #expect(heard.contains("* cem was kicked by an operator *"), "\(heard)")
            #expect(!heard.contains { $0.contains("not for them") || $0.contains("cem left") }, "\(heard)")
        }
    }

    // MARK: The end

    @Test func whatWasAcceptedIsToldOnEveryServerBeforeOneOfThemStops() throws {
        try withNodes(1) { nodes in
            let stopping = try node(seed: 5)
            let ann = try TestClient(.plain, port: stopping.port, name: "ann")
            let ben = try TestClient(.plain, port: nodes[0].port, name: "ben")
            try ann.expect("* ben joined the chat *")
            for number in 1...100 { try ann.send("line \(number)") }
            try ben.expect("ann: line 1")
            stopping.running.stop()
            for number in 2...100 { try ben.expect("ann: line \(number)") }
            try ben.expect("* ann left *")
            #expect(try ann.expectEnd() == nil)
        }
    }

    @Test(arguments: [RequestLogState.slow, .gone])
    func nothingWaitsForEverAtAStop(_ state: RequestLogState) throws {
        let stopping = try node(seed: 5)
        let ann = try TestClient(.plain, port: stopping.port, name: "ann")
        stopping.log.hold()
        stopping.log.change(to: state)
        try ann.skip(
            to: state == .slow
                ? "* the chat's servers are slow at the moment: what is said here waits *"
                : "* this server has lost touch with the chat's other servers: nothing can be said for now *"
        )
        stopping.log.hold()
        try ann.send("never")
        let cem = try TestClient(.plain, port: stopping.port)
        try cem.send("cem")
        stopping.running.stop()
        #expect(try ann.collectUntilEnd().allSatisfy { $0 != "ann: never" })
        _ = try cem.collectUntilEnd()
        #expect(stopping.running.log.last == "stopped")
    }

    // MARK: History

    @Test func eachServersHistoryIsFilledFromTheOrderAndWhatIsReplayedIsNotThereTwice() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("history")
        try withNodes(1) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            for number in 1...5 { try ann.say("line \(number)") }
            for _ in 0..<2 {
                let other = try node(seed: 5) { $0.history.file = path }
                defer { other.running.stop() }
                try order.settle()
                let ben = try JSONClient(.plain, port: other.port, name: "ben", history: 100)
                let told = ben.told.filter { $0.type == "said" }.map { $0.text("text") }
                #expect(told == (1...5).map { "line \($0)" })
            }
        }
    }

    /// It is not this machine's.
    @Test func whatIsTooOldIsToldByTheOrdersClock() throws {
        try withNodes(1) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            try ann.say("old")
            try ann.expectLine("old")
            order.pass(milliseconds: 86_400_001)
            try ann.say("new")
            try ann.expectLine("new")
            let ben = try JSONClient(.plain, port: nodes[0].port, name: "ben", history: 100)
            #expect(ben.told.filter { $0.type == "said" }.map { $0.text("text") } == ["new"])
        }
    }

    /// A loop that waits for nothing looks at the order's clock again once that has gone on.
    @Test func aStayThatWasCutEndsByTheOrdersClockThoughNobodyAsksForAnything() throws {
        try withNodes(2) { nodes in
            let ann = try JSONClient(.plain, port: nodes[0].port, name: "ann")
            let ben = try JSONClient(.plain, port: nodes[1].port, name: "ben")
            try ann.expect("joined")
            let count = order.messageCount
            ann.stream.close()
            try eventually("the order knows of it") { order.messageCount > count }
            try order.settle()
            order.pass(milliseconds: 61_000)
            #expect(try ben.next { $0.type == "left" }.object("who").text("name") == "ann")
        }
    }

    /// As after a power cut of all bus servers at once: what is said next would have the numbers of what is kept.
    @Test func aHistoryThatHasMoreThanTheOrderIsRefusedWithAHintAndLeftAsItIs() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("history")
        let longer = try node(seed: 1) { $0.history.file = path }
        let ann = try JSONClient(.plain, port: longer.port, name: "ann")
        for number in 1...5 {
            try ann.say("line \(number)")
            try ann.expectLine("line \(number)")
        }
        longer.running.stop()
        let cut = TestOrder()
        for isMoved in [false, true] {
            if isMoved { #expect(rename(path, folder.path("elsewhere")) == 0) }
            let log = try cut.log()
            let start = {
                try RunningServer {
                    $0.history.file = path
                    $0.requestLog = log
                }
            }
            guard !isMoved else { return try start().stop() }
            let failure = try #require(#expect(throws: ServerStartError.self) { try start() })
            #expect("\(failure)" == "the history file \(path) has lines that the order of the chat has lost")
        }
    }

    @Test func aHistoryOfAnotherChatIsRefusedWithAHint() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("history")
        try RunningServer { $0.history.file = path }.stop()
        let failure = #expect(throws: ServerStartError.self) { try node(seed: 1) { $0.history.file = path } }
        #expect(
            "\(try #require(failure))"
                == "the history file \(path) is of another chat than these servers share"
        )
    }
}
