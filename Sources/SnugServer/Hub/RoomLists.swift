// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// The answers to `/rooms`, each made once for all who are told the same, until something about any room changes.
///
/// There can be hundreds of rooms, anyone may ask again and again, and the list is made while everybody waits for the chat.
struct RoomLists {
    /// By those private rooms that are in the list: everything else in it is for everybody.
    private var frames: [[RoomID]: [UInt8]] = [:]

    /// A frame for each private room, and for some who are in several; 2 MB at most.
    private static let maximumCount = 256

    /// The list that holds these private rooms and all open ones; nil if it has to be made.
    subscript(privateRooms: [RoomID]) -> [UInt8]? {
        get { frames[privateRooms] }
        set {
            if frames.count >= Self.maximumCount, frames[privateRooms] == nil { frames = [:] }
            frames[privateRooms] = newValue
        }
    }

    /// Forgets all lists if an outcome says something else of a room than they do.
    mutating func note(_ outcome: Outcome) {
        guard !frames.isEmpty,
            outcome.events.contains(where: \.changesRooms) || outcome.changes.contains(where: \.isOfRoom)
        else { return }
        frames = [:]
    }
}

extension ChatEvent {
    fileprivate var changesRooms: Bool {
        switch kind {
        case .joined, .left, .madePrivate, .topic: true
        default: false
        }
    }
}

extension DurableChange {
    fileprivate var isOfRoom: Bool {
        switch self {
        case .room, .roomForgotten: true
        default: false
        }
    }
}
