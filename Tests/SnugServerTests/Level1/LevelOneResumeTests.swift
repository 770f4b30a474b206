// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugHistory
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Coming back: by token, by key, after a minute, and in the middle of everything.
@Suite(.timeLimit(.minutes(30))) struct LevelOneResumeTests {
    private func lines(_ messages: [JSONClient.Message]) -> [String] {
        messages.filter { $0.type == "said" }.map { $0.text("text") }
    }

    @Test(arguments: TransportKind.allCases)
    func whoIsCutAndComesBackWithItsTokenWasNeverAwayAndGetsWhatItMissedOnce(kind: TransportKind) throws {
        try withQuickServer { running in
            let port = running.port(kind)
            let aisha = try JSONClient(kind, port: port, name: "aisha", rooms: ["tea"])
            let ben = try JSONClient(kind, port: port, name: "ben", rooms: ["tea"])
            _ = try aisha.settle(in: "tea")
            _ = try aisha.settle()
            try ben.say("before", room: "tea")
            try aisha.expectLine("before")
            aisha.stream.reset()
            try running.expectLog("left as aisha")
            for number in 1...30 {
                try ben.say("missed \(number)", room: number.isMultiple(of: 2) ? "tea" : "main")
            }
            _ = try ben.settle(in: "tea")

            let back = try JSONClient(kind, port: port, name: "aisha", resuming: aisha)
            #expect(back.id == aisha.id)
            #expect(back.token == aisha.token)
            let told = back.told.filter { $0.type == "said" }
            #expect(told.allSatisfy { $0.flag("replay") })
            for (room, isEven) in [("main", false), ("tea", true)] {
                let expected = (1...30).filter { $0.isMultiple(of: 2) == isEven }.map { "missed \($0)" }
                #expect(lines(told.filter { $0.text("room") == room }) == expected)
            }
            #expect(!back.told.contains { $0.type == "gap" || $0.type == "joined" })
            try back.say("back", room: "tea", ref: "9")
            try back.expectLine("back")
            let heard = try ben.settle(in: "tea")
            #expect(!heard.contains { $0.type == "left" || $0.type == "joined" })
        }
    }

    /// What is said while a page is read waits behind it: nothing is lost, doubled or out of order, whenever it is said.
    @Test func linesThatAreSaidMeanwhileComeBehindWhatWasMissed() throws {
        try withQuickServer { running in
            let port = running.port(.plain)
            let talker = try JSONClient(.plain, port: port, name: "talker")
            var listener = try JSONClient(.plain, port: port, name: "listener")
            var heard: [Int] = []
            func take(_ messages: [JSONClient.Message]) {
                heard += messages.filter { $0.type == "said" }.compactMap { Int($0.text("text")) }
            }
            var said = 0
            for _ in 0..<40 {
                for _ in 0..<20 {
                    try talker.say("\(said)")
                    said += 1
                }
                // Cut wherever it is: perhaps in the middle of a page.
                take(try (0..<3).map { _ in try listener.next() })
                listener.stream.reset()
                let back = try JSONClient(.plain, port: port)
                let resumed = listener
                listener = back
                try back.enter("listener", resuming: resumed)
                take(back.told)
            }
            try talker.say("end")
            while heard.count < said {
                let message = try listener.next()
                if message.text("text") == "end" { break }
                take([message])
            }
            #expect(heard == Array(0..<said))
        }
    }

    @Test func aLineThatIsSentAgainAfterTheCutIsConfirmedAndNotSaidTwice() throws {
        try withQuickServer { running in
            let port = running.port(.tls)
            let aisha = try JSONClient(.tls, port: port, name: "aisha")
            let ben = try JSONClient(.tls, port: port, name: "ben")
            _ = try aisha.settle()
            try aisha.say("did it arrive?", ref: "a1")
            let line = try ben.expectLine("did it arrive?")
            aisha.stream.reset()
            let back = try JSONClient(.tls, port: port, name: "aisha", resuming: aisha)
            let own = try #require(back.told.first { $0.type == "said" })
            #expect(own.text("ref") == "a1" && own.number("seq") == line.number("seq"))
            try back.say("did it arrive?", ref: "a1")
            #expect(try back.expectLine("did it arrive?").number("seq") == line.number("seq"))
            #expect(lines(try ben.settle()).isEmpty)
        }
    }

    @Test func aTokenOfSomebodyElseOrOfNobodyResumesNothing() throws {
        try withQuickServer { running in
            let port = running.port(.tls)
            let key = try ClientKey.random()
            let aisha = try JSONClient(.tls, port: port, name: "aisha", clientKey: key)
            aisha.stream.reset()
            try running.expectLog("left as aisha")
            // The right token, without the key that the stay was entered with.
            let thief = try JSONClient(.tls, port: port, name: "aisha", resuming: aisha)
            #expect(thief.id != aisha.id && thief.token != aisha.token)
            let back = try JSONClient(.tls, port: port, name: "", resuming: aisha, clientKey: key)
            #expect(back.id == aisha.id)
        }
    }

    @Test func whoComesBackWhileTheOldConnectionStandsReplacesIt() throws {
        try withQuickServer { running in
            let port = running.port(.tls)
            let aisha = try JSONClient(.tls, port: port, name: "aisha")
            let back = try JSONClient(.tls, port: port, name: "aisha", resuming: aisha)
            #expect(back.id == aisha.id)
            let bye = try aisha.next { $0.type == "bye" }
            #expect(bye.text("reason") == "replaced" && !bye.has("after"))
            try back.say("here")
            try back.expectLine("here")
        }
    }

    @Test func aSeenOfAnotherEpochOrOfTheFutureIsAGapFromZero() throws {
        try withQuickServer { running in
            let port = running.port(.plain)
            let ben = try JSONClient(.plain, port: port, name: "ben")
            try ben.say("kept")
            _ = try ben.settle()
            for (epoch, seen) in [("another", 1), ("", 9_007_199_254_740_991)] {
                let client = try JSONClient(.plain, port: port)
                let hello = try client.expect("hello")
                try client.send([
                    "type": "enter", "name": "aisha", "rooms": [String](), "history": 5,
                    "resume": [
                        "token": "t", "epoch": epoch.isEmpty ? hello.text("epoch") : epoch,
                        "seen": ["main": seen],
                    ],
                ])
                let gap = try client.next { $0.type == "gap" }
                let line = try client.expect("said")
                #expect(gap.number("after") == 0 && gap.number("before") == line.number("seq"))
                #expect(line.text("text") == "kept")
                #expect(try client.expect("history").number("count") == 1)
            }
        }
    }

    @Test func historyIsToldInPagesTheOldestFirst() throws {
        try withQuickServer { running in
            let port = running.port(.plain)
            let ben = try JSONClient(.plain, port: port, name: "ben")
            for number in 1...450 { try ben.say("\(number) \(String(repeating: "x", count: 400))") }
            _ = try ben.settle()
            let aisha = try JSONClient(.plain, port: port, name: "aisha", history: 200)
            #expect(lines(aisha.told).map { Int($0.prefix { $0 != " " }) } == Array(251...450))
            _ = try aisha.settle()
            var told: [Int] = []
            var before: Int?
            repeat {
                var ask: [String: Any] = ["type": "history", "room": "main", "limit": 200, "ref": "h"]
                if let before { ask["before"] = before }
                try aisha.send(ask)
                var page: [JSONClient.Message] = []
                while true {
                    let message = try aisha.next()
                    if message.type == "history" {
                        #expect(message.number("count") == page.count && message.text("ref") == "h")
                        #expect(message.number("first") == page.first?.number("seq"))
                        before = message.flag("more") ? message.number("first") : nil
                        break
                    }
                    page.append(message)
                }
                told = lines(page).compactMap { Int($0.prefix { $0 != " " }) } + told
            } while before != nil
            #expect(told == Array(1...450))
        }
    }

    @Test func whatIsNoLongerKeptIsAGap() throws {
        try withQuickServer({ $0.history.retention = .init(lines: 10, hours: 1) }) { running in
            let port = running.port(.plain)
            let aisha = try JSONClient(.plain, port: port, name: "aisha")
            let ben = try JSONClient(.plain, port: port, name: "ben")
            _ = try aisha.settle()
            try ben.say("seen")
            let last = try aisha.expectLine("seen").number("seq")
            aisha.stream.reset()
            for number in 1...30 { try ben.say("\(number)") }
            _ = try ben.settle()
            let back = try JSONClient(.plain, port: port, name: "aisha", resuming: aisha)
            #expect(lines(back.told) == (21...30).map { "\($0)" })
            let gap = try #require(back.told.first { $0.type == "gap" })
            let first = try #require(back.told.first { $0.type == "said" })
            #expect(gap.number("after") >= last && gap.number("before") <= first.number("seq"))
        }
    }

    // MARK: Silence, stopping, and bad input

    @Test func whoIsSilentIsAskedAndGoesIfItDoesNotAnswer() throws {
        try withQuickServer({
            $0.limits.pingInterval = .milliseconds(200)
            $0.limits.pongTimeout = .milliseconds(400)
        }) { running in
            let dead = try JSONClient(.plain, port: running.port(.plain), name: "dead")
            dead.answersPings = false
            let end = try dead.untilEnd()
            #expect(end.last?.text("reason") == "idle" && end.last?.number("after") == 1)
            #expect(dead.pings == 1)
            try running.expectLog("left as dead: idle")
        }
    }

    @Test func whoAnswersPingsAndSaysNothingStays() throws {
        try withQuickServer({
            $0.limits.pingInterval = .milliseconds(100)
            $0.limits.pongTimeout = .seconds(30)
        }) { running in
            let quiet = try JSONClient(.plain, port: running.port(.plain), name: "quiet")
            _ = try quiet.settle()
            for _ in 0..<5 {
                let ping = try quiet.stream.next()
                #expect(ping.hasPrefix(#"{"type":"ping","id":""#))
                let id = ping.split(separator: "\"").last { $0.allSatisfy(\.isNumber) }
                try quiet.send(["type": "pong", "id": String(id ?? "")])
            }
            #expect(try quiet.settle().isEmpty)
        }
    }

    /// With a file the numbers go on, and so does the stay's token: what was missed while nobody served is told once.
    @Test func aStayIsResumedAcrossARestartWithAHistoryFile() throws {
        let folder = try TemporaryFolder()
        var running = try RunningServer.keepingHistory(in: folder)
        let aisha = try JSONClient(.tls, port: running.port(.tls), name: "aisha", rooms: ["tea"])
        #expect(aisha.hello?.object("history").flag("onDisk") == true)
        let ben = try JSONClient(.tls, port: running.port(.tls), name: "ben", rooms: ["tea"])
        try aisha.say("confirmed", room: "tea", ref: "a1")
        #expect(try aisha.expectLine("confirmed").text("ref") == "a1")
        aisha.stream.reset()
        try running.expectLog("left as aisha")
        for number in 0..<20 { try ben.say("\(number)", room: "tea", ref: "b\(number)") }
        _ = try ben.settle(in: "tea")
        running.stop()
        _ = running.server.closeHistory()

        running = try .keepingHistory(in: folder)
        defer { running.stop() }
        let back = try JSONClient(
            .tls,
            port: running.port(.tls),
            name: "aisha",
            rooms: ["tea"],
            resuming: aisha
        )
        #expect(back.hello?.text("epoch") == aisha.hello?.text("epoch"))
        #expect(lines(back.told) == (0..<20).map { "\($0)" })
        #expect(!back.told.contains { $0.type == "gap" })
        let again = try JSONClient(.tls, port: running.port(.tls), name: "ben", rooms: ["tea"], resuming: ben)
        try again.say("19", room: "tea", ref: "b19")
        #expect(try again.expectLine("19").number("seq") == ben.seen["tea"])
        try back.say("confirmed", room: "tea", ref: "a1")
        #expect(try back.next { $0.text("ref") == "a1" }.number("seq") == aisha.seen["tea"])
        try again.say("new", room: "tea")
        #expect(try back.expectLine("new").number("seq") > ben.seen["tea"] ?? 0)
    }

    /// Until then a confirmation means that the line is on the disk.
    @Test func whoIsConfirmedWhileNothingIsStoredIsToldSo() throws {
        let folder = try TemporaryFolder()
        let running = try RunningServer.keepingHistory(in: folder)
        defer { running.stop() }
        func enter(_ name: String) throws -> JSONClient {
            try JSONClient(.tls, port: running.port(.tls), name: name)
        }
        func expectNotice(_ code: String, _ client: JSONClient) throws {
            // Whoever has just come may have been told on entering.
            var told = client.told
            let deadline = MonotonicTime.now + .seconds(30)
            while !told.contains(where: { $0.type == "notice" }), .now < deadline {
                told += try client.settle()
            }
            #expect(told.filter { $0.type == "notice" }.map { $0.text("code") } == [code])
        }
        let (aisha, ben) = (try enter("aisha"), try enter("ben"))
        try aisha.say("kept", ref: "1")
        #expect(try !aisha.settle().contains { $0.type == "notice" })
        #expect(rename(folder.path("history"), folder.path("elsewhere")) == 0)
        try aisha.say("not kept", ref: "2")
        for person in [aisha, ben, try enter("cem")] { try expectNotice("not-stored", person) }
        #expect(rename(folder.path("elsewhere"), folder.path("history")) == 0)
        for person in [aisha, ben] { try expectNotice("stored-again", person) }
        let dia = try enter("dia")
        #expect(try !(dia.told + dia.settle()).contains { $0.type == "notice" })
    }

    @Test func aServerThatStopsSaysWhenToComeBack() throws {
        let running = try RunningServer { $0.limits.lineRate = .unlimited }
        let aisha = try JSONClient(.tls, port: running.port(.tls), name: "aisha", rooms: ["tea"])
        let ben = try TestClient(.tls, port: running.port(.tls), name: "ben")
        for number in 0..<20 { try aisha.say("\(number)", ref: "\(number)") }
        _ = try aisha.settle()
        running.stop()
        let rest = try aisha.untilEnd()
        #expect(rest.last?.type == "bye" && rest.last?.text("reason") == "stopping")
        #expect(rest.last?.number("after") == 3)
        #expect(try ben.collectUntilEnd().count == 20)
    }

    @Test func whatIsHeldBackByTheRateIsCountedAndQuitGoesFirst() throws {
        try withServer({ $0.limits.lineRate = .init(burst: 2, perSecond: 1) }) { running in
            let aisha = try JSONClient(.plain, port: running.port(.plain), name: "aisha")
            for number in 0..<30 { try aisha.say("\(number)") }
            #expect(try aisha.next { $0.type == "waiting" }.number("lines") > 10)
            try aisha.send(["type": "quit", "ref": "q"])
            let rest = try aisha.untilEnd()
            #expect(rest.contains { $0.type == "notice" && $0.text("code") == "lines-not-said" })
            #expect(rest.last?.type == "bye" && rest.last?.text("ref") == "q")
            #expect(lines(rest).count <= 13)
        }
    }

    @Test func badInputIsRefusedAndNobodyElseNoticesAnything() throws {
        try withQuickServer { running in
            let port = running.port(.plain)
            let ben = try JSONClient(.plain, port: port, name: "ben")
            let aisha = try JSONClient(.plain, port: port, name: "aisha")
            _ = try ben.settle()
            _ = try aisha.settle()
            let bad: [[UInt8]] = [
                Array("hello".utf8), Array("[]".utf8), Array("{}".utf8), Array("{\"type\":7}".utf8),
                Array(String(repeating: "[", count: 8_000).utf8),
                Array((#"{"type":"say","x":"# + String(repeating: "[", count: 2_000) + "}").utf8),
                Array(#"{"type":"say","room":"main","text":"a","text":"b"}"#.utf8),
                Array(#"{"type":"history","room":"main","limit":9007199254740992}"#.utf8),
                Array(#"{"type":"say","room":"main","text":"\ud800"}"#.utf8),
                Array(#"{"type":"say","room":"main","text":"x","ref":""}"#.utf8),
                Array(#"{"type":"say","room":"main"}"#.utf8),
                [0x7B, 0xFF, 0x7D], [0xEF, 0xBB, 0xBF, 0x7B, 0x7D],
                Array(#"{"type":"nick","name":"x"} "#.utf8) + [0],
            ]
            for payload in bad {
                try aisha.send(payload: payload)
                try aisha.expectRefusal("malformed")
            }
            try aisha.send(payload: [])
            #expect(try aisha.settle().isEmpty)
            try aisha.stream.send(raw: [0, 0, 0x20, 1])
            try aisha.expectRefusal("malformed")
            #expect(try aisha.expect("bye").text("reason") == "refused")
            try running.expectLog("announced a frame of 8193 bytes")
            #expect(try ben.settle().map(\.type) == ["left"])
        }
    }
}
