// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import SnugServer
import SnugSystem
import Testing

@testable import SnugCluster

@Suite struct OutgoingTests {
    /// Outgoing, as a class: what an expectation asks must not be changed by asking.
    private final class Box {
        var outgoing: Outgoing

        init(_ limits: Outgoing.Limits = Outgoing.Limits()) { outgoing = Outgoing(sender: 1, limits: limits) }

        func append(_ request: Request, _ ticket: UInt64 = 0) -> RequestLogAnswer {
            outgoing.append(request, ticket)
        }
        func take(at time: MonotonicTime = .start) -> Outgoing.Message? {
            outgoing.take(at: time, saying: 1_800_000_000_000)
        }
        func takeTickets(of counter: UInt64) -> [[UInt64]] {
            let tickets = outgoing.takeTickets(of: counter)
            return [tickets.own, tickets.lost]
        }
        var oldest: MonotonicTime? { outgoing.oldest }
        var count: Int { outgoing.count }
    }

    private func request(_ number: Int) -> Request {
        Request(.join(RoomName("room \(number)") ?? .main), by: SessionID(rawValue: UInt64(number)))
    }

    private func requests(of message: Outgoing.Message?) throws -> [Request] {
        guard let message, case .requests(let requests) = try ClusterMessage(coded: message.bytes).content
        else { return [] }
        return requests
    }

    @Test func whatComesWhileAMessageIsOnItsWayIsTheNextOneInItsOrder() throws {
        let outgoing = Box()
        _ = outgoing.append(request(0), 100)
        let first = outgoing.take(at: .start)
        for number in 1...5 { _ = outgoing.append(request(number), 100 + UInt64(number)) }
        let second = outgoing.take(at: .start + .seconds(1))
        #expect(try requests(of: first) == [request(0)])
        #expect(try requests(of: second) == (1...5).map { request($0) })
        #expect(outgoing.take(at: .start) == nil)
        #expect(outgoing.oldest == .start)
        #expect(outgoing.takeTickets(of: 1) == [[100], []])
        #expect(outgoing.oldest == .start + .seconds(1))
        #expect(outgoing.takeTickets(of: 2) == [[101, 102, 103, 104, 105], []])
        #expect(outgoing.takeTickets(of: 2) == [[], []])
        #expect(outgoing.count == 0 && outgoing.oldest == nil)
    }

    @Test func whatWaitsForNothingElseOvertakesAll() throws {
        let outgoing = Box()
        _ = outgoing.append(request(0), 100)
        outgoing.outgoing.append(.checkpoint(replaced: 0))
        let message = outgoing.outgoing.take(.goodbye, at: .start, saying: 0)
        #expect(try ClusterMessage(coded: message.bytes).content == .goodbye && message.counter == 1)
        #expect(outgoing.take()?.counter == 2 && outgoing.take()?.counter == 3)
    }

    @Test func whatALaterMessageHasOvertakenIsLostWithAllItsTickets() {
        let outgoing = Box()
        for number in 1...3 {
            _ = outgoing.append(request(number), UInt64(number))
            _ = outgoing.append(request(number), 10 + UInt64(number))
            _ = outgoing.take(at: .start)
        }
        #expect(outgoing.takeTickets(of: 3) == [[3, 13], [1, 11, 2, 12]])
        #expect(outgoing.count == 0 && outgoing.oldest == nil)
    }

    @Test func noMoreWaitsThanMayAndWhatCameBackMakesRoom() {
        var limits = Outgoing.Limits()
        limits.requests = 3
        let outgoing = Box(limits)
        for number in 0..<3 { #expect(outgoing.append(request(number), UInt64(number)) == .taken) }
        #expect(outgoing.append(request(3), 3) == .notNow)
        _ = outgoing.take(at: .start)
        #expect(outgoing.append(request(3), 3) == .notNow)
        _ = outgoing.takeTickets(of: 1)
        #expect(outgoing.append(request(3), 3) == .taken)
        limits = Outgoing.Limits()
        limits.bytes = 40
        let small = Box(limits)
        var taken = 0
        while small.append(request(taken), 0) == .taken { taken += 1 }
        #expect((2...8).contains(taken))
    }

    @Test func aMessageStaysBelowWhatTheBusTakes() throws {
        var limits = Outgoing.Limits()
        limits.messageBytes = 4_096
        let outgoing = Box(limits)
        for number in 0..<1_000 { #expect(outgoing.append(request(number), 0) == .taken) }
        var all: [Request] = []
        while let message = outgoing.take(at: .start) {
            #expect(message.bytes.count <= 4_096)
            all += try requests(of: message)
        }
        #expect(all == (0..<1_000).map { request($0) })
        // One that would be too large by itself could never be published, and would hold up all others.
        let keys = (0..<200).compactMap {
            Bytes32(Array(repeating: UInt8($0), count: 32)).map { PersonKey($0) }
        }
        #expect(outgoing.append(Request(.operators(keys), by: SessionID(rawValue: 0)), 0) == .tooLarge)
    }
}
#endif
