// SPDX-License-Identifier: Apache-2.0

@testable internal import SnugRooms

/// Bytes that anybody may have put into the log that several servers share: what is read of them has no other form, and
/// a chat that was read, or is asked for what was read, goes on.
func fuzzCoding(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let isSnapshot = input.byte() & 1 == 1
    let rest = input.remaining()
    if isSnapshot {
        guard let snapshot = try? ChatSnapshot(coded: rest) else { return }
        promise(snapshot.coded == rest, "a chat has two forms")
        // One of other limits is refused by every server.
        guard snapshot.limits == ChatLimits() else { return }
        var chat = Chat(snapshot)
        for request in usualRequests(in: chat) { chat.step(request) }
        _ = Chat(chat.snapshot)
    } else {
        guard let requests = try? [Request](coded: rest) else { return }
        promise(requests.coded == rest, "requests have two forms")
        var chat = Chat()
        for request in requests { chat.step(request) }
        let again = try? ChatSnapshot(coded: chat.snapshot.coded)
        promise(again == chat.snapshot, "a chat is not read as it was written")
    }
}

extension Chat {
    fileprivate mutating func step(_ request: Request) {
        _ = apply(request, at: lastSequence + 1, time: now.adding(milliseconds: 7_000))
        promise(nextDue.map { $0 > now } ?? true, "something is due and not done")
    }
}

private let line = ChatLine("hello").map { Speech($0) }

/// What people ask for, who are in a chat and who come.
private func usualRequests(in chat: Chat) -> [Request] {
    let sessions = chat.sessions.keys.sorted().prefix(4) + [SessionID(rawValue: 1 << 50)]
    return sessions.flatMap { session -> [Request] in
        var entry = Entry(NameRequest("aisha"), fallbackName: "anon-1")
        entry.key = chat.operators.first
        let kinds: [Request.Kind?] = [
            .enter(entry), line.map { .say($0, to: nil, ref: Ref("1")) }, RoomName("dev").map { .join($0) },
            .makePrivate(nil), .rename(NameRequest("ben")), .leave(nil), .tick, .end(.cut), .returned,
            .nodeEnded(session.node, .goodbye),
        ]
        return kinds.compactMap { $0.map { Request($0, by: session) } }
    }
}

let codingSeeds: [[UInt8]] = {
    var requests = usualRequests(in: Chat())
    let name = MemberName(cleaning: "aisha") ?? .anonymous
    let session = SessionID(rawValue: 1 << 50)
    for kind: Request.Kind in [
        .ban(name, milliseconds: 60_000, reason: ShortText("spam"), announcedIn: nil),
        .mute(name, milliseconds: nil, reason: nil, announcedIn: .main), .invite(name, to: nil),
        .kick(name, reason: nil, from: .main), .operators([]), .topic(ShortText("tea"), of: nil),
        .unban(number: 1, announcedIn: nil),
    ] { requests.append(Request(kind, by: session, isControl: true)) }
    var chat = Chat()
    var seeds = [[0] + requests.coded] + requests.map { [0] + [$0].coded }
    for (index, request) in requests.enumerated() {
        chat.step(request)
        if index % 4 == 1 { seeds.append([1] + chat.snapshot.coded) }
    }
    return seeds
}()
