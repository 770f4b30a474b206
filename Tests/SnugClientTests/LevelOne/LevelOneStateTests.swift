// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugClient
@testable import SnugProtocol

/// What a stay knows across its connections, against a server that is a few lines of plain Swift.
@Suite struct LevelOneStateTests {
    /// Everything on its way between the two; a cut loses it.
    private struct Wire {
        var toServer: [ClientMessage] = []
        var toClient: [ServerMessage] = []
        var isUp = false
    }

    @Test func whateverIsCutEachLineIsSaidOnceAndEachEventIsToldOnceOrTheGapIs() throws {
        for seed in UInt64(0)..<1_500 {
            var random = SeededGenerator(seed: seed)
            try Self.play(&random, forgets: false, "seed \(seed)")
            try Self.play(&random, forgets: true, "seed \(seed), forgetting")
        }
    }

    private static func play(_ random: inout SeededGenerator, forgets: Bool, _ name: String) throws {
        var server = ModelChat()
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        var wire = Wire()
        var news: [LevelOneNews] = []
        var refs: [String] = []
        // From here on nothing may be missed.
        var first: UInt64?
        for step in 0..<150 {
            let isEnd = step >= 100
            switch isEnd ? 5 + step % 4 : Int.random(in: 0..<9, using: &random) {
            case 0: refs.append(try state.saying("own \(refs.count)", in: "main"))
            case 1, 2:
                let event = server.say("other", gap: UInt64.random(in: 0...2, using: &random))
                if wire.isUp { wire.toClient.append(ModelChat.message(event, isReplay: false)) }
            case 3:
                wire = Wire()
                state.lose()
            case 4 where Int.random(in: 0..<4, using: &random) == 0:
                server.throwAway(through: UInt64.random(in: 0...server.last + 1, using: &random))
            case 4 where forgets && Int.random(in: 0..<4, using: &random) == 0:
                server.restartWithoutFile()
                wire = Wire()
                state.lose()
            case 5, 6:
                for _ in 0..<(isEnd ? 1_000 : Int.random(in: 1...6, using: &random)) {
                    guard !wire.toClient.isEmpty else { break }
                    let message = wire.toClient.removeFirst()
                    if first == nil, case .room(let room) = message.kind { first = room.last + 1 }
                    news += try state.take(message)
                }
            case 7:
                for _ in 0..<(isEnd ? 1_000 : Int.random(in: 1...3, using: &random)) {
                    guard !wire.toServer.isEmpty else { break }
                    let message = wire.toServer.removeFirst()
                    wire.toClient += server.take(message, gap: UInt64.random(in: 0...2, using: &random))
                    if case .enter = message.kind { wire.isUp = true }
                }
            default:
                if state.phase == .away {
                    state.begin()
                    wire.toClient = [server.hello]
                }
                for outgoing in state.takeOutgoing() {
                    if case .message(let message) = outgoing { wire.toServer.append(message) }
                }
            }
        }
        check(news, server, refs, from: first ?? .max, name)
    }

