// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What a stranger has to wait for and to show before it is let in.
extension Stranger {
    // MARK: Turns

    /// The line in which this stranger waits, if it does.
    var line: AddressTurns<Stranger>? {
        switch phase {
        case .waitsForHandshake: lobby.handshakeTurns
        case .verdict: lobby.answerTurns
        default: nil
        }
    }

    func wait(in phase: Phase) {
        self.phase = phase
        guard let line else { return }
        clocks.startWaiting(now: lobby.events.now)
        lobby.note(line === lobby.answerTurns ? .waitsForAnswer : .waitsForHandshake, of: self)
        line.join(self, at: peer.subscriber)
        lobby.serve(line, at: peer.subscriber)
    }

    /// Its turn will not be before `time`.
    func awaitTurn(at time: MonotonicTime) {
        clocks.turn = time
        watch()
    }

    func takeTurn() {
        clocks.stopWaiting(now: lobby.events.now)
        switch phase {
        case .waitsForHandshake:
            lobby.handshakeTurns.charge(peer.subscriber, now: lobby.events.now)
            beginHandshake()
        case .verdict(let isRight): give(verdict: isRight)
        default: break
        }
        settle()
    }

    /// Lets others go first, because the peer sends no more.
    ///
    /// It may still listen, but a guesser that does not must not keep those waiting who do.
    func yieldTurn() {
        hasHungUp = true
        lobby.note(.leaving, of: self)
        guard lobby.answerTurns.yield(self, at: peer.subscriber) else { return close() }
        lobby.serve(lobby.answerTurns, at: peer.subscriber)
    }

    // MARK: Passphrase

    func judge(_ frame: inout [UInt8], with verifier: PassphraseVerifier) {
        guard !frame.isEmpty else {
            lobby.report(.protocolViolated(peer: peer, .noPassphrase))
            return sayPassphraseIsWrong()
        }
        let isRight = verifier.matches(frame.span.bytes)
        overwrite(&frame)
        if !isRight {
            let failures = (lobby.failures[peer.subscriber] ?? 0) + 1
            lobby.failures[peer.subscriber] = failures
            lobby.report(.authenticationFailed(peer: peer, failures: failures))
        }
        // Right or wrong, it is answered in turn: otherwise a quick answer would tell.
        wait(in: .verdict(isRight: isRight))
    }

    private func give(verdict isRight: Bool) {
        if isRight {
            phase = .name
            lobby.note(.authenticated, of: self)
            lobby.forgive(peer)
            send(
                level == .text
                    ? FrameEncoder.frame(cutting: LevelZero.accepted)
                    : LevelOne.frames(ServerMessage(.accepted))
            )
        } else {
            lobby.answerTurns.charge(peer.subscriber, now: lobby.events.now)
            sayPassphraseIsWrong()
        }
    }

    private func sayPassphraseIsWrong() {
        guard level == .text else { return refuse(LevelOne.refused(.wrongPassphrase)) }
        sayGoodbye(FrameEncoder.frame(cutting: LevelZero.wrongPassphrase))
    }

    /// The last that a stranger of level 1 hears.
    ///
    /// - Parameter after: in how many seconds it may try again, if that may help.
    func refuse(_ refused: ServerMessage.Refused, ref: String? = nil, after: UInt64? = nil) {
        let messages = [
            ServerMessage(.refused(refused), ref: ref), ServerMessage(.bye(Code(.refused), after: after)),
        ]
        sayGoodbye(LevelOne.frames(messages))
    }
}
