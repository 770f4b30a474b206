// SPDX-License-Identifier: Apache-2.0

/// What has to be done about a request.
public struct Outcome: Equatable, Sendable {
    /// What is to be told, in this order, ahead of the answer.
    public internal(set) var events = Few<ChatEvent>()

    /// What the asking session alone is told.
    public internal(set) var answer = Answer.done

    /// What a file has to keep, in this order, and then the `line`.
    public internal(set) var changes = Few<DurableChange>()

    /// Nothing is to be done.
    package init() {}

    /// The line or action that was said, as history keeps it.
    public var line: StoredLine? { events.last.flatMap { StoredLine($0) } }
}

/// What the asking session alone is told.
public enum Answer: Equatable, Sendable {
    /// Nothing more than the events.
    case done

    /// The session is in.
    indirect case entered(Entered)

    /// The session talks in, or reads, this room from now on.
    case joined(RoomID)

    /// It was done, and this is to be known about it.
    case noted(Notice)

    /// Nothing was done.
    case refused(Refusal)

    /// This line was said before, under that number and at that time; it was not said again.
    case saidBefore(sequence: UInt64, time: ChatTime)
}

/// A session that was just let in.
public struct Entered: Equatable, Sendable {
    /// Who it is from now on.
    public let who: Who

    /// Whether that person was here already: cut off, or with another session.
    public let isResumed: Bool

    /// The digest of the token that resumes this stay: the new one, unless an earlier stay goes on.
    public let token: TokenDigest?

    /// The rooms that the session reads, in the order in which they were joined.
    public let rooms: [RoomID]

    /// Rooms that were asked for and why the person is not in them.
    public let refusals: [Refusal]

    /// What became of the name that was asked for.
    public let notices: [Notice]
}

/// A person as others see it.
public struct Who: Hashable, Sendable {
    /// Who it is.
    public let id: PersonID

    /// What it is called.
    public let name: MemberName

    /// The key that it has proved to have.
    public let key: PersonKey?

    /// Makes a person, as a file has kept it.
    public init(id: PersonID, name: MemberName, key: PersonKey?) {
        self.id = id
        self.name = name
        self.key = key
    }
}

/// A list whose first element needs no memory of its own: most have one element.
@frozen
public struct Few<Element: Equatable & Sendable>: Equatable, Sendable {
    @usableFromInline var head: Element?
    @usableFromInline var tail: [Element] = []

    init() {}

    mutating func append(_ element: Element) {
        if head == nil { head = element } else { tail.append(element) }
    }
}

extension Few: RandomAccessCollection {
    /// The first index.
    @inlinable public var startIndex: Int { 0 }

    /// The index behind the last one.
    @inlinable public var endIndex: Int { head == nil ? 0 : tail.count + 1 }

    /// The element at a valid index.
    @inlinable
    public subscript(index: Int) -> Element {
        if index == 0, let head { return head }
        return tail[index - 1]
    }
}
