// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// How a member's stay and its connection end.
extension Member {
    /// For the last lines to have their turn in a room where everyone talks.
    private static let lastLinesTimeout = Duration.seconds(2)

    /// No more input is taken; of what came before so much is still said.
    func end(_ departure: ServerEvent.Departure, saying lines: Stay.LastLines) {
        stay.end(departure, saying: lines)
        deadlines.keep(.lastLines, while: stay.isLimitedToFew, from: loop.events.now + Self.lastLinesTimeout)
    }

    /// The connection is of no use any more.
    func cut(_ error: TransportError) {
        guard stay.isProcessing else { return close() }
        reach = .lost
        end(.connectionFailed(error), saying: .atMost)
        // Who broke the protocol was sent an alert, which a reset might take away.
        if case .peerMisbehaved = error { connection.close() } else { connection.reset() }
        guard let registration else { return }
        loop.events.stopWatching(registration)
        // Found out while sending, there may be no other event in which to leave the room.
        loop.events.callAgain(registration)
    }

    /// What the peer sent before is still there to be read, and how that ends says more than a write that failed.
    func cutWhileSending(_ error: TransportError) {
        do throws(TransportError) {
            while stay == .active, mayRead,
                case .plaintext(let count) = try connection.read(loop.buffers)
            { take(count) }
        } catch { return cut(error) }
        cut(error)
    }

    /// The member broke a limit: out of the room and closed at once.
    func drop(for limit: ServerEvent.Limit) {
        reach = .lost
        leave(.limitReached(limit))
        close()
    }

    func dismissForIdleness() {
        let limit = loop.limits.idleTimeout
        tell(.idle(seconds: Int(limit.components.seconds)))
        leave(.limitReached(.idleTime(limit)))
    }

    /// Out of the room: everyone else is told, once.
    func leave(_ departure: ServerEvent.Departure) {
        guard stay.isProcessing else { return }
        let unsaid = inbox.discard()
        if unsaid > 0 { tell(.linesNotSaid(unsaid)) }
        levelOne?.sayGoodbye(departure)
        stay = .left(until: nil)
        loop.leave(self, departure)
        // What is meant for this member ends where the notice of its leaving begins; this turn's mail brings it.
    }

    /// The chat has taken this member out: nothing more of it is said.
    func endTalking(_ reason: EndReason) {
        guard stay.isProcessing else { return }
        _ = inbox.discard()
        levelOne?.sayGoodbye(.dismissed(reason))
        stay = .left(until: nil)
    }

    /// Everything up to `position` is still meant for this member, and nothing behind it.
    func endOutbox(at position: Int) {
        stay = .left(until: position)
        levelOne?.closeAll()
        connection.cork()
    }

    /// Says goodbye, if it is time and everything is sent.
    func finishIfDelivered(end: Int) {
        guard stay.lastPosition != nil || loop.isFinishing else { return }
        guard reach != .lost else { return close() }
        guard outbox.isEmpty(end: end), levelOne?.isEmpty ?? true else { return }
        stay = .lingering
        deadlines[.linger] = loop.events.now + loop.limits.lingerTimeout
        do throws(TransportError) { try connection.finish(loop.buffers) } catch { return close() }
        watch()
    }

    /// The peer has said goodbye as well; what it has not taken yet gets the rest of the time.
    func closeOnceTaken() {
        if connection.unacknowledgedBytes == 0 { return close() }
        reach = .halfClosed
        if let registration { loop.events.stopWatching(registration) }
    }

    func close() {
        guard stay != .closed else { return }
        stay = .closed
        // What the peer has not taken by now must not stay in the kernel.
        if reach == .lost || connection.unacknowledgedBytes > 0 {
            connection.reset()
        } else {
            connection.close()
        }
        if let registration { loop.events.removeClosed(registration) }
        addressSlot = nil
        loop.forget(self)
    }
}
