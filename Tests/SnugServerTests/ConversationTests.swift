// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct ConversationTests {
    @Test func threePeopleOnMixedTransportsSeeEveryLineOfTheOthersOnceInOneOrder() throws {
        try withQuickServer { running in
            let aisha = try TestClient(.tls, port: running.port(.tls), name: "aisha")
            let ben = try TestClient(.plain, port: running.port(.plain), name: "ben")
            try aisha.expect("* ben joined the chat *")
            let chen = try TestClient(.tls, port: running.port(.tls), name: "chen")
            try aisha.expect("* chen joined the chat *")
            try ben.expect("* chen joined the chat *")

            for number in 1...50 {
                for (client, name) in [(aisha, "aisha"), (ben, "ben"), (chen, "chen")] {
                    try client.send("\(name) says \(number)")
                }
            }
            for client in [aisha, ben, chen] { try client.send("/help") }
            let seen = try [aisha, ben, chen].map { client in
                try (0..<101).map { _ in try client.next() }.filter { !$0.hasPrefix("* ") }
            }
            let names = ["aisha", "ben", "chen"]
            for (me, transcript) in zip(names, seen) {
                #expect(transcript.count == 100)
                for other in names {
                    let expected = other == me ? [] : (1...50).map { "\(other): \(other) says \($0)" }
                    #expect(transcript.filter { $0.hasPrefix("\(other): ") } == expected)
                }
            }
            // Any two people see the third's lines and each other's absence in the same order.
            for (left, right) in [(0, 1), (1, 2), (0, 2)] {
                let third = Set(seen[left]).intersection(seen[right])
                #expect(seen[left].filter(third.contains) == seen[right].filter(third.contains))
            }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func joinsLeavesWhoAndNickAreRightAndComeOnce(kind: TransportKind) throws {
        try withServer { running in
            let port = running.port(kind)
            let aisha = try TestClient(kind, port: port, name: "aisha")
            let ben = try TestClient(kind, port: port, name: "ben")
            try aisha.expect("* ben joined the chat *")
            try ben.send("/who")
            try ben.expect("* online: aisha, ben *")
            try ben.send("/NICK benjamin")
            try ben.expect("* ben is now benjamin *")
            try aisha.expect("* ben is now benjamin *")
            try ben.send("/nick aisha")
            try ben.expectNotice(containing: "taken")
            try ben.send("/dance")
            try ben.expectNotice(containing: "/help")
            try ben.send("still benjamin")
            try aisha.expect("benjamin: still benjamin")
            try ben.send("last words")
            try ben.send("/quit")
            try ben.expectEnd()
            try aisha.expect("benjamin: last words")
            try aisha.expect("* benjamin left *")
            try aisha.send("/who")
            try aisha.expect("* online: aisha *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aLeaveIsToldOnceHoweverTheConnectionEnded(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let ends: [(TestClient) throws -> Void] = [
                { $0.close() }, { try $0.finish() }, { try $0.send("/quit") }, Self.cutInMidFrame,
            ]
            for (number, end) in ends.enumerated() {
                let guest = try TestClient(kind, port: running.port(kind), name: "guest\(number)")
                try witness.expect("* guest\(number) joined the chat *")
                try end(guest)
                try witness.expect("* guest\(number) left *")
                guest.close()
            }
            try witness.send("/who")
            try witness.expect("* online: witness *")
        }
    }

    private static func cutInMidFrame(_ client: TestClient) throws {
        try client.send(raw: [0, 0, 0, 9, 65])
        client.close()
    }

    @Test(arguments: TransportKind.allCases)
    func linesSentTogetherWithTheNameAndBeforeAGoodbyeAllArrive(kind: TransportKind) throws {
        try withServer { running in
            let witness = try TestClient(kind, port: running.port(kind), name: "witness")
            let hasty = try TestClient(kind, port: running.port(kind))
            let frames = try ["hasty", "one", "", "two", "three"].flatMap { try FrameEncoder.frame($0) }
            try hasty.send(raw: frames)
            try hasty.finish()
            try witness.expect("* hasty joined the chat *")
            for line in ["one", "two", "three"] { try witness.expect("hasty: \(line)") }
            try witness.expect("* hasty left *")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anEmptyNameBecomesAnonymousWithThePort(kind: TransportKind) throws {
        try withServer { running in
            let client = try TestClient(kind, port: running.port(kind))
            try client.send("  ")
            let joined = try client.next()
            #expect(joined.hasPrefix("* anon-"))
            #expect(
                try running.expectLog("joined as anon-").contains(
                    ":" + joined.dropFirst(7).prefix { $0 != " " }
                )
            )
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aTakenNameGetsASuffixAndItsOwnerIsTold(kind: TransportKind) throws {
        try withServer { running in
            let first = try TestClient(kind, port: running.port(kind), name: "aisha")
            defer { first.close() }
            let second = try TestClient(kind, port: running.port(kind))
            try second.send("aisha")
            try second.expect("* aisha-2 joined the chat *")
            if kind == .plain { try second.expectNotice(containing: "NOT encrypted") }
            try second.expectNotice(containing: "aisha-2")
        }
    }

    @Test func linesBeyondTheRateAreDelayedAndNotLost() throws {
        try withServer({ $0.limits.lineRate = LineRate(burst: 3, perSecond: 50) }) { running in
            let witness = try TestClient(.tls, port: running.port(.tls), name: "witness")
            let talker = try TestClient(.tls, port: running.port(.tls), name: "talker")
            try witness.expect("* talker joined the chat *")
            let start = MonotonicTime.now
            for number in 1...23 { try talker.send("line \(number)") }
            for number in 1...23 { try witness.expect("talker: line \(number)") }
            // Three at once, and twenty at fifty a second.
            #expect(start.duration(to: .now) >= .milliseconds(390))
        }
    }
}
