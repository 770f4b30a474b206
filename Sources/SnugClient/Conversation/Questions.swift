// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What was asked and has no answer yet, so that an answer is told where its question was typed.
struct Questions: Sendable {
    enum Subject: Equatable, Sendable {
        /// Earlier lines of a room.
        case history(RoomName)
        case join(RoomName)
        case other
        case topic
        case who
    }

    struct Question: Equatable, Sendable {
        let ref: String
        let subject: Subject
        /// Where it was typed.
        let room: RoomName
    }

    private let mark: String
    private var count = 0
    private var open: [Question] = []

    /// Nobody waits for more answers than that.
    static let maximum = 64

    /// - Parameter mark: no other client of the same person has the same.
    init(mark: String) { self.mark = mark }

    /// What the answer will be known by; lines are numbered with another sign.
    mutating func ask(_ subject: Subject, in room: RoomName) -> String {
        count += 1
        let ref = "\(mark)?\(count)"
        open.append(Question(ref: ref, subject: subject, room: room))
        if open.count > Self.maximum { open.removeFirst() }
        return ref
    }

    subscript(ref: String?) -> Question? { open.first { $0.ref == ref } }

    /// Forgets a question that is answered, and returns it.
    mutating func answer(_ ref: String?) -> Question? {
        guard let index = open.firstIndex(where: { $0.ref == ref }) else { return nil }
        return open.remove(at: index)
    }

    /// Whether earlier lines of that room were asked for.
    func isWaitingForHistory(of room: RoomName) -> Bool { open.contains { $0.subject == .history(room) } }

    /// Whether to be let into a room was asked for.
    var isJoining: Bool {
        open.contains { question in if case .join = question.subject { true } else { false } }
    }

    /// The connection is gone, and no answer comes any more.
    mutating func forget() { open = [] }
}
