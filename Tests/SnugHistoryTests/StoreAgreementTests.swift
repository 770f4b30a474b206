// SPDX-License-Identifier: Apache-2.0

import SnugHistory
import SnugRooms
import SnugSystem
import TestSupport
import Testing

/// Both stores, beside a model, through the same random appends, retention and reads.
struct StoreAgreementTests {
    /// With a seed that is a multiple of 3 people are forgotten as well.
    @Test(arguments: UInt64(1)...12) func bothStoresAnswerAsAListOfAllLinesWould(seed: UInt64) throws {
        var run = try Run(seed)
        defer { run.file.close() }
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 1...30, using: &run.random) { run.say() }
            try run.settle()
            if seed.isMultiple(of: 3), Int.random(in: 0..<5, using: &run.random) == 0 {
                run.forget()
                try run.settle()
            }
            if Bool.random(using: &run.random) { run.letTimePass() }
            try run.compare()
        }
    }
}

/// The rooms of the test; two look the same, and are not.
private let rooms = ["main", "dev", "caf\u{E9}", "cafe\u{301}", "nobody"]

private struct Run {
    let seed: UInt64
    var random: SeededGenerator
    let file: SQLiteHistory
    private let memory: MemoryHistory
    private let folder: TemporaryFolder
    private let events: HistoryEvents
    private let now = Lock(noon)
    private var model: HistoryModel
    private var number: UInt64 = 0

    init(_ seed: UInt64) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        folder = try TemporaryFolder()
        events = try HistoryEvents()
        let clock: @Sendable () -> Int64 = { [now] in now.withLock { $0 } }
        let retention = Retention(
            lines: .random(in: 1...40, using: &random),
            hours: .random(in: 1...3, using: &random)
        )
        model = HistoryModel(retention)
        memory = MemoryHistory(retention: retention, clock: clock)
        file = try SQLiteHistory(
            path: folder.path("history"),
            retention: retention,
            clock: clock,
            report: events.take
        )
    }

    private func append(_ change: HistoryChange) {
        memory.append(change)
        file.append(change)
    }

    mutating func say() {
        // Now and then one that has been appended already.
        if Int.random(in: 0..<10, using: &random) > 0 { number += .random(in: 1...3, using: &random) }
        let line = StoredLine.sample(
            number,
            room: rooms.dropLast().randomElement(using: &random) ?? "",
            author: ["aisha", "ben", "Ünïcode"].randomElement(using: &random) ?? "",
            token: TokenDigest.sample(UInt8.random(in: 0...2, using: &random)),
            ref: Bool.random(using: &random) ? "\(number)" : nil,
            time: now.withLock { $0 }
        )
        append(.line(line))
        model.append(line)
    }

    mutating func settle() throws {
        number += 1
        append(.sequence(number))
        model.raise(number)
        try events.waitForStored(number)
    }

    mutating func forget() {
        let author = ["aisha", "ben"].randomElement(using: &random) ?? ""
        append(.forget(.person(name: author, key: nil)))
        model.forget(MemberName(stringLiteral: author))
    }

    mutating func letTimePass() {
        let step = Int64.random(in: 0...2_000_000, using: &random)
        now.withLock { $0 += step }
        model.settle(now: now.withLock { $0 })
    }

    mutating func compare() throws {
        let expectedRooms = rooms.map { RoomID($0) }.filter { model.last(in: $0) != nil }.sorted()
        for store in [memory, file] as [any HistoryStore] {
            #expect(store.lastSequence == model.lastSequence, "seed \(seed)")
            #expect(try store.roomsWithLines() == expectedRooms)
            #expect(
                try store.linesWithRef(since: noon, limit: 30) == model.linesWithRef.suffix(30),
                "seed \(seed)"
            )
            for room in rooms.map({ RoomID($0) }) {
                #expect(try store.lastSequence(in: room) == model.last(in: room), "seed \(seed)")
            }
        }
        for room in rooms.map({ RoomID($0) }) {
            let from = UInt64.random(in: 0...number + 2, using: &random)
            let limit = Int.random(in: 1...50, using: &random)
            for selection in [LineSelection.after(from), .before(from), .before(.max), .after(0)] {
                try compare(room, selection, limit)
            }
        }
    }

    private func compare(_ room: RoomID, _ selection: LineSelection, _ limit: Int) throws {
        let expected = model.page(room, selection, limit)
        let pages = try [memory, file].map { (store: any HistoryStore) in
            try store.lines(in: room, selection, limit: limit)
        }
        for page in pages {
            #expect(page.lines == expected.lines && page.hasMore == expected.hasMore, "seed \(seed)")
            // Of a room without lines nothing else is known than that others had some.
            guard model.last(in: room) != nil else { continue }
            for range in page.missing {
                #expect(model.isLost(range.upperBound, in: room), "seed \(seed): \(range)")
                #expect(!page.lines.contains { range.contains($0.sequence) }, "seed \(seed)")
            }
            if case .after(let from) = selection, !seed.isMultiple(of: 3), model.isLost(from + 1, in: room) {
                #expect(page.missing.first?.lowerBound == from + 1, "seed \(seed)")
            }
        }
        if !seed.isMultiple(of: 3) { #expect(pages[0].missing == pages[1].missing, "seed \(seed)") }
    }
}
