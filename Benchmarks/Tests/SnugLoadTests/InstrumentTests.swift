// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
import Testing

@testable import snug_load

@Suite("The instrument")
struct InstrumentTests {
    private func tag(_ sequence: UInt32, sender: UInt32 = 0) -> LineTag {
        LineTag(sender: sender, sequence: sequence, time: 0)
    }

    @Test func findsATagBehindWhateverTheServerPutInFront() {
        let sent = LineTag(sender: 0x9f, sequence: 0xffff_fffe, time: 0x0123_4567_89ab_cdef)
        var message = Array(":b00001!~b@127.0.0.1 PRIVMSG #load :".utf8)
        sent.append(to: &message)
        #expect(message.withUnsafeBytes { LineTag(endOf: $0) } == sent)
        message.removeLast()
        #expect(message.withUnsafeBytes { LineTag(endOf: $0) } == nil)
    }

    @Test(arguments: Dialect.allCases)
    func findsEveryLineHoweverTheStreamIsCut(dialect: Dialect) {
        var stream: [UInt8] = []
        for sequence in 0..<UInt32(5) { dialect.append(tag(sequence), to: &stream) }
        for pieceBytes in 1...stream.count {
            var scanner = MessageScanner(dialect)
            var found: [UInt32] = []
            for start in stride(from: 0, to: stream.count, by: pieceBytes) {
                stream[start..<min(start + pieceBytes, stream.count)].withUnsafeBytes { piece in
                    scanner.scan(piece) { message in
                        if let tag = dialect.tag(in: message) { found.append(tag.sequence) }
                    }
                }
            }
            #expect(found == [0, 1, 2, 3, 4], "in pieces of \(pieceBytes)")
        }
    }

    @Test func tellsALateLineFromADoubledOne() {
        var ledger = DeliveryLedger(receivers: 2, senders: 2)
        for sequence: UInt32 in [0, 2, 1, 2, 4] { _ = ledger.note(tag(sequence), by: 1) }
        // Another receiver's and another sender's lines have numbers of their own.
        let others = [ledger.note(tag(0), by: 0), ledger.note(tag(0, sender: 1), by: 1)]
        #expect(others == [true, true])
        #expect(ledger.reordered == 1)
        #expect(ledger.duplicated == 1)
        // Line 3 never came.
        #expect(ledger.received == 6)
    }

    @Test func allowsTheNextLineOnlyOnceEveryOtherMemberHasTheFirst() {
        var tally = DeliveryTally(receivers: 3, senders: 1, window: 1)
        tally.begin()
        let atFirst = tally.takeSendable(of: 0)
        #expect(atFirst == 1)
        tally.clearDue()
        tally.sent(0, by: 0)
        tally.received([tag(0)], by: 0, at: 0)
        tally.received([tag(0)], by: 1, at: 0)
        tally.received([tag(0)], by: 1, at: 0)
        #expect(tally.due.isEmpty)
        tally.received([tag(0)], by: 2, at: 0)
        #expect(tally.due == [0])
        let then = tally.takeSendable(of: 0)
        #expect(then == 1)
    }

    @Test func knowsDurationsToOneSixtyFourth() {
        for duration: Int64 in [0, 1, 63, 64, 65, 1_000, 123_456_789, 86_400_000_000_000] {
            var histogram = Histogram()
            histogram.record(nanoseconds: duration)
            histogram.record(nanoseconds: .max)
            let median = histogram.value(atShare: 0.5)
            #expect(median >= duration)
            #expect(median - duration <= duration / 64)
        }
    }

    @Test func countsPercentilesFromBelow() {
        var histogram = Histogram()
        for duration in 1...50 { histogram.record(nanoseconds: Int64(duration)) }
        #expect(histogram.value(atShare: 0.5) == 25)
        #expect(histogram.value(atShare: 0.99) == 50)
        #expect(histogram.maximum == 50)
    }

    @Test func readsAFigureByItsWholeName() {
        let answer = "HTTP/1.1 200 OK\r\n\r\n# TYPE snug_lines counter\nsnug_lines_total 42\nsnug_lines 7\n"
        #expect(Scraper.figure("snug_lines_total", in: answer) == 42)
        #expect(Scraper.figure("snug_lines", in: answer) == 7)
        #expect(Scraper.figure("snug_line", in: answer) == nil)
    }

    @Test func twoKindsOfTimeHaveALatencyEach() throws {
        var halves = Halves(of: .seconds(1), nil)
        var latency = Histogram()
        let start = MonotonicTime.now
        halves.begin(at: start)
        for (second, nanoseconds) in [(0.5, 10), (1.5, 20), (2.5, 10), (3.5, 20)] as [(Double, Int64)] {
            try halves.turn(at: start + .seconds(second), &latency)
            latency.record(nanoseconds: nanoseconds)
        }
        let (first, second) = halves.both(latency)
        #expect([first.total, second.total] == [2, 2])
        #expect([first.maximum, second.maximum] == [10, 20])
    }
}
