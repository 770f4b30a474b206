// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// How a process at the control socket becomes a member.
extension ControlPeer {
    /// Asks the chat to let it in, as one who may moderate.
    ///
    /// A member has its connection from a loop, and whoever is not let in hears so from here: the descriptor is there
    /// twice until that is decided.
    func enter(_ message: ClientMessage.Enter) {
        var entry = Entry(NameRequest(message.name), fallbackName: "anon-\(process.processID)")
        entry.isOperator = true
        entry.until = desk.hub.end(of: Self.decisionTimeout)
        let login = LevelOneLogin(message, ref: ref, epoch: desk.hub.epoch, filling: &entry)
        guard let login, let connection = secondConnection() else { return refuse(.outOfTouch) }
        let newcomer = Newcomer(
            level: .typed,
            peer: .process(process),
            facts: .plain,
            connection: connection,
            decoder: decoder,
            addressSlot: nil,
            warnings: desk.warnings,
            login: login
        )
        // What it has sent behind its name is the newcomer's alone.
        decoder = FrameDecoder()
        wait(Self.decisionTimeout) {
            entering = desk.hub.admit(entry, HandedOver(newcomer)) { [box = desk.box, number] in
                box.post(.admission($1), for: number)
            }
        }
        if entering == nil { refuse(.outOfTouch) }
    }

    private func secondConnection() -> (any Connection)? {
        guard let descriptor, let copy = try? OwnedDescriptor(copying: descriptor) else {
            return nil
        }
        return SocketConnection.plain(SocketChannel(accepted: copy))
    }

    /// The chat has decided whether it is let in; what nobody waits for any more means nothing.
    func answer(_ refusal: Refusal?) {
        guard phase == .waiting, entering != nil else { return }
        // The connection goes on, and is a loop's.
        guard let refusal else { return close() }
        refuse(refusal)
    }

    /// The chat does not decide in time.
    func giveUp(_ session: SessionID) {
        // If it has after all, the answer is on its way.
        guard desk.hub.giveUp(session) else {
            return wait(Self.decisionTimeout) { callAgain() }
        }
        refuse(.outOfTouch)
    }

    private func refuse(_ refusal: Refusal) {
        entering = nil
        send(.refused(LevelOne.refused(refusal, at: .now)))
        leave(.refused, after: refusal.code == .outOfTouch ? 1 : nil)
    }
}