    private static func check(
        _ news: [LevelOneNews],
        _ server: ModelChat,
        _ refs: [String],
        from first: UInt64,
        _ name: String
    ) {
        var told: [UInt64] = []
        var gaps: [ClosedRange<UInt64>] = []
        for case .message(let message) in news {
            switch message.kind {
            case .event(let event): told.append(event.sequence)
            case .gap(_, let after, let before): gaps.append(after...before)
            default: break
            }
        }
        #expect(zip(told, told.dropFirst()).allSatisfy { $0 < $1 }, "\(name): \(told)")
        let known = Set(told)
        let missed = server.said.map(\.sequence).filter { sequence in
            sequence >= first && !known.contains(sequence) && !gaps.contains { $0.contains(sequence) }
        }
        #expect(missed.isEmpty, "\(name): \(missed)")
        let confirmed = news.compactMap { if case .confirmed(let ref) = $0 { ref } else { nil } }
        #expect(confirmed.sorted() == refs.sorted(), "\(name)")
        let said = server.said.compactMap(\.ref)
        #expect(Set(said) == Set(refs), "\(name)")
        if !server.hasForgotten { #expect(said.count == refs.count, "\(name): \(said)") }
    }

    // MARK: Entering

    @Test func thePassphraseIsSentOnlyIfItIsAskedForAndNothingBeforeItIsRight() throws {
        var state = LevelOneState(name: "aisha", rooms: ["ops"], client: "test", mark: "m")
        state.say("hello", in: "ops")
        state.begin()
        #expect(state.takeOutgoing().isEmpty)
        _ = try state.take(Self.hello(passphrase: true))
        #expect(state.takeOutgoing() == [.passphrase])
        _ = try state.take(ServerMessage(.accepted))
        let enter = ClientMessage.Enter(name: "aisha", rooms: ["ops"], client: "test", history: 0)
        #expect(state.takeOutgoing() == [.message(ClientMessage(.enter(enter)))])
    }

    @Test func whoKnowsOnlyANumberGoesOnFromItAndIsToldTheLastLinesIfItCountsForNothing() throws {
        for (epoch, expected) in [(nil, "now"), ("old", "old")] {
            var state = LevelOneState(
                name: "aisha",
                rooms: ["ops"],
                client: "test",
                mark: "m",
                position: .init(sequence: 47, epoch: epoch)
            )
            state.begin()
            _ = try state.take(Self.hello())
            guard case .message(let message)? = state.takeOutgoing().first,
                case .enter(let enter) = message.kind
            else {
                Issue.record("no enter")
                return
            }
            #expect(enter.resume?.seen == [.init(room: "ops", sequence: 47)])
            #expect(enter.resume?.epoch == expected)
            #expect(enter.history == 200)
        }
    }

    @Test func aRoomThatOneMayNotEnterIsToldAndHoldsUpNobody() throws {
        var state = try Self.entered(rooms: ["secret"])
        let refused = ServerMessage.Refused(.notPermitted, text: "not for you")
        #expect(try state.take(ServerMessage(.refused(refused))) == [.refused(refused, ref: nil)])
        #expect(try state.open("main").last == .settled)
    }

    @Test func aLineForAPrivateRoomIsNotSaidInAnOpenOneThatHasItsName() throws {
        var state = try Self.entered(rooms: ["den"])
        _ = try state.open("main")
        _ = try state.open("den", isPrivate: true)
        let ref = try state.saying("between us", in: "den")
        #expect(state.takeOutgoing().count == 1)
        state.lose()
        _ = try state.enter()
        _ = try state.open("main")
        #expect(try state.open("den").contains(.withheld(ref: ref)))
        #expect(state.takeOutgoing().isEmpty)
        #expect(!state.hasDoubtfulLines)
    }

    // MARK: A server that is none

    @Test func whatComesOutOfOrderIsSaidToBeSo() throws {
        var state = LevelOneState(name: "aisha", client: "test", mark: "m")
        state.begin()
        #expect(throws: LevelOneFault.notHello) { try state.take(ServerMessage(.accepted)) }
        _ = try state.take(Self.hello())
        #expect(throws: LevelOneFault.repeated) { try state.take(Self.hello()) }
        let event = ModelChat.message(.init(sequence: 1, text: "x", ref: nil), isReplay: false)
        #expect(throws: LevelOneFault.notEntered) { try state.take(event) }
        var other = LevelOneState(name: "aisha", client: "test", mark: "m")
        other.begin()
        #expect(throws: LevelOneFault.unknownVersion(2)) { try other.take(Self.hello(version: 2)) }
    }

    @Test func roomsThatNobodyAskedForAreNotRemembered() throws {
        var state = try Self.entered(rooms: [])
        for number in 0..<10_000 {
            let room = ServerMessage.RoomState(room: "room \(number)", people: [], last: 9)
            _ = try state.take(ServerMessage(.room(room)))
        }
        state.lose()
        state.begin()
        _ = try state.take(Self.hello())
        guard case .message(let message)? = state.takeOutgoing().last else { return }
        var frame: [UInt8] = []
        try message.encode(appendingTo: &frame)
        #expect(frame.count < 300)
    }

    // MARK: Messages

    private static func hello(passphrase: Bool = false, version: UInt64 = 1) -> ServerMessage {
        LevelOneState.hello(passphrase: passphrase, version: version)
    }

    private static func entered(rooms: [String]) throws -> LevelOneState {
        var state = LevelOneState(name: "aisha", rooms: rooms, client: "test", mark: "m")
        _ = try state.enter()
        return state
    }
}
