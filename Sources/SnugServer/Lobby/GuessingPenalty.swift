// SPDX-License-Identifier: Apache-2.0

internal import SnugTransport

/// Makes guessing the passphrase slow, for each address on its own.
///
/// Answers to one address are spaced: after its first wrong passphrase by 0.1 s, twice as much after each further one,
/// up to 4 s. Parallel connections gain nothing, because each attempt takes the next free time. A right passphrase
/// waits as well: otherwise a quick answer would tell. Who would have to wait longer than it may stay gets no answer and
/// takes no place in the queue, or a quick burst of guesses would lock everyone at that address out for long.
struct GuessingPenalty {
    private var records: [[UInt8]: Record] = [:]

    private struct Record {
        var failures = 0
        var lastFailure: MonotonicTime
        var nextAnswer: MonotonicTime
    }

    private static let firstSpacing = Duration.milliseconds(100)
    private static let longestSpacing = Duration.seconds(4)
    private static let memory = Duration.seconds(600)

    /// Addresses remembered at a time; beyond it the oldest is forgotten, so that they cannot fill memory.
    private static let maximumRecords = 4_096

    /// When an attempt made now, by someone who stays until `deadline`, may be answered; nil for not in time.
    mutating func answerTime(
        for address: SocketAddress,
        now: MonotonicTime,
        deadline: MonotonicTime
    ) -> MonotonicTime? {
        let key = address.subscriber
        guard var record = records[key] else { return now }
        guard record.lastFailure + Self.memory > now else {
            records[key] = nil
            return now
        }
        let time = max(now, record.nextAnswer)
        guard time < deadline else { return nil }
        record.nextAnswer = time + spacing(after: record.failures)
        records[key] = record
        return time
    }

    /// Notes a wrong passphrase, answered at `answerTime` if ever, and returns how many there were from that address.
    mutating func noteFailure(
        from address: SocketAddress,
        answeredAt answerTime: MonotonicTime?,
        now: MonotonicTime
    ) -> Int {
        let key = address.subscriber
        if records[key] == nil, records.count >= Self.maximumRecords { forgetOldest() }
        var record = records[key] ?? Record(lastFailure: now, nextAnswer: now)
        record.failures += 1
        record.lastFailure = now
        if let answerTime {
            record.nextAnswer = max(record.nextAnswer, answerTime + spacing(after: record.failures))
        }
        records[key] = record
        return record.failures
    }

    private func spacing(after failures: Int) -> Duration {
        min(Self.longestSpacing, Self.firstSpacing * (1 << min(failures - 1, 10)))
    }

    private mutating func forgetOldest() {
        guard let oldest = records.min(by: { $0.value.lastFailure < $1.value.lastFailure }) else { return }
        records[oldest.key] = nil
    }
}
