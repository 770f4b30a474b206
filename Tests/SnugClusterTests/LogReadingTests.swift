// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import SnugServer
import SnugSystem
import TestSupport
import Testing

@testable import SnugCluster

/// What a node makes of messages that are not as they should be.
@Suite struct LogReadingTests {
    /// A message of a node's own that its publisher never sees, with one request under ticket 77.
    private func message(of node: TestNode, asking request: Request) throws -> Outgoing.Message {
        let message = node.log.shared.withLock { shared -> Outgoing.Message? in
            _ = shared.outgoing.append(request, 77)
            // What the node says of itself goes first.
            while let message = shared.outgoing.take(at: .now, saying: 0) {
                if isRequests(message) { return message }
            }
            return nil
        }
        return try #require(message)
    }

    private func isRequests(_ message: Outgoing.Message) -> Bool {
        if case .requests? = (try? ClusterMessage(coded: message.bytes))?.content { true } else { false }
    }

    private func tick(_ node: TestNode) throws -> Request {
        let number = try #require(node.seen.withLock { $0.node })
        return Request(.tick, by: try #require(SessionID(number, counter: 9)))
    }

    private func publish(_ bytes: [UInt8], on bus: RunningBus) throws {
        let stranger = try BusConnection(bus.settings())
        _ = try stranger.publish(bytes, id: "spoiled", patience: 5_000)
        stranger.close()
    }

    @Test func whoAskedInAMessageThatCannotBeReadIsToldAtOnce() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        let message = try message(of: node, asking: try tick(node))
        try publish(message.bytes + [0], on: bus)
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
        #expect(node.seen.withLock { $0.odd.count } == 1)
    }

