// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// Who reads history, and what the chat is told of it.
extension HubState {
    /// What a session may read, if it may read now.
    enum Reading {
        case room(RoomSummary)
        /// Why not, and how many bytes there were to say so.
        case refused(answerBytes: Int)
    }

    /// Gives a session its turn to read the room that it is in, until ``endReading(_:)``.
    ///
    /// One page at a time: so no more wait to be made, or to be sent, than there are sessions.
    mutating func beginReading(_ session: SessionID) -> Reading {
        guard let seat = seats[session], !isSealed else { return .refused(answerBytes: 0) }
        guard !seat.isReading else {
            return .refused(answerBytes: post(.historyIsOnItsWay, to: session))
        }
        do throws(Refusal) {
            let room = try chat.room(nil, for: session)
            seats[session]?.isReading = true
            return .room(room)
        } catch {
            let text = LevelZero.text(for: heard(error, by: session), at: now)
            return .refused(answerBytes: post(text, to: session))
        }
    }

    mutating func endReading(_ session: SessionID) { seats[session]?.isReading = false }

    // MARK: What is kept

    /// What is to be known of it by who comes into a room.
    var kept: [Notice] { [.historyKept(history.kept)] + notStored }

    /// What is to be known by who comes while nothing is stored.
    var notStored: [Notice] { isStoring ? [] : [.historyNotStored] }

    /// Tells everybody that storing has stopped, or works again.
    mutating func storingChanged(to isStoring: Bool) {
        guard self.isStoring != isStoring else { return }
        self.isStoring = isStoring
        tellAll(isStoring ? .historyStoredAgain : .historyNotStored)
    }
}
