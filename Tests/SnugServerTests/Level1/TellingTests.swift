// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugHistory
import SnugProtocol
import TestSupport
import Testing

@testable import SnugRooms
@testable import SnugServer

/// What is told of history, page by page, against the plain list of what there is.
@Suite struct TellingTests {
    private static let author = Who(id: PersonID(rawValue: 7), name: .anonymous, key: nil)
    private static let reader = Telling.Reader(person: PersonID(rawValue: 7), key: nil, token: nil)

    /// A store with the lines that have these numbers.
    private struct Shelf {
        let store = MemoryHistory(retention: Retention(lines: 10_000, hours: 24), clock: { 1 })
        let bytes: Int

        init(_ numbers: some Sequence<UInt64>, bytes: Int = 5) {
            self.bytes = bytes
            for number in numbers {
                store.append(
                    .line(
                        StoredLine(
                            sequence: number,
                            time: ChatTime(milliseconds: 1),
                            room: .main,
                            roomName: .main,
                            author: author,
                            token: nil,
                            ref: Ref("r\(number)"),
                            text: String(repeating: "x", count: bytes),
                            isAction: false
                        )
                    )
                )
            }
        }

        private func part(of telling: inout Telling) throws -> [UInt8] {
            switch telling.next {
            case .after(let seen):
                return telling.take(.success(try store.lines(in: .main, .after(seen), limit: 200)))
            case .last(let count, let before):
                return telling.take(.success(try store.lines(in: .main, .before(before), limit: count)))
            case .end: return telling.takeNothing()
            }
        }

        /// Tells all of it, and returns the messages and the bytes of the largest part.
        func tell(_ telling: Telling) throws -> (messages: [ServerMessage], largest: Int) {
            var telling = telling
            var messages: [ServerMessage] = []
            var largest = 0
            for _ in 0..<1_000 where !telling.isFinished {
                let frames = try part(of: &telling)
                largest = max(largest, frames.count)
                var decoder = FrameDecoder()
                try decoder.append(frames.span.bytes)
                while let payload = decoder.next() { messages.append(try ServerMessage(payload: payload)) }
            }
            #expect(telling.isFinished)
            return (messages, largest)
        }
    }

    private func telling(_ next: Telling.Next, through: UInt64, isUnknown: Bool = false) -> Telling {
        Telling(
            of: .main,
            .main,
            next,
            through: through,
            opens: true,
            isUnknown: isUnknown,
            to: Self.reader
        )
    }

    private func numbers(_ messages: [ServerMessage]) -> [UInt64] {
        messages.compactMap { if case .event(let event) = $0.kind { event.sequence } else { nil } }
    }

    @Test(arguments: 0..<30)
    func whatCameAfterSeenIsToldOnceInOrderAndNothingThatCameLater(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = (1...700).filter { _ in Bool.random(using: &random) }.map { UInt64($0) }
        let shelf = Shelf(all, bytes: [5, 300, 2_000].randomElement(using: &random) ?? 5)
        let seen = UInt64.random(in: 0...700, using: &random)
        let last = UInt64.random(in: 0...700, using: &random)
        let (messages, largest) = try shelf.tell(telling(.after(seen), through: last))
        let expected = all.filter { $0 > seen && $0 <= last }
        #expect(numbers(messages) == expected)
        #expect(largest <= Telling.bytesAtOnce + FrameLimits.maximumPayloadBytes)
        guard case .history(let end) = messages.last?.kind else {
            Issue.record("no end")
            return
        }
        #expect(end.count == UInt64(expected.count) && end.first == expected.first)
        #expect(messages.dropLast().allSatisfy { $0.ref?.hasPrefix("r") ?? false })
    }

    @Test(arguments: 0..<30)
    func theLastLinesAreToldTheOldestFirst(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let all = (1...300).filter { _ in Bool.random(using: &random) }.map { UInt64($0) }
        let shelf = Shelf(all, bytes: [5, 2_000].randomElement(using: &random) ?? 5)
        let before = UInt64.random(in: 1...400, using: &random)
        let count = Int.random(in: 1...200, using: &random)
        let (messages, largest) = try shelf.tell(telling(.last(count, before: before), through: 400))
        let expected = Array(all.filter { $0 < before }.suffix(count))
        #expect(numbers(messages) == expected)
        #expect(largest <= Telling.bytesAtOnce + FrameLimits.maximumPayloadBytes)
        guard case .history(let end) = messages.last?.kind else {
            Issue.record("no end")
            return
        }
        #expect(end.hasMore == (all.filter { $0 < before }.count > count))
    }

    @Test func aRoomThatWasSeenInAnotherEpochBeginsWithAGapFromZero() throws {
        let shelf = Shelf(10...20)
        let (some, _) = try shelf.tell(telling(.last(3, before: 21), through: 20, isUnknown: true))
        #expect(some.first == ServerMessage(.gap(room: "main", after: 0, before: 18)))
        #expect(numbers(some) == [18, 19, 20])
        let (none, _) = try shelf.tell(telling(.last(0, before: 21), through: 20, isUnknown: true))
        #expect(none.first == ServerMessage(.gap(room: "main", after: 0, before: 21)))
        #expect(none.count == 2)
    }

    @Test func whatIsMissingBehindTheLastLineIsAGapWhereItWasAskedFor() throws {
        let shelf = Shelf(10...20)
        shelf.store.append(.gap(25...30))
        let (newest, _) = try shelf.tell(telling(.last(3, before: 41), through: 40))
        #expect(numbers(newest) == [18, 19, 20])
        #expect(newest.dropLast().last == ServerMessage(.gap(room: "main", after: 24, before: 31)))
        let (earlier, _) = try shelf.tell(telling(.last(3, before: 20), through: 40))
        #expect(numbers(earlier) == [17, 18, 19] && earlier.count == 4)
    }

    @Test func othersLinesAreToldWithoutTheirRefs() throws {
        let stranger = Telling.Reader(person: PersonID(rawValue: 8), key: nil, token: nil)
        let telling = Telling(of: .main, .main, .after(0), through: 5, opens: true, to: stranger)
        let (messages, _) = try Shelf(1...5).tell(telling)
        #expect(numbers(messages) == [1, 2, 3, 4, 5] && messages.allSatisfy { $0.ref == nil })
    }
}
