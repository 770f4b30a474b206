// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugRooms
import SnugSystem
import TestSupport

@testable import SnugServer

/// An order of requests that several servers in this process share: what each of them is brought, on a thread of its own,
/// comes in the one order and at whatever time.
final class TestOrder: Sendable {
    struct Message: Sendable {
        let node: NodeNumber?
        let requests: [Request]
        let tickets: [UInt64]
        let time: ChatTime
    }

    private struct State {
        var messages: [Message] = []
        var nodes: [TestLog] = []
        var time = ChatTime(milliseconds: 1_800_000_000_000)
    }

    private let state = Lock(State())
    let epoch: UInt64 = 0xABCDEF

    /// Another server's way to this order; its threads yield at random, by `seed`.
    func log(seed: UInt64 = 0) throws -> TestLog {
        let log = try TestLog(self, seed: seed)
        state.withLock { $0.nodes.append(log) }
        return log
    }

    func add(_ requests: [Request], tickets: [UInt64] = [], of node: NodeNumber? = nil) {
        let nodes = state.withLock { state in
            state.time = state.time.adding(milliseconds: 1)
            state.messages.append(
                Message(node: node, requests: requests, tickets: tickets, time: state.time)
            )
            return state.nodes
        }
        for node in nodes { node.waker.wake() }
    }

    /// Turns the order's clock, and tells everybody so, as nodes do every second of whom nobody asks anything.
    func pass(milliseconds: Int64) {
        state.withLock { $0.time = $0.time.adding(milliseconds: milliseconds) }
        add([])
    }

    /// What happens when a server has not been heard of for too long.
    func giveUp(_ log: TestLog) {
        guard let node = log.number else { return }
        add([Request(.nodeEnded(node, .cut), by: SessionID(rawValue: 0))])
    }

    func sayGoodbye(of log: TestLog) {
        guard let node = log.number else { return }
        add([Request(.nodeEnded(node, .goodbye), by: SessionID(rawValue: 0))])
    }

    func nextNumber(of log: TestLog) -> NodeNumber? {
        state.withLock { state in
            state.nodes.firstIndex { $0 === log }.flatMap { NodeNumber(UInt64($0) + 1) }
        }
    }

    var messageCount: UInt64 { state.withLock { UInt64($0.messages.count) } }

    /// The message of that number, which begins at 1.
    func message(_ number: UInt64) -> Message? {
        state.withLock { state in
            let index = Int(number) - 1
            return state.messages.indices.contains(index) ? state.messages[index] : nil
        }
    }

    /// Waits until everybody who is not held back has been brought everything, what came of that included.
    func settle() throws {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            let (count, nodes) = state.withLock { ($0.messages.count, $0.nodes) }
            let isDone = nodes.allSatisfy { $0.isDone(with: UInt64(count)) }
            if isDone, state.withLock({ $0.messages.count }) == count { return }
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: min(deadline, MonotonicTime.now + .milliseconds(1)))
        }
        throw TestClient.TimedOut(description: "the order does not come to rest")
    }
}

/// One server's way to a ``TestOrder``.
final class TestLog: RequestLog {
    let waker: LoopWaker
    private let order: TestOrder
    private let state: Lock<State>
    private let thread = Lock<RunningThread?>(nil)

    private struct State {
        var reader: (any RequestLogReader)?
        var number: NodeNumber?
        var changes: [RequestLogState] = []
        /// What this server has been brought.
        var brought: UInt64 = 0
        var isReachable = true
        /// It is brought nothing more for the moment.
        var isHeld = false
        var isOver = false
        /// What it has appended and nobody has got yet.
        var kept: [(Request, UInt64)] = []
        var keeps = false
        /// The tickets of what never comes, which this server does not know yet.
        var dropped: [UInt64] = []
        /// The tickets of what was taken and never comes.
        var lost: [UInt64] = []
        /// In bytes.
        var largestRequest = Int.max
        var random: SeededGenerator
    }

    init(_ order: TestOrder, seed: UInt64) throws {
        self.order = order
        waker = try LoopWaker()
        state = Lock(State(random: SeededGenerator(seed: seed)))
    }

    var epoch: UInt64 { order.epoch }
    var otherAddresses: [String] { [] }
    var number: NodeNumber? { state.withLock { $0.number } }

    func isDone(with count: UInt64) -> Bool {
        state.withLock { state in
            state.reader == nil || state.isOver
                || state.changes.isEmpty && state.lost.isEmpty && (state.isHeld || state.brought >= count)
        }
    }