    @Test func whoAskedInAMessageThatIsNotTakenIsToldAtOnce() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        // Of a session of another server.
        let stranger = try #require(NodeNumber(999))
        let foreign = try #require(SessionID(stranger, counter: 1))
        let message = try message(of: node, asking: Request(.tick, by: foreign))
        try publish(message.bytes, on: bus)
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
    }

    @Test func whoAskedInAMessageThatALaterOneHasOvertakenIsTold() throws {
        let bus = try RunningBus()
        let node = try TestNode(bus.settings())
        defer { node.log.stop() }
        _ = try message(of: node, asking: try tick(node))
        _ = try node.enter("aisha")
        try eventually("it is lost") { node.seen.withLock { $0.lost } == [77] }
        #expect(node.seen.withLock { $0.fault } == nil)
    }

    @Test func aNodeThatIsFurtherBehindThanTheLogGoesBackSaysSo() throws {
        let bus = try RunningBus()
        let log = try JetStreamLog(bus.settings(), agreed: [])
        for number in 1...6 { _ = try log.bus.publish([1], id: "\(number)", patience: 5_000) }
        try log.bus.purge(before: 4)
        var reading = LogReading(log, TestNode(of: log))
        // Returns, because it cannot go on.
        reading.run()
        let fault = try #require(log.shared.withLock { $0.fault })
        #expect(fault.sentence.contains("too far behind") && fault.kind == .passing)
        log.bus.close()
    }

    // MARK: NATS servers that differ

    @Test func whoStartsAndReadsALogThatLacksItsOwnHelloSaysThatItIsAnotherOne() throws {
        let bus = try RunningBus()
        let log = try JetStreamLog(bus.settings(), agreed: [])
        let second = log.shared.withLock { shared -> Outgoing.Message? in
            // A NATS server has taken the first one, and is not the one that brings the second one.
            shared.outgoing.append(.hello(log.profile))
            _ = shared.outgoing.take(at: .now, saying: 0)
            shared.outgoing.append(.heartbeat(log: .beginning, state: nil))
            return shared.outgoing.take(at: .now, saying: 0)
        }
        _ = try log.bus.publish(try #require(second).bytes, id: "2", patience: 5_000)
        var reading = LogReading(log, TestNode(of: log))
        reading.run()
        let fault = try #require(log.shared.withLock { $0.fault })
        #expect(fault.sentence.hasPrefix("this server has read other messages in the log"))
        // Where its hello is, it is to be missed by nobody.
        #expect(log.shared.withLock { $0.isOutvoted })
        log.bus.close()
    }

    /// What two servers put into a log, with what they say of it.
    private func messages() throws -> [[UInt8]] {
        let profile = try #require(NodeProfile(version: "1", address: nil))
        let line = try #require(ChatLine("hello"))
        let session = try #require(NodeNumber(1).flatMap { SessionID($0, counter: 1) })
        let entry = Entry(NameRequest("aisha"), fallbackName: "anon", level: .typed)
        var (messages, log) = ([[UInt8]](), Checkpoint.beginning)
        func put(_ sender: UInt64, _ content: ClusterMessage.Content) {
            let number = UInt64(messages.count + 1)
            let time = 1_800_000_000_000 + Int64(number) * 700
            let message = ClusterMessage(sender: sender, counter: number, time: time, content: content).coded
            messages.append(message)
            log = log.followed(by: message, at: number)
        }
        put(11, .hello(profile))
        put(22, .hello(profile))
        put(11, .requests([Request(.enter(entry), by: session)]))
        for _ in 0..<5 {
            put(11, .requests([Request(.say(Speech(line), to: nil, ref: nil), by: session)]))
            for sender: UInt64 in [11, 22] { put(sender, .heartbeat(log: log, state: nil)) }
        }
        return messages
    }

    private func settings(_ name: String, _ bus: RunningBus, patience: Int64 = 10_000) -> BusSettings {
        var settings = bus.settings()
        (settings.name, settings.patience) = (name, patience)
        return settings
    }

    /// A log of that name in which these messages are.
    private func log(_ messages: [[UInt8]], as name: String, on bus: RunningBus) throws -> JetStreamLog {
        let log = try JetStreamLog(settings(name, bus), agreed: [])
        for (number, message) in messages.enumerated() {
            _ = try log.bus.publish(message, id: "\(number)", patience: 5_000)
        }
        return log
    }

    /// Why no node can start where these messages are in the log.
    private func faultOfStart(
        behind messages: [[UInt8]],
        as name: String,
        on bus: RunningBus,
        patience: Int64 = 10_000
    ) throws -> RequestLogFault? {
        try log(messages, as: name, on: bus).bus.close()
        do throws(RequestLogFault) {
            let log = try JetStreamLog(settings(name, bus, patience: patience), agreed: [])
            defer { log.stop() }
            try log.start(TestNode(of: log))
            return nil
        } catch { return error }
    }

    /// Reads these messages from a stream of that name to the last one.
    private func read(_ messages: [[UInt8]], as name: String, on bus: RunningBus) throws -> TestNode {
        let log = try log(messages, as: name, on: bus)
        let node = TestNode(of: log)
        let thread = try RunningThread(name: "reading") {
            var reading = LogReading(log, node)
            reading.run()
        }
        try eventually("all is read") { log.shared.withLock { $0.place.sequence == UInt64(messages.count) } }
        log.shared.withLock { $0.isClosed = true }
        thread.join()
        log.bus.close()
        return node
    }

    /// With nats-server 2.9.10 two copies say so after the death of a leader.
    @Test func whenNATSServersSayThatTheyTookAMessageDecidesNothing() throws {
        let bus = try RunningBus()
        let messages = try messages()
        let nodes = try ["one", "another"].map { try read(messages, as: $0, on: bus) }
        #expect(nodes[0].said.count == 5 && nodes[0].hash == nodes[1].hash)
        #expect(nodes[0].seen.withLock { $0.lineTimes } == nodes[1].seen.withLock { $0.lineTimes })
        #expect(nodes.allSatisfy { $0.log.shared.withLock { $0.fault } == nil })
    }

    /// The same with another line of the same author, as a leader had it that died before it shared it.
    private func otherMessages() throws -> [[UInt8]] {
        var messages = try messages()
        let line = try #require(ChatLine("hallo"))
        let message = try ClusterMessage(coded: messages[3])
        guard case .requests(let requests) = message.content else { throw CodingFault() }
        messages[3] =
            ClusterMessage(
                sender: message.sender,
                counter: message.counter,
                time: message.time,
                content: .requests([Request(.say(Speech(line), to: nil, ref: nil), by: requests[0].session)])
            )
            .coded
        return messages
    }

    @Test func aNodeThatIsBroughtAnotherMessageThanTheOthersEndsBeforeItTakesPart() throws {
        let bus = try RunningBus()
        let fault = try #require(try faultOfStart(behind: otherMessages(), as: "other", on: bus))
        #expect(
            fault.sentence == "this server has read other messages in the log other than the other servers"
        )
        #expect(fault.kind == .passing && fault.hint.contains("start it again"))
    }

    @Test func aNodeThatIsBroughtFewerMessagesThanTheOthersEndsAsWell() throws {
        let bus = try RunningBus()
        var messages = try messages()
        // From here on all speak of what this node has not read yet.
        messages.removeSubrange(3..<6)
        let fault = try #require(try faultOfStart(behind: messages, as: "fewer", on: bus))
        #expect(fault.sentence.hasPrefix("this server has read other messages in the log fewer"))
    }

    @Test func whatServersHadReadThatHaveBeenSilentForTooLongKeepsNobodyFromStarting() throws {
        let bus = try RunningBus()
        #expect(try faultOfStart(behind: otherMessages(), as: "silent", on: bus, patience: -1) == nil)
    }

    /// One of them is at odds with the node that started, and the other one has the same, and stops to read.
    @Test func whoeverHasStoppedToReadKeepsNoTwoOthersApart() throws {
        let bus = try RunningBus()
        let log = try log(messages(), as: "apart", on: bus)
        defer { log.bus.close() }
        let node = TestNode(of: try JetStreamLog(settings("apart", bus), agreed: []))
        try node.log.start(node)
        defer { node.log.stop() }
        let heard = node.log.shared.withLock { $0.place.sequence }
        for second in UInt64(1)...15 {
            let other = Checkpoint(sequence: heard + second * 1_000, digest: .zero)
            for (sender, place) in [(11, other), (22, Checkpoint.beginning)] as [(UInt64, Checkpoint)] {
                let message = ClusterMessage(
                    sender: sender,
                    counter: 1_000 + second,
                    time: 1_800_000_100_000 + Int64(second) * 1_000,
                    content: .heartbeat(log: place, state: nil)
                )
                _ = try log.bus.publish(message.coded, id: "\(sender) \(second)", patience: 5_000)
            }
            // It is not held up so long that more of its own time goes by.
            if second == 3 {
                try eventually("it has read on") {
                    node.log.shared.withLock { $0.place.sequence } >= heard + 6
                }
                #expect(node.log.shared.withLock { $0.fault } == nil)
            }
        }
        try eventually("it ends") { node.log.shared.withLock { $0.fault } != nil }
        #expect(node.log.shared.withLock { $0.fault }?.sentence.contains("other messages") == true)
    }

    enum Stranger: CaseIterable { case hasAnother, ends, hasTheSame }

    /// One node is at odds with the one that started, and somebody speaks whose hello is in no log but its own.
    @Test(arguments: Stranger.allCases)
    func whoeverIsLeftOutOfALogHasAVoiceThereAsLongAsItHasAnotherOne(_ kind: Stranger) throws {
        let bus = try RunningBus()
        let profile = try #require(NodeProfile(version: "1", address: nil))
        // The one that is known was started later than this one, as its sender says, or long before it.
        let (known, stranger) = (kind == .hasTheSame ? 1 : UInt64.max - 1, UInt64.max)
        let hello = ClusterMessage(sender: known, counter: 1, time: 0, content: .hello(profile)).coded
        let log = try log([hello], as: "left", on: bus)
        defer { log.bus.close() }
        let node = TestNode(of: try JetStreamLog(settings("left", bus), agreed: []))
        try node.log.start(node)
        defer { node.log.stop() }
        let other = Checkpoint(sequence: 1_000_000, digest: .zero)
        for counter in UInt64(2)...6 {
            let place = node.log.shared.withLock { $0.place }
            let hasAnother = kind == .hasAnother || (kind == .ends && counter == 2)
            let beats = [(stranger, hasAnother ? other : place), (known, counter == 2 ? place : other)]
            for (sender, place) in beats {
                var content = ClusterMessage.Content.heartbeat(log: place, state: nil)
                if kind == .ends, sender == stranger, counter > 2 { content = .goodbye }
                let message = ClusterMessage(sender: sender, counter: counter, time: 0, content: content)
                _ = try log.bus.publish(message.coded, id: "\(sender) \(counter)", patience: 5_000)
            }
            try eventually("it has read on, or ends") {
                node.log.shared.withLock { $0.place.sequence >= place.sequence + 2 || $0.fault != nil }
            }
        }
        let fault = node.log.shared.withLock { $0.fault }
        // Who has the same takes part in no log, or will read that it was replaced: it keeps nobody.
        #expect(fault.map { $0.sentence.contains("other messages") } == (kind == .ends ? nil : true))
    }

    @Test func whatServersHadReadThatHaveEndedKeepsNobodyFromStarting() throws {
        let bus = try RunningBus()
        let goodbyes = [11, 22].map { sender in
            ClusterMessage(sender: sender, counter: 1_000, time: 0, content: .goodbye).coded
        }
        #expect(try faultOfStart(behind: otherMessages() + goodbyes, as: "past", on: bus) == nil)
    }

    @Test func aServerMoreThanThereMayBeIsToldSoAtItsStart() throws {
        let bus = try RunningBus()
        let log = try JetStreamLog(bus.settings(), agreed: ["--max-rooms 200"])
        let profile = try #require(NodeProfile(version: "1", address: nil))
        for sender in 1...UInt64(NodeDirectory.mostNodes) {
            let hello = ClusterMessage(sender: sender, counter: 1, time: 0, content: .hello(profile)).coded
            _ = try log.bus.publish(hello, id: "\(sender)", patience: 5_000)
        }
        log.bus.close()
        do {
            _ = try TestNode(bus.settings())
            Issue.record("it takes part")
        } catch let fault as RequestLogFault {
            #expect(fault.sentence.contains("a server more than there may be"))
            #expect(fault.hint.contains("stop one"))
        }
    }

    // MARK: Chats that differ

    /// As if the chat of one of them had decided otherwise.
    private func spoil(_ node: TestNode) {
        node.seen.withLock { seen in
            _ = seen.chat.apply(
                Request(.tick, by: SessionID(rawValue: 0)),
                at: 1 << 40,
                time: ChatTime(milliseconds: 0)
            )
        }
    }

    private func settingsWithSnapshots(_ bus: RunningBus) -> BusSettings {
        var settings = bus.settings()
        settings.messagesPerSnapshot = 20
        return settings
    }

    @Test func oneOfTwoNodesWhoseChatsDifferEndsAndTheFirstGoesOn() throws {
        let bus = try RunningBus()
        let nodes = try (0..<2).map { _ in try TestNode(settingsWithSnapshots(bus)) }
        defer { for node in nodes { node.log.stop() } }
        let session = try nodes[0].enter("aisha").0
        spoil(nodes[0])
        for number in 0..<40 { _ = nodes[0].say("\(number)", session) }
        try eventually("one ends") { nodes.contains { $0.seen.withLock { $0.fault } != nil } }
        let faults = nodes.map { $0.seen.withLock { $0.fault } }
        #expect(faults[0] == nil && faults[1]?.sentence.contains("does not have the same chat") == true)
        #expect(faults[1]?.kind == .passing)
        // Its voice does not count on while the first one misses it.
        try eventually("it says goodbye") {
            nodes[0].seen.withLock { $0.others.contains("2 gone(hasSaidGoodbye: true)") }
        }
    }

    /// It is the first one, which speaks first, and would put its state down for all who come.
    @Test func theOneOfThreeNodesWhoseChatDiffersEndsAndWhoComesGoesOnFromTheOthers() throws {
        let bus = try RunningBus()
        let settings = settingsWithSnapshots(bus)
        let nodes = try (0..<3).map { _ in try TestNode(settings) }
        defer { for node in nodes { node.log.stop() } }
        let session = try nodes[1].enter("aisha").0
        spoil(nodes[0])
        for number in 0..<40 { _ = nodes[1].say("\(number)", session) }
        try eventually("the first one ends") { nodes[0].seen.withLock { $0.fault } != nil }
        try eventually("the state of the others is kept") {
            try nodes[1].log.snapshots.latest() != nil
        }
        let latest = try #require(try nodes[1].log.snapshots.latest())
        #expect(latest.state.chat.lastSequence < 1 << 40)
        #expect(nodes.dropFirst().allSatisfy { $0.seen.withLock { $0.fault } == nil })
        let next = try TestNode(settings)
        defer { next.log.stop() }
        #expect(next.seen.withLock { $0.restored } == 1)
        try eventually("it has the others' chat") { next.hash == nodes[2].hash }
    }
}
#endif
