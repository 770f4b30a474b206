// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// A long answer at the control socket, of which one part after the other is made.
enum ControlListing {
    case bans(ArraySlice<Sanction>, isFirst: Bool)
    case rooms(ArraySlice<RoomSummary>, isFirst: Bool)
    case sessions(ArraySlice<SessionID>)

    /// What comes next.
    enum Part {
        case message(ServerMessage.Kind)
        /// The loops have to be asked about these.
        case sessions([SessionID])
    }

    /// Few enough to be found quickly under the chat's lock and by a loop.
    private static let entriesPerPart = 64

    /// Whether there is nothing left.
    var isEmpty: Bool {
        switch self {
        case .bans(let rest, let isFirst): rest.isEmpty && !isFirst
        case .rooms(let rest, let isFirst): rest.isEmpty && !isFirst
        case .sessions(let rest): rest.isEmpty
        }
    }

    /// Takes the next part out; an empty list has one part.
    mutating func next(at now: ChatTime) -> Part {
        switch self {
        case .bans(var rest, _):
            let part = rest.prefix(Self.entriesPerPart)
            rest = rest.dropFirst(Self.entriesPerPart)
            self = .bans(rest, isFirst: false)
            return .message(.bans(.init(part.map(ServerMessage.Ban.init), hasMore: !rest.isEmpty)))
        case .rooms(var rest, _):
            let part = rest.prefix(Self.entriesPerPart)
            rest = rest.dropFirst(Self.entriesPerPart)
            self = .rooms(rest, isFirst: false)
            return .message(.rooms(.init(part.map(ServerMessage.RoomSummary.init), hasMore: !rest.isEmpty)))
        case .sessions(var rest):
            let part = rest.prefix(Self.entriesPerPart)
            rest = rest.dropFirst(Self.entriesPerPart)
            self = .sessions(rest)
            return .sessions(Array(part))
        }
    }
}
