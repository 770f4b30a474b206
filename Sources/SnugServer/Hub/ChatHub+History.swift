// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugHistory
internal import SnugProtocol
internal import SnugRooms

/// History on its way from the thread that reads it to who asked.
extension ChatHub {
    /// Has the last lines of a session's room posted to it, and returns how many bytes it is told at once.
    func readHistory(_ lines: Int, for session: SessionID) -> Int {
        let room: RoomSummary
        switch withState({ $0.beginReading(session) }) {
        case .refused(let bytes): return bytes
        case .room(let found): room = found
        }
        let isTaken = history.read(
            room.id,
            .before(.max),
            limit: lines,
            ifWanted: { [weak self] in self?.isIn(session) ?? false },
            then: { [weak self] page in self?.deliver(page, of: room.name, to: session) }
        )
        if isTaken { return 0 }
        return withState { state in
            state.endReading(session)
            return state.post(.historyUnreadable, to: session)
        }
    }

    private func isIn(_ session: SessionID) -> Bool { withState { $0.seats[session] != nil } }

    private func deliver(
        _ page: Result<HistoryPage, HistoryError>,
        of room: RoomName,
        to session: SessionID
    ) {
        var frames: [UInt8] = []
        switch page {
        case .failure: frames = FrameEncoder.frame(cutting: LevelZero.text(for: .historyUnreadable))
        case .success(let page):
            let texts = LevelZero.history(
                of: room,
                page.lines,
                missing: page.missing,
                maximumBytes: pageBytes,
                at: clock()
            )
            for text in texts { frames += FrameEncoder.frame(cutting: text) }
        }
        let posted = frames
        withState { state in
            state.endReading(session)
            _ = state.post(posted, to: session)
        }
        notifyAll()
    }

    /// Has everybody told when nothing can be stored, and when it can again.
    func tellWhetherHistoryIsStored() {
        history.whenStoringChanges { [weak self] isStoring in
            guard let self else { return }
            withState { $0.storingChanged(to: isStoring) }
            notifyAll()
        }
    }
}
