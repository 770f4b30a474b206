// SPDX-License-Identifier: Apache-2.0

/// What has arrived where, and what each sender may therefore send next.
///
/// One struct, changed by one call for all lines of a read: millions a second pass through here.
struct DeliveryTally {
    private(set) var ledger: DeliveryLedger
    /// Deliveries and their latency, while ``isMeasuring``.
    var latency = Histogram()
    var isMeasuring = false

    /// Senders that may send, each with ``takeSendable(of:)`` lines.
    private(set) var due: [Int] = []

    /// How many are to read a line: all of its room but the sender.
    let readersOfALine: Int

    private let senders: Int
    private let receivers: Range<Int>
    private let window: Int
    /// For each sender and place in its window, how many members still lack the line.
    private var lacking: [Int]
    private var sendable: [Int]

    /// - Parameters:
    ///   - receivers: the first of the members, those that read.
    ///   - rooms: over which they are spread evenly.
    ///   - window: 0 where senders do not wait for anyone.
    init(receivers: Int, rooms: Int, senders: Int, window: Int) {
        self.receivers = 0..<receivers
        readersOfALine = receivers / rooms - 1
        self.senders = senders
        self.window = window
        ledger = DeliveryLedger(receivers: receivers, senders: senders)
        lacking = [Int](repeating: 0, count: senders * window)
        sendable = [Int](repeating: 0, count: senders)
    }

    /// Opens all windows.
    mutating func begin() {
        guard window > 0 else { return }
        for sender in 0..<senders {
            sendable[sender] = window
            due.append(sender)
        }
    }

    /// Notes that a line of `sender` goes out, to everyone but itself.
    mutating func sent(_ sequence: UInt32, by sender: Int) {
        guard window > 0 else { return }
        lacking[sender * window + Int(sequence) % window] = readersOfALine
    }

    /// Notes what one member read at `time`.
    mutating func received(_ tags: [LineTag], by member: Int, at time: Int64) {
        // What a stalled member reads in the end is no delivery.
        guard receivers.contains(member) else { return }
        for tag in tags {
            let sender = Int(tag.sender)
            // Some servers send a line to its sender as well.
            guard sender < senders, sender != member, ledger.note(tag, by: member) else { continue }
            if isMeasuring { latency.record(nanoseconds: time - tag.time) }
            guard window > 0 else { continue }
            let place = sender * window + Int(tag.sequence) % window
            lacking[place] -= 1
            if lacking[place] == 0 { allow(sender) }
        }
    }

    private mutating func allow(_ sender: Int) {
        if sendable[sender] == 0 { due.append(sender) }
        sendable[sender] += 1
    }

    /// How many lines `sender` may send now; they count as sent.
    mutating func takeSendable(of sender: Int) -> Int {
        let count = sendable[sender]
        sendable[sender] = 0
        return count
    }

    mutating func clearDue() { due.removeAll(keepingCapacity: true) }
}
