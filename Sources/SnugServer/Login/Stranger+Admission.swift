// SPDX-License-Identifier: Apache-2.0

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
            return sayGoodbye(LevelZero.wrongPassphrase)
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
            send(LevelZero.accepted)
        } else {
            lobby.answerTurns.charge(peer.subscriber, now: lobby.events.now)
            sayGoodbye(LevelZero.wrongPassphrase)
        }
    }

    // MARK: Name

    func admit(_ frame: [UInt8]) {
        guard let connection = link.connection else { return }
        guard let requested = String(validating: frame, as: UTF8.self) else {
            lobby.report(.protocolViolated(peer: peer, .invalidUTF8))
            return close()
        }
        // The lobby forgets the stranger before a room loop can know the member: one owner at a time.
        if let registration { lobby.events.remove(registration) }
        registration = nil
        var entry = Entry(NameRequest(requested), fallbackName: "anon-\(peer.port)")
        entry.address = AddressKey(addressBytes: peer.addressBytes)
        entry.key = facts.provedKey.flatMap { Bytes32($0.bytes) }.map { PersonKey($0) }
        let refusal = lobby.hub.admit(entry, warnings: warnings) { session, name in
            HandedOver(
                Arrival(
                    id: session,
                    name: name,
                    peer: peer,
                    facts: facts,
                    connection: connection,
                    decoder: decoder,
                    addressSlot: addressSlot
                )
            )
        }
        if let refusal { return turnAway(refusal) }
        phase = .gone
        lobby.forget(self)
    }

    private var warnings: [Notice] {
        var warnings: [Notice] = []
        if kind == .plain { warnings.append(.plainTransport) }
        if lobby.configuration.keysAreLogged { warnings.append(.keylogActive) }
        return warnings
    }

    private func turnAway(_ refusal: Refusal) {
        switch refusal.code {
        case .chatIsFull:
            lobby.report(.limitReached(peer: peer, .members(lobby.configuration.limits.members)))
        default: lobby.report(.turnedAway(peer: peer, refusal.code))
        }
        do throws(SystemError) { try startWatching() } catch { return close() }
        sayGoodbye(LevelZero.text(for: refusal, at: .now))
    }
}
