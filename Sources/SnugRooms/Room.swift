// SPDX-License-Identifier: Apache-2.0

/// Who is in the room, under which name, and in which order things happen there.
///
/// A value without clock, socket or lock: each method takes what a member asked for and returns what its
/// owner has to do about it. Kept behind one lock by the server; whatever a method returns has to reach the
/// members' queues before that lock is given up, or members would see different orders.
public struct Room: Sendable {
    private let maximumMembers: Int
    /// In the order of joining, which is the order of the ids.
    private var members: [Member] = []
    private var owners: [String: MemberID] = [:]
    private var lastID: UInt64 = 0
    private var lastSequence: UInt64 = 0
    private var nextHighSuffix = Room.lowSuffixes.upperBound + 1

    /// Creates an empty room that lets in at most so many members.
    public init(maximumMembers: Int) {
        self.maximumMembers = maximumMembers
    }

    /// The number of members.
    public var count: Int { members.count }

    /// The names of all members in the order they joined.
    public var names: [MemberName] { members.map(\.name) }

    /// The name that the member has now; nil if it is not in the room.
    public func name(of id: MemberID) -> MemberName? {
        index(of: id).map { members[$0].name }
    }

    /// Lets a member in under the name it asked for, or under the closest one that is free and fit.
    ///
    /// `fallbackName`, for example `anon-53422`, is used when nothing fit to be shown is asked for.
    public mutating func join(_ request: NameRequest, fallbackName: String) -> JoinOutcome {
        guard members.count < maximumMembers else { return .full(maximumMembers: maximumMembers) }
        let wanted = request.name ?? MemberName(cleaning: fallbackName) ?? .anonymous
        let name = isFree(wanted) ? wanted : suffixed(wanted)

        lastID += 1
        let id = MemberID(rawValue: lastID)
        members.append(Member(id: id, name: name))
        own(name, by: id)
        return .admitted(
            Admission(
                id: id,
                name: name,
                event: event(.joined(name), about: id),
                notices: joinNotices(request, wanted: wanted, name: name)
            )
        )
    }

    /// Like `join(_:fallbackName:)`, for a name as it came over the network.
    public mutating func join(requestedName: String, fallbackName: String) -> JoinOutcome {
        join(NameRequest(requestedName), fallbackName: fallbackName)
    }

    /// Whether the member is in the room.
    public func has(_ id: MemberID) -> Bool { index(of: id) != nil }

    /// Has a member say a line; nothing at all if it is not, or no longer, in the room.
    public mutating func say(_ line: ChatLine, by id: MemberID) -> RoomAction {
        guard let index = index(of: id) else { return RoomAction() }
        return RoomAction(
            event: event(.said(members[index].name, line.text), about: id),
            notices: line.changes.isEmpty ? [] : [.lineChanged(line.changes)]
        )
    }

    /// Gives a member the name that it asks for, if that is free and fit; nothing at all if it is not in the room.
    public mutating func rename(_ id: MemberID, to request: NameRequest) -> RoomAction {
        guard let index = index(of: id) else { return RoomAction() }
        return rename(to: request, at: index)
    }

    /// Takes the member out and frees its name at once; nil if it is out already.
    public mutating func leave(_ id: MemberID) -> RoomEvent? {
        guard let index = index(of: id) else { return nil }
        let member = members.remove(at: index)
        disown(member.name)
        return event(.left(member.name), about: id)
    }
}

/// What became of a request to join.
public enum JoinOutcome: Equatable, Sendable {
    /// The member is in.
    case admitted(Admission)

    /// The room has as many members as it may.
    case full(maximumMembers: Int)
}

/// A member that was just let in.
public struct Admission: Equatable, Sendable {
    /// Who it is from now on.
    public let id: MemberID

    /// What it is called, which need not be what it asked for.
    public let name: MemberName

    /// What everyone is told, the new member included.
    public let event: RoomEvent

    /// What only the new member is told, after the event.
    public let notices: [Notice]
}

/// What has to be done about a member's input.
public struct RoomAction: Equatable, Sendable {
    /// What the room's members are told; nil if nothing.
    public let event: RoomEvent?

    /// What only the member that asked is told, after the event.
    public let notices: [Notice]

    /// Whether the member asked to leave; its connection ends and `Room.leave(_:)` follows.
    public let leaves: Bool

    /// Nothing has to be done but what is given.
    public init(event: RoomEvent? = nil, notices: [Notice] = [], leaves: Bool = false) {
        self.event = event
        self.notices = notices
        self.leaves = leaves
    }
}

private struct Member: Sendable {
    let id: MemberID
    var name: MemberName
}

extension Room {
    private mutating func rename(to request: NameRequest, at index: Int) -> RoomAction {
        let member = members[index]
        guard let name = request.name else {
            return RoomAction(notices: [
                request.given.isEmpty ? .nickUsage : .nickNotFit(given: request.given)
            ])
        }
        guard isFree(name, for: member.id) else { return RoomAction(notices: [.nickTaken(given: name)]) }
        guard name != member.name else { return RoomAction(notices: [.nickIsTheSame(member.name)]) }

        disown(member.name)
        own(name, by: member.id)
        members[index].name = name
        return RoomAction(
            event: event(.renamed(from: member.name, to: name), about: member.id),
            notices: request.isChanged ? [.nameCleaned(given: request.given, name: name)] : []
        )
    }

    private func joinNotices(_ request: NameRequest, wanted: MemberName, name: MemberName) -> [Notice] {
        var notices: [Notice] = []
        if request.name == nil {
            notices.append(.nameGiven(name))
        } else if request.isChanged {
            notices.append(.nameCleaned(given: request.given, name: name))
        }
        if name != wanted { notices.append(.nameTaken(given: wanted, name: name)) }
        return notices
    }

    private mutating func event(_ kind: RoomEvent.Kind, about id: MemberID) -> RoomEvent {
        lastSequence += 1
        return RoomEvent(sequence: lastSequence, member: id, kind: kind)
    }
}

extension Room {
    /// The suffixes that are tried first, so that a small crowd gets small numbers again and again.
    private static let lowSuffixes: ClosedRange<UInt64> = 2...9

    /// `name` with the first number behind it that makes it free.
    ///
    /// Beyond the low numbers one counter serves all names and never goes back: each number is tried once
    /// in the life of the room, so ten thousand members who all ask for "bob" cost one try each.
    private mutating func suffixed(_ name: MemberName) -> MemberName {
        for number in Self.lowSuffixes {
            if let candidate = name.suffixed(number), isFree(candidate) { return candidate }
        }
        while true {
            let candidate = name.suffixed(nextHighSuffix)
            nextHighSuffix += 1
            if let candidate, isFree(candidate) { return candidate }
        }
    }

    private func isFree(_ name: MemberName, for id: MemberID? = nil) -> Bool {
        name.looks.allSatisfy { look in owners[look].map { $0 == id } ?? true }
    }

    private mutating func own(_ name: MemberName, by id: MemberID) {
        for look in name.looks { owners[look] = id }
    }

    private mutating func disown(_ name: MemberName) {
        for look in name.looks { owners[look] = nil }
    }

    private func index(of id: MemberID) -> Int? {
        let index = members.partitionPoint { $0.id >= id }
        return index < members.count && members[index].id == id ? index : nil
    }
}
