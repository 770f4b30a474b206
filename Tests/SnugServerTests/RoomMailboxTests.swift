// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugRooms
@testable import SnugServer

@Suite struct RoomMailboxTests {
    private static func isWoken(_ mailbox: RoomMailbox) -> Bool {
        var entries = [Polling.Entry(mailbox.waker.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .start)
        return !entries[0].readiness.isEmpty
    }

    /// Mail and looks at random, against a list.
    @Test(arguments: 0..<20)
    func allThatWasPostedIsTakenOnceInItsOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let mailbox = try RoomMailbox()
        var posted: [String] = []
        var frames: [UInt8] = []
        var contents = RoomMailbox.Contents()
        for number in 0..<500 {
            let id = MemberID(rawValue: UInt64.random(in: 1...5, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                mailbox.post(.notice([UInt8(truncatingIfNeeded: number)], to: id))
                posted.append("notice \(UInt8(truncatingIfNeeded: number)) to \(id.rawValue)")
            case 1:
                mailbox.post(.drain)
                posted.append("drain")
            case 2:
                mailbox.take(into: &contents)
                #expect(contents.entries.map(Self.text) == posted)
                #expect(contents.frames == frames)
                #expect(mailbox.isEmpty)
                contents.removeAll()
                posted = []
                frames = []
            default:
                let name = try #require(NameRequest("ann").name)
                let kinds: [RoomEvent.Kind] = [
                    .joined(name), .left(name), .renamed(from: name, to: name), .said(name, "x"),
                ]
                let kind = try #require(kinds.randomElement(using: &random))
                let count = Int.random(in: 0...9, using: &random)
                let frame = (0..<count).map { UInt8(truncatingIfNeeded: number + $0) }
                mailbox.post(RoomEvent(sequence: 1, member: id, kind: kind), frame: frame)
                frames += frame
                switch kind {
                case .joined, .renamed: posted.append("presence \(count) of \(id.rawValue)")
                case .left: posted.append("departure \(count) of \(id.rawValue)")
                case .said: posted.append("line \(count) by \(id.rawValue)")
                }
            }
            #expect(mailbox.isEmpty == posted.isEmpty)
        }
    }

    private static func text(_ entry: RoomMailbox.Entry) -> String {
        switch entry {
        case .admission: "admission"
        case .departure(let bytes, let id): "departure \(bytes) of \(id.rawValue)"
        case .drain: "drain"
        case .finish: "finish"
        case .line(let bytes, let id): "line \(bytes) by \(id.rawValue)"
        case .notice(let bytes, let id): "notice \(bytes[0]) to \(id.rawValue)"
        case .presence(let bytes, let id): "presence \(bytes) of \(id.rawValue)"
        }
    }

    @Test func aLoopIsWokenOnceForAllThatComesBetweenTwoLooks() throws {
        let mailbox = try RoomMailbox()
        var contents = RoomMailbox.Contents()
        mailbox.notify()
        #expect(!Self.isWoken(mailbox), "there is nothing to look at")
        for _ in 0..<3 {
            mailbox.post(.drain)
            mailbox.notify()
            #expect(Self.isWoken(mailbox))
            mailbox.waker.wait()
            mailbox.post(.drain)
            mailbox.notify()
            #expect(!Self.isWoken(mailbox), "it knows already")
            mailbox.take(into: &contents)
            contents.removeAll()
            mailbox.notify()
            #expect(!Self.isWoken(mailbox), "all is taken")
        }
    }

    @Test func aFloodOfMailDoesNotKeepItsMemory() throws {
        var contents = RoomMailbox.Contents()
        contents.frames = Array(repeating: 1, count: 1_000_000)
        contents.removeAll()
        #expect(contents.frames.capacity == 0)
        contents.frames = Array(repeating: 1, count: 10_000)
        contents.removeAll()
        #expect(contents.frames.capacity >= 10_000, "what is used in each turn is kept")
    }
}
