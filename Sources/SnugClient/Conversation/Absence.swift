// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem

/// What was missed between a lost connection and the moment when everything is told.
struct Absence: Sendable {
    private struct Loss: Sendable {
        let reason: String
        let time: UnixTime
        var missedLines = 0
        var wasMissed = false
    }

    private var loss: Loss?

    /// Whether what comes is told again.
    var isCatchingUp: Bool { loss != nil }

    /// The connection is gone; if it was before everything had been told, it is the same absence.
    mutating func begin(_ reason: String, at now: UnixTime) {
        loss = loss ?? Loss(reason: reason, time: now)
    }

    /// Somebody else's line is told that was said meanwhile.
    mutating func noteMissedLine() { loss?.missedLines += 1 }

    /// The stay had ended, and the others were told.
    mutating func noteMissed() { loss?.wasMissed = true }

    /// Everything is told: one sentence about it; nil if nothing had been lost.
    ///
    /// - Parameter wasTold: whether the loss itself was told when it happened.
    mutating func end(at now: UnixTime, wasTold: Bool) -> String? {
        guard let loss else { return nil }
        self.loss = nil
        // Not the clock that stops while a laptop sleeps; and this one may have been set back.
        let (seconds, overflow) = now.seconds.subtractingReportingOverflow(loss.time.seconds)
        let isAtOnce = overflow || seconds <= 0
        let span = isAtOnce ? "at once" : "after \(LevelZero.duration(seconds: Int64(seconds)))"
        let lines =
            switch loss.missedLines {
            case 0: "nothing was said meanwhile"
            case 1: "1 line was said meanwhile"
            case let count: "\(count) lines were said meanwhile"
            }
        let others = loss.wasMissed ? "; the others were told that you left" : ""
        let beginning = wasTold ? "you are" : "the connection was lost (\(loss.reason));"
        return "\(beginning) back \(span), \(lines)\(others)"
    }
}
