// SPDX-License-Identifier: Apache-2.0

import TestSupport

@testable import SnugClient
@testable import SnugProtocol

/// A server with one room, as docs/protocol-1.md promises it and as simply as that can be written down.
struct ModelChat {
    struct Event: Equatable {
        let sequence: UInt64
        let text: String
        let ref: String?
    }

    /// Everything that was ever said, also what is not kept any more.
    private(set) var said: [Event] = []
    private(set) var epoch = "1"
    /// Whether somebody who comes back may find that it remembers nothing.
    private(set) var hasForgotten = false
    private var next: UInt64 = 1
    /// Of the lines that are kept; those before were thrown away.
    private var keptFrom: UInt64 = 1
    private var refs: [String: UInt64] = [:]
    private var hasEntered = false

    var last: UInt64 { next - 1 }

    mutating func say(_ text: String, ref: String? = nil, gap: UInt64) -> Event {
        next += gap
        let event = Event(sequence: next, text: text, ref: ref)
        next += 1
        said.append(event)
        if let ref { refs[ref] = event.sequence }
        return event
    }

    mutating func throwAway(through sequence: UInt64) { keptFrom = max(keptFrom, min(sequence + 1, next)) }

    /// Without a file a restart begins anew, with greater numbers.
    mutating func restartWithoutFile() {
        (epoch, hasForgotten) = (epoch + "+", true)
        next += 1_000
        keptFrom = next
        refs = [:]
    }

    /// What a client gets to read for a message, and what everybody gets.
    mutating func take(
        _ message: ClientMessage,
        gap: UInt64
    ) -> [ServerMessage] {
        switch message.kind {
        case .enter(let enter): return enter.resume == nil ? open(nil, 0) : resume(enter)
        case .say(_, let text, _):
            guard let ref = message.ref, let sequence = refs[ref] else {
                return [Self.message(say(text, ref: message.ref, gap: gap), isReplay: false)]
            }
            return [Self.message(Event(sequence: sequence, text: text, ref: ref), isReplay: false)]
        default: return []
        }
    }

    private func resume(_ enter: ClientMessage.Enter) -> [ServerMessage] {
        guard let resume = enter.resume, resume.epoch == epoch, let seen = resume.seen.first else {
            return open(enter.resume?.seen.isEmpty == false ? 0 : nil, enter.history ?? 0, isUnknown: true)
        }
        return open(seen.sequence, 0)
    }

    private func open(_ seen: UInt64?, _ history: UInt64, isUnknown: Bool = false) -> [ServerMessage] {
        var messages = [
            ServerMessage(.entered(.init(you: Self.person, token: "t", isResumed: seen != nil))),
            ServerMessage(.room(.init(room: "main", people: [Self.person], last: last))),
        ]
        var told = said.filter { $0.sequence >= keptFrom && $0.sequence > seen ?? last }
        if let seen, isUnknown {
            told = Array(told.suffix(Int(history)))
            messages.append(Self.gap(seen, told.first?.sequence ?? next))
        } else if let seen, keptFrom > seen + 1 {
            messages.append(Self.gap(seen, keptFrom))
        }
        messages += told.map { Self.message($0, isReplay: true) }
        let end = ServerMessage.HistoryEnd(room: "main", count: UInt64(told.count), hasMore: false)
        return messages + [ServerMessage(.history(end))]
    }

    var hello: ServerMessage {
        let limit = ServerMessage.TextLimit(characters: 20, bytes: 80)
        return ServerMessage(
            .hello(
                .init(
                    server: "model",
                    epoch: epoch,
                    needsPassphrase: false,
                    limits: .init(name: limit, line: limit, rooms: 16, burst: 10, perSecond: 5),
                    history: .init(lines: 1_000, hours: 24, isOnDisk: false)
                )
            )
        )
    }

    static let person = ServerMessage.Person(id: "1", name: "aisha")

    private static func gap(_ after: UInt64, _ before: UInt64) -> ServerMessage {
        ServerMessage(.gap(room: "main", after: after, before: before))
    }

    static func message(_ event: Event, isReplay: Bool) -> ServerMessage {
        ServerMessage(
            .event(
                .init(
                    sequence: event.sequence,
                    time: 0,
                    room: "main",
                    isReplay: isReplay,
                    .said(person, text: event.text, isAction: false)
                )
            ),
            ref: event.ref
        )
    }
}
