// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

/// The room as its loops see it: what is posted to them, without any connection.
@Suite(.timeLimit(.minutes(30))) struct RoomHubTests {
    private let mailboxes: [RoomMailbox]
    private let hub: RoomHub

    init() throws {
        mailboxes = try (0..<3).map { _ in try RoomMailbox() }
        hub = RoomHub(mailboxes: mailboxes, maximumMembers: 100)
    }

    private func admit(_ name: String) throws -> MemberID {
        var id: MemberID?
        let admitted = hub.admit(NameRequest(name), fallbackName: "anon", warnings: []) { admission in
            id = admission.id
            return HandedOver(
                Arrival(
                    id: admission.id,
                    name: admission.name,
                    peer: .loopback(port: 1),
                    facts: .plain,
                    connection: TransportConnection(owning: PlainTransport(owning: MemoryWire().leftEnd())),
                    decoder: FrameDecoder(),
                    addressSlot: nil
                )
            )
        }
        #expect(admitted?.text == name)
        return try #require(id)
    }

    /// All texts that a loop was posted for everyone, in their order.
    private func texts(in mailbox: RoomMailbox) throws -> [String] {
        var contents = RoomMailbox.Contents()
        mailbox.take(into: &contents)
        var decoder = FrameDecoder()
        try decoder.append(contents.frames.span.bytes)
        var texts: [String] = []
        while let frame = decoder.next() { texts.append(String(decoding: frame, as: UTF8.self)) }
        return texts
    }

    @Test func everyLoopIsPostedTheSameInTheSameOrderHoweverManySpeakAtOnce() throws {
        let names = ["ann", "ben", "cem", "dia"]
        let ids = try names.map(admit)
        let hub = hub
        let threads = try zip(ids, mailboxes + mailboxes).map { id, mailbox in
            try RunningThread(name: "speaker") {
                for number in 0..<2_000 {
                    let input = Input.parse(number % 50 == 49 ? "/nick \(id) \(number)" : "line \(number)")
                    _ = hub.apply(input, from: id, answerTo: nil, own: mailbox)
                }
            }
        }
        for thread in threads { thread.join() }
        let heard = try mailboxes.map(texts)
        #expect(heard[0].count == names.count * 2_001)
        #expect(heard[0] == heard[1] && heard[1] == heard[2])
    }

    @Test func whatHappensInOneThreadIsPostedToEveryLoopInItsOrder() throws {
        let ann = try admit("ann")
        let ben = try admit("ben")
        _ = hub.apply(.parse("hello"), from: ann, answerTo: nil, own: mailboxes[0])
        _ = hub.apply(.parse("/nick cem"), from: ben, answerTo: nil, own: mailboxes[0])
        #expect(hub.memberCount == 2)
        #expect(hub.leave(ann, mailbox: mailboxes[0])?.text == "ann")
        #expect(hub.leave(ann, mailbox: mailboxes[0]) == nil, "once")
        #expect(hub.memberCount == 1)
        let expected = [
            "* ann joined the chat *", "* ben joined the chat *", "ann: hello", "* ben is now cem *",
            "* ann left *",
        ]
        for mailbox in mailboxes { #expect(try texts(in: mailbox) == expected) }
    }

    @Test func answersGoToTheLoopOfWhoAskedAndToNobodyWhoIsGone() throws {
        let ann = try admit("ann")
        for mailbox in mailboxes { _ = try texts(in: mailbox) }
        for question in ["/who", "/help", "/nick ann", "/nonsense"] {
            let outcome = hub.apply(.parse(question), from: ann, answerTo: mailboxes[1], own: mailboxes[1])
            #expect(outcome.answerBytes > 0 && !outcome.leaves)
            #expect(mailboxes.map(\.isEmpty) == [true, false, true])
            _ = try texts(in: mailboxes[1])
            let unheard = hub.apply(.parse(question), from: ann, answerTo: nil, own: mailboxes[1])
            #expect(unheard.answerBytes == 0)
            #expect(mailboxes.map(\.isEmpty) == [true, true, true])
        }
        #expect(hub.apply(.quit, from: ann, answerTo: nil, own: mailboxes[1]).leaves)
    }

    @Test func theListOfNamesIsMadeAnewWheneverSomebodyComesGoesOrIsRenamed() throws {
        let ann = try admit("ann")
        func online() throws -> String {
            for mailbox in mailboxes { _ = try texts(in: mailbox) }
            _ = hub.apply(.who, from: ann, answerTo: mailboxes[0], own: mailboxes[0])
            var contents = RoomMailbox.Contents()
            mailboxes[0].take(into: &contents)
            guard case .notice(let frame, to: ann) = contents.entries.first else { return "" }
            return String(decoding: frame.dropFirst(FrameLimits.headerBytes), as: UTF8.self)
        }
        #expect(try online() == "* online: ann *")
        let ben = try admit("ben")
        #expect(try online() == "* online: ann, ben *")
        _ = hub.apply(.parse("a line"), from: ben, answerTo: nil, own: mailboxes[0])
        #expect(try online() == "* online: ann, ben *")
        _ = hub.apply(.parse("/nick cem"), from: ben, answerTo: nil, own: mailboxes[0])
        #expect(try online() == "* online: ann, cem *")
        _ = hub.leave(ben, mailbox: mailboxes[0])
        #expect(try online() == "* online: ann *")
    }

    @Test func onceAllLoopsHaveReadOutNothingMoreIsPosted() throws {
        let ann = try admit("ann")
        hub.drain()
        for _ in 0..<2 { hub.finishedReading() }
        _ = hub.apply(.parse("a last line"), from: ann, answerTo: nil, own: mailboxes[0])
        hub.finishedReading()
        _ = hub.apply(.parse("too late"), from: ann, answerTo: mailboxes[0], own: mailboxes[0])
        for mailbox in mailboxes {
            #expect(try texts(in: mailbox) == ["* ann joined the chat *", "ann: a last line"])
        }
    }
}
