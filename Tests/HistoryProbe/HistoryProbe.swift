// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms

/// What `history-probe` can do: `hold FILE`, `talk FILE LINES-PER-SECOND`, `flood FILE LINES ROOMS` or `pages FILE ROOMS`.
enum HistoryProbe {
    static func run(_ words: [String]) {
        guard words.count >= 2 else { exit(64) }
        // As a server does.
        signal(SIGXFSZ, SIG_IGN)
        do throws(HistoryError) {
            switch (words[0], words.dropFirst(2).compactMap { Int($0) }) {
            case ("hold", []): try hold(words[1])
            case ("talk", let numbers) where numbers.count == 1: try talk(words[1], rate: numbers[0])
            case ("flood", let numbers) where numbers.count == 2:
                try flood(words[1], numbers[0], rooms: numbers[1])
            case ("pages", let numbers) where numbers.count == 1: try pages(words[1], rooms: numbers[0])
            default: exit(64)
            }
        } catch {
            say("error \(error)")
            exit(1)
        }
    }

    private static let retention = Retention(lines: .max, hours: 1_000)

    /// Keeps the file open until its input ends.
    private static func hold(_ path: String) throws(HistoryError) {
        let store = try SQLiteHistory(path: path, retention: retention) { _ in }
        say("open")
        while readLine() != nil {}
        store.close()
    }

    /// Says so many lines a second in one room, and what has become of them, until it is killed or its input ends.
    private static func talk(_ path: String, rate: Int) throws(HistoryError) {
        let store = try SQLiteHistory(path: path, retention: retention, report: tell)
        say("open \(store.lastSequence)")
        _ = fcntl(0, F_SETFL, O_NONBLOCK)
        var byte: UInt8 = 0
        while read(0, &byte, 1) != 0 {
            for _ in 0..<max(1, rate / 100) {
                let number = store.lastSequence + 1
                store.append(.line(line(number, room: .main)))
            }
            usleep(10_000)
        }
        store.close()
    }

    private static func tell(_ event: HistoryEvent) {
        switch event {
        case .stored(let number, let missing): say("stored \(number) \(missing.count)")
        case .lost(_, let lines): say("lost \(lines)")
        case .stopped(let fault): say("stopped \(fault)")
        case .resumed(let lost): say("resumed \(lost)")
        }
    }

    /// Says lines as fast as they are stored, and what that cost.
    private static func flood(_ path: String, _ count: Int, rooms: Int) throws(HistoryError) {
        let begin = WallClock.milliseconds()
        let progress = Progress()
        let store = try SQLiteHistory(path: path, retention: retention) { event in
            if case .stored(let number, _) = event { progress.raise(number) }
        }
        let first = store.lastSequence + 1
        for number in first..<first + UInt64(count) {
            while number > progress.value + 30_000 + first { usleep(1_000) }
            store.append(.line(line(number, room: RoomID(rawValue: number % UInt64(max(1, rooms))))))
        }
        store.close()
        let elapsed = WallClock.milliseconds() - begin
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let processor = usage.ru_utime.milliseconds + usage.ru_stime.milliseconds
        say("\(count) lines in \(elapsed) ms, \(processor) ms of processor time")
    }

    /// Reads pages of 200 from all over the file, and says how long the slowest took.
    private static func pages(_ path: String, rooms: Int) throws(HistoryError) {
        let begin = WallClock.milliseconds()
        let store = try SQLiteHistory(path: path, retention: retention) { _ in }
        say("opened in \(WallClock.milliseconds() - begin) ms")
        let last = store.lastSequence
        var times: [Double] = []
        var processorTimes: [Double] = []
        for part in 1...200 {
            let before = part == 1 ? UInt64.max : last / 200 * UInt64(part)
            let start = nanoseconds()
            let startOfWork = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
            let page = try store.lines(
                in: RoomID(rawValue: UInt64(part % max(1, rooms))),
                .before(before),
                limit: 200
            )
            processorTimes.append(Double(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - startOfWork) / 1_000_000)
            times.append(Double(nanoseconds() - start) / 1_000_000)
            guard page.lines.count == 200 else {
                return say("only \(page.lines.count) lines before \(before)")
            }
        }
        times.sort()
        say("pages of 200: median \(times[100]) ms, 95 of 100 \(times[190]) ms, slowest \(times[199]) ms")
        say("of the processor: slowest \(processorTimes.max() ?? 0) ms")
        store.close()
    }

    private static let aisha = NameRequest("aisha").name

    private static func line(_ number: UInt64, room: RoomID) -> StoredLine {
        guard let aisha else { exit(70) }
        return StoredLine(
            sequence: number,
            time: ChatTime(milliseconds: WallClock.milliseconds()),
            room: room,
            roomName: .main,
            author: Who(
                id: PersonID(rawValue: 1),
                name: aisha,
                key: Bytes32([UInt8](repeating: 7, count: 32)).map { PersonKey($0) }
            ),
            token: Bytes32([UInt8](repeating: 9, count: 32)).map { TokenDigest($0) },
            ref: Ref("\(number)"),
            text: "line \(number), which is about as long as what people say in a chat",
            isAction: false
        )
    }

    /// With no buffer: what was said must be out before the process is killed.
    private static func say(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        write(1, bytes, bytes.count)
    }

    private static func nanoseconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension timeval {
    fileprivate var milliseconds: Int { tv_sec * 1_000 + Int(tv_usec) / 1_000 }
}
