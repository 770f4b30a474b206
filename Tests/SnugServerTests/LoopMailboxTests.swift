// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugRooms
@testable import SnugServer

@Suite struct LoopMailboxTests {
    private static func isWoken(_ mailbox: LoopMailbox) -> Bool {
        var entries = [Polling.Entry(mailbox.waker.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .start)
        return !entries[0].readiness.isEmpty
    }

    /// Mail and looks at random, against a list.
    @Test(arguments: 0..<20)
    func allThatWasPostedIsTakenOnceInItsOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let mailbox = try LoopMailbox()
        var posted: [String] = []
        var frames: [UInt8] = []
        var contents = LoopMailbox.Contents()
        var run: (room: RoomID, id: SessionID, bytes: Int)?
        for number in 0..<500 {
            let last = run
            run = nil
            let id = SessionID(rawValue: UInt64.random(in: 1...5, using: &random))
            switch Int.random(in: 0..<7, using: &random) {
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
            case 3, 4:
                let room = RoomID(rawValue: UInt64.random(in: 0...1, using: &random))
                let frame = (0..<number % 9).map { UInt8(truncatingIfNeeded: number + $0) }
                mailbox.post(line: frame, in: room, by: id)
                frames += frame
                var bytes = frame.count
                // What one session says goes on with what it said just before.
                if let last, last.room == room, last.id == id {
                    bytes += last.bytes
                    posted.removeLast()
                }
                posted.append(Self.text(.line(bytes: bytes, in: room, by: id)))
                run = (room, id, bytes)
            case 5:
                let frame = (0..<number % 9).map { UInt8(truncatingIfNeeded: number + $0) }
                let own = (0..<number % 3).map {
                    OwnEvent(
                        frame: [UInt8(truncatingIfNeeded: $0), 7],
                        session: SessionID(rawValue: UInt64($0)),
                        loop: 0,
                        onceStored: UInt64(number)
                    )
                }
                mailbox.post(event: frame, in: .main, readers: 3, isLine: number % 2 == 0, own)
                frames += frame + own.flatMap(\.frame)
                posted.append("event \(frame.count) in 0 for 3, \(number % 2 == 0)")
                posted += own.map { "own 2 in 0 to \($0.session.rawValue) once \(number)" }
            default:
                let count = Int.random(in: 0...9, using: &random)
                let frame = (0..<count).map { UInt8(truncatingIfNeeded: number + $0) }
                let entry = LoopMailbox.Entry.presence(bytes: count, in: .main, readers: 7, by: id)
                mailbox.post(entry, frame: frame)
                frames += frame
                posted.append(Self.text(entry))
            }
            #expect(mailbox.isEmpty == posted.isEmpty)
        }
    }

    private static func text(_ entry: LoopMailbox.Entry) -> String {
        switch entry {
        case .admission: "admission"
        case .census: "census"
        case .departure(let id): "departure of \(id.rawValue)"
        case .dismissal(let id, _, let reason): "dismissal of \(id.rawValue): \(reason)"
        case .drain: "drain"
        case .event(let bytes, let room, let readers, let isLine):
            "event \(bytes) in \(room.rawValue) for \(readers), \(isLine)"
        case .finish: "finish"
        case .goesOn(let id): "\(id.rawValue) goes on"
        case .levelOne: "level 1"
        case .line(let bytes, let room, let id): "line \(bytes) in \(room.rawValue) by \(id.rawValue)"
        case .move(let id, let room, _): "move of \(id.rawValue) to \(room.rawValue)"
        case .notice(let bytes, let id): "notice \(bytes[0]) to \(id.rawValue)"
        case .ownEvent(let bytes, let room, let id, let sequence):
            "own \(bytes) in \(room.rawValue) to \(id.rawValue) once \(sequence)"
        case .presence(let bytes, let room, let readers, let id):
            "presence \(bytes) in \(room.rawValue) with \(readers) by \(id.rawValue)"
        }
    }

    @Test func aLoopIsWokenOnceForAllThatComesBetweenTwoLooks() throws {
        let mailbox = try LoopMailbox()
        var contents = LoopMailbox.Contents()
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

    /// Each line is one, and is copied on its way.
    @Test func whatALineIsInTheMailIsSmall() { #expect(MemoryLayout<LoopMailbox.Entry>.size <= 40) }

    @Test func aFloodOfMailDoesNotKeepItsMemory() throws {
        var contents = LoopMailbox.Contents()
        contents.frames = Array(repeating: 1, count: 1_000_000)
        contents.removeAll()
        #expect(contents.frames.capacity == 0)
        contents.frames = Array(repeating: 1, count: 10_000)
        contents.removeAll()
        #expect(contents.frames.capacity >= 10_000, "what is used in each turn is kept")
    }
}