    func start(_ reader: any RequestLogReader) throws(RequestLogFault) {
        guard let number = order.nextNumber(of: self) else {
            throw RequestLogFault("this test has no such node", hint: "mend the test", kind: .configuration)
        }
        state.withLock { state in
            state.reader = reader
            state.number = number
        }
        reader.begin(as: number)
        do {
            let running = try RunningThread(name: "test-order") { [self] in run() }
            thread.withLock { $0 = running }
        } catch { throw RequestLogFault("there is no thread", hint: "mend the machine", kind: .passing) }
        let (count, deadline) = (order.messageCount, MonotonicTime.now + .seconds(60))
        while state.withLock({ !$0.isHeld && $0.brought < count }), MonotonicTime.now < deadline {
            Polling.pause(.milliseconds(1))
        }
    }

    func append(_ request: Request, ticket: UInt64) -> RequestLogAnswer {
        let (answer, number) = state.withLock { state -> (RequestLogAnswer, NodeNumber?) in
            guard state.isReachable, !state.isOver else { return (.notNow, nil) }
            guard request.coded.count <= state.largestRequest else { return (.tooLarge, nil) }
            guard state.keeps else { return (.taken, state.number) }
            state.kept.append((request, ticket))
            return (.taken, nil)
        }
        if let number { order.add([request], tickets: [ticket], of: number) }
        return answer
    }

    func stop() {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver && state.reader != nil
        }
        guard isFirst else { return }
        waker.wake()
        thread.withLock { $0 }?.join()
        state.withLock { $0.reader = nil }
        order.sayGoodbye(of: self)
    }

    // MARK: What can go wrong

    /// Ends as a process does that is killed: no goodbye, nothing more is brought.
    func die() {
        state.withLock { $0.isOver = true }
        waker.wake()
        thread.withLock { $0 }?.join()
    }

    /// From now on it is brought nothing, until ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        state.withLock { $0.isHeld = false }
        waker.wake()
    }

    /// What this server appends reaches nobody until ``deliver()``: several requests are one message then.
    func keep() { state.withLock { $0.keeps = true } }

    func deliver() {
        let (kept, number) = state.withLock { state in
            defer { state.kept = [] }
            state.keeps = false
            return (state.kept, state.number)
        }
        if !kept.isEmpty { order.add(kept.map(\.0), tickets: kept.map(\.1), of: number) }
    }

    /// What was kept never comes; that shows once ``lose()`` says so, or behind what is appended from now on.
    func drop() {
        state.withLock { state in
            state.dropped += state.kept.map(\.1)
            (state.kept, state.keeps) = ([], false)
        }
    }

    /// What was kept or dropped never comes, and this server is told so.
    func lose() {
        drop()
        state.withLock { state in
            state.lost += state.dropped
            state.dropped = []
        }
        waker.wake()
    }

    var keptCount: Int { state.withLock { $0.kept.count } }

    func takeNothing(largerThan bytes: Int) { state.withLock { $0.largestRequest = bytes } }

    /// Says how the order does; what cannot be reached takes nothing and brings nothing.
    func change(to change: RequestLogState) {
        state.withLock { state in
            state.isReachable = change != .gone
            if change != .slow { state.isHeld = change == .gone }
            state.changes.append(change)
        }
        waker.wake()
    }

    // MARK: The thread

    private func run() {
        while true {
            let (reader, change, lost, next, message, isOver, turns) = state.withLock { state in
                let change = state.changes.first
                let next = state.brought + 1
                // Under the lock: what is added after ``hold()`` is not brought.
                let message = state.isHeld ? nil : order.message(next)
                return (
                    state.reader, change, state.lost, next, message, state.isOver,
                    UInt64.random(in: 0...3, using: &state.random)
                )
            }
            guard !isOver, let reader else { return }
            for _ in 0..<turns { sched_yield() }
            if !lost.isEmpty {
                reader.lose(lost)
                state.withLock { $0.lost.removeFirst(lost.count) }
            } else if let change {
                reader.logChanged(to: change)
                state.withLock { _ = $0.changes.removeFirst() }
            } else if let message, message.requests.isEmpty {
                reader.noteTime(message.time)
                state.withLock { $0.brought = next }
            } else if let message {
                let isOwn = message.node != nil && message.node == number
                reader.apply(
                    message.requests,
                    tickets: isOwn ? message.tickets : nil,
                    at: next,
                    time: message.time
                )
                state.withLock { $0.brought = next }
            } else {
                waker.wait()
            }
        }
    }
}
