// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// What is on its way to a loop for its sessions of level 1 alone.
enum LevelOneMail {
    /// A session does not read the room any more, once it has what came before.
    case closes(RoomID, for: SessionID)
    /// What one session is to see at this place of a room's order, or by itself if it does not read that room; once
    /// that sequence number is stored (0 for at once).
    case notice([UInt8], in: RoomID, to: SessionID, onceStored: UInt64)
    /// A session reads a room from here on.
    case opens(RoomID, for: SessionID, readers: Int)
    /// Everything up to a sequence number is stored.
    case stored(UInt64, for: SessionID)
    /// A session is to be told of a room what happened before.
    case tells(Telling, to: SessionID)
    /// A part of that, and what is left of it.
    case told([UInt8], Telling, to: SessionID)
}
