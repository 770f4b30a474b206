// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import Testing

@testable import SnugServer

@Suite struct InboxTests {
    private static func inbox(_ texts: [String], rate: LineRate = LineRate(burst: 2, perSecond: 1)) throws
        -> Inbox
    {
        var inbox = Inbox(FrameDecoder(), rate: rate)
        let bytes = try texts.flatMap { try FrameEncoder.frame($0) }
        let hasCompleted = try inbox.append(bytes.span.bytes)
        #expect(hasCompleted == !texts.isEmpty)
        return inbox
    }

    @Test func whatCameWithTheNameIsThere() throws {
        var decoder = FrameDecoder(overwritingMemory: true)
        let frame = try FrameEncoder.frame("hello")
        try decoder.append(frame.span.bytes)
        var inbox = Inbox(decoder, rate: .unlimited)
        #expect(inbox.hasFrame && inbox.nextPayloadBytes == 5 && inbox.unreadBytes == 9)
        let line = inbox.next(now: .start)
        #expect(line == Array("hello".utf8))
        #expect(!inbox.hasFrame && inbox.nextPayloadBytes == nil)
    }

    @Test func onlyFramesWithSomethingInThemCountForTheRate() throws {
        let now = MonotonicTime(at: 10_000)
        var inbox = try Self.inbox(["", "", "1", "", "2", "", "3"])
        for expected in ["", "", "1", "", "2", ""] {
            #expect(!inbox.isHeldBack(now: now))
            let frame = inbox.next(now: now)
            #expect(frame == Array(expected.utf8))
        }
        #expect(inbox.isHeldBack(now: now))
        #expect(inbox.nextLine(now: now) == MonotonicTime(at: 11_000))
        #expect(!inbox.isHeldBack(now: MonotonicTime(at: 11_000)))
    }

    @Test(arguments: ["/quit", " /QUIT\n"])
    func quitIsFoundBehindWhatWaits(_ word: String) throws {
        var inbox = try Self.inbox(["1", "2", word, "3"])
        let holdsQuit = inbox.holdsQuit()
        #expect(holdsQuit)
        let first = inbox.next(now: .start)
        #expect(first == Array("1".utf8), "looking takes nothing away")
    }

    /// The last one is a quit, and is found when its turn comes: nobody types it.
    @Test(arguments: ["/quitting", "quit", "/who", String(repeating: " ", count: 20) + "/quit"])
    func nothingElseIsTakenForQuit(_ word: String) throws {
        var inbox = try Self.inbox(["1", word])
        let holdsQuit = inbox.holdsQuit()
        #expect(!holdsQuit)
    }

    @Test func whatIsDiscardedIsCountedWithoutEmptyFrames() throws {
        var inbox = try Self.inbox(["1", "", "2", "/who"])
        let discarded = inbox.discard()
        #expect(discarded == 3)
        #expect(!inbox.hasFrame && inbox.unreadBytes == 0)
        let nothing = inbox.discard()
        #expect(nothing == 0)
    }
}
