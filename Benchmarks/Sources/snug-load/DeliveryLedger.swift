// SPDX-License-Identifier: Apache-2.0

/// Who has received which line: finds what was lost, doubled or out of order.
struct DeliveryLedger {
    private(set) var received = 0
    private(set) var duplicated = 0
    private(set) var reordered = 0

    private let senders: Int
    /// For each receiver and sender, the number of the line that comes next.
    private var expected: [UInt32]
    /// Lines that were jumped over: none in every good run, so that it may cost what it likes.
    private var skipped: Set<Delivery> = []

    private struct Delivery: Hashable {
        let pair: Int
        let sequence: UInt32
    }

    init(receivers: Int, senders: Int) {
        self.senders = senders
        expected = [UInt32](repeating: 0, count: receivers * senders)
    }

    /// Notes a line and returns whether this receiver sees it for the first time.
    mutating func note(_ tag: LineTag, by receiver: Int) -> Bool {
        let pair = receiver * senders + Int(tag.sender)
        if tag.sequence == expected[pair] {
            expected[pair] += 1
        } else if tag.sequence > expected[pair] {
            for sequence in expected[pair]..<tag.sequence {
                skipped.insert(Delivery(pair: pair, sequence: sequence))
            }
            expected[pair] = tag.sequence + 1
        } else if skipped.remove(Delivery(pair: pair, sequence: tag.sequence)) != nil {
            reordered += 1
        } else {
            duplicated += 1
            return false
        }
        received += 1
        return true
    }
}
