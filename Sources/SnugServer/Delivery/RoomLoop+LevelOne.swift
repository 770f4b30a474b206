// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugProtocol
internal import SnugRooms

/// What a loop does only for its sessions of level 1.
extension RoomLoop {
    /// Lets the chat decide on what a session asks for.
    func apply(_ demand: Demand, ref: String?, from id: SessionID, isAnswered: Bool) {
        let outcome = hub.apply(demand, ref: ref, from: id, isAnswered: isAnswered, own: mailbox)
        tookFrame(bytes: outcome.answerBytes)
        if outcome.mustWait { membersByID[id]?.isHeldBack = true }
    }

    /// Has a page of history read for a session; false if too many wait.
    ///
    /// What was read becomes frames on the thread that reads, and comes by mail.
    func read(_ telling: Telling, for id: SessionID) -> Bool {
        let selection: LineSelection
        var limit = HistoryPage.maximumLines
        switch telling.next {
        case .after(let seen): selection = .after(seen)
        case .last(let count, let before):
            selection = .before(before)
            limit = count
        case .end: return false
        }
        return hub.history.read(telling.room, selection, limit: limit) {
            [mailbox, history = hub.history] page in
            var telling = telling
            let frames = telling.take(page)
            let told = LevelOneMail.told(frames, telling, to: id)
            history.whenStored(telling.confirms) {
                mailbox.post(.levelOne(told))
                mailbox.notify()
            }
        }
    }

    func take(_ mail: LevelOneMail) {
        switch mail {
        case .closes(let room, let id):
            with(id) { $1.close(room) }
        case .notice(let frame, let room, let id, let sequence):
            with(id) { member, levelOne in
                if !levelOne.insert(frame, in: room, onceStored: sequence) {
                    member.outbox.insert(frame, at: member.audience.end)
                }
            }
        case .opens(let room, let id, let readers):
            guard let member = membersByID[id], let levelOne = member.levelOne else { break }
            let audience = audiences.audience(of: room, at: .typed, readersInAll: readers)
            // It may still have to be sent what it read before it left.
            if !levelOne.readings.contains(where: { $0.audience === audience }) { audience.add(member) }
            levelOne.open(audience)
        case .stored(let sequence, let id):
            with(id) { $1.noteStored(through: sequence) }
        case .tells(let telling, let id):
            with(id) { member, _ in member.take(telling) }
        case .told(let frames, let telling, let id):
            with(id) { member, _ in member.take(frames, of: telling) }
        }
    }

    /// Does something to a session that is still there, and has it sent what it got.
    private func with(_ id: SessionID, _ body: (Member, LevelOneSession) -> Void) {
        guard let member = membersByID[id], let levelOne = member.levelOne else { return }
        body(member, levelOne)
        answer(member)
    }
}
