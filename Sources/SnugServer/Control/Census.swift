// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem

/// A question about members that only their loops can answer: each loop adds what it knows, once, in a turn of its own.
///
/// Nobody waits for it on a loop, and a loop does no more than look at the members that were asked for.
final class Census: Sendable {
    enum Subject: Sendable {
        /// What waits for all of them together.
        case everyone
        case sessions([SessionID])
    }

    let subject: Subject
    private let answers: Lock<Answers>
    /// Woken by the last answer.
    private let waker: LoopWaker

    /// What the loops have said so far.
    struct Answers: Sendable {
        var members: [SessionID: MemberFacts] = [:]
        var waitingBytes = 0
        fileprivate(set) var missing: Int
    }

    /// - Parameters:
    ///   - loops: how many will answer.
    ///   - waker: wakes who waits for them.
    init(of subject: Subject, loops: Int, waker: LoopWaker) {
        self.subject = subject
        self.waker = waker
        answers = Lock(Answers(missing: loops))
    }

    func add(waitingBytes: Int) { add { $0.waitingBytes += waitingBytes } }

    func add(_ members: [MemberFacts]) {
        add { answers in
            for member in members { answers.members[member.session] = member }
        }
    }

    private func add(_ body: (inout Answers) -> Void) {
        let isLast = answers.withLock { answers in
            body(&answers)
            answers.missing -= 1
            return answers.missing == 0
        }
        if isLast { waker.wake() }
    }

    /// What was answered; nil as long as an answer is missing, unless parts are enough.
    func answers(evenParts: Bool = false) -> Answers? {
        answers.withLock { $0.missing == 0 || evenParts ? $0 : nil }
    }
}

/// What a loop knows of a member.
struct MemberFacts: Sendable {
    let session: SessionID
    let origin: Origin
    let waitingBytes: Int

    init(_ member: Member) {
        session = member.id
        origin = member.origin
        waitingBytes = member.waitingBytes
    }
}

extension Member {
    /// How much is still to be sent to it.
    var waitingBytes: Int {
        neededPosition == .max ? 0 : outbox.waitingBytes(end: audience.end)
    }
}
