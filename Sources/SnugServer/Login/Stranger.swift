// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// A connection that has no name yet.
///
/// Owned by the ``Lobby``; used on its thread only. One deadline covers the way to the name; only the time in which a
/// stranger waits for us does not count: for its address's turn, or for a step of its handshake.
///
/// ```
///   silent ──first byte──► (turn) ──► handshake ──► passphrase ──► (turn) ──right──► name ──► (a member)
///                                                                    └─wrong──► lingering ──► closed
/// ```
final class Stranger: EventHandler, PlaceHolder {
    var place = 0
    let peer: SocketAddress
    let kind: ListenerKind
    unowned let lobby: Lobby
    var addressSlot: AddressSlot?
    var link: StrangerLink
    /// Passphrases go through it.
    var decoder = FrameDecoder(overwritingMemory: true)
    var facts = PeerFacts.plain
    /// What it speaks; at a plain port not known before ``opening`` is nil.
    private(set) var level = Entry.Level.text
    /// The first bytes of a plain connection, as long as they may be the preface of level 1.
    private var opening: [UInt8]?
    var registration: RegistrationID?
    var phase = Phase.silent
    var clocks: StrangerClocks
    private var isFirstFrame = true
    var isHandshakeQueued = false
    var hasHungUp = false
    var handshakeSteps = 0
    /// What it calls its wish to come in, at level 1.
    var enterRef: String?
    private var discardedBytes = 0

    enum Phase {
        case silent
        case waitsForHandshake
        case handshake
        case passphrase(PassphraseVerifier)
        case verdict(isRight: Bool)
        case name
        /// Was said goodbye to; what it still sends is read and forgotten.
        case lingering
        /// Was sent an alert, and nothing of it can be read any more.
        case failed
        case gone
    }
    /// So many who failed are kept for a moment: enough for people who look for a mistake, too few for a flood to matter.
    private static let maximumFailedStrangers = 64
    private static let discardLimitBytes = 65_536
    init(
        peer: SocketAddress,
        channel: consuming SocketChannel,
        at kind: ListenerKind,
        slot: AddressSlot?,
        in lobby: Lobby
    ) {
        self.peer = peer
        link = StrangerLink(channel)
        self.kind = kind
        opening = kind == .plain ? [] : nil
        addressSlot = slot
        self.lobby = lobby
        clocks = StrangerClocks(lobby.configuration.limits, now: lobby.events.now)
    }

    func startWatching() throws(SystemError) {
        registration = try lobby.events.add(link.descriptor, for: .readable, handler: self)
        watch()
    }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        guard !lobby.isStopping else { return }
        do throws(TransportError) {
            switch phase {
            case .silent: readiness.contains(.hungUp) ? leave() : try begin()
            // What else it sends stays in the kernel; it may be heard of twice in one turn.
            case .waitsForHandshake: if readiness.hasEnded { leave() }
            case .handshake: queueHandshakeStep()
            case .verdict: if readiness.hasEnded { readiness.contains(.hungUp) ? close() : yieldTurn() }
            case .passphrase, .name, .lingering:
                if readiness.contains(.writable) { try sendMore() }
                if !readiness.isDisjoint(with: [.readable, .hungUp]) { try receive() }
            case .failed, .gone: break
            }
        } catch {
            fail(error)
        }
        settle()
    }

    func calledAgain() {
        guard !lobby.isStopping, mayRead, link.hasBufferedInput else { return }
        do throws(TransportError) { try receive() } catch { fail(error) }
        settle()
    }

    func deadlineReached(now: MonotonicTime) {
        let limits = lobby.configuration.limits
        if let time = clocks.lingerUntil {
            if time <= now { reset() }
        } else if let deadline = clocks.deadline, deadline <= now {
            drop(for: .authenticationTime(limits.authenticationTimeout))
        } else if case .silent = phase, clocks.firstByte <= now {
            if lobby.isHalfFull {
                drop(for: .firstByteTime(limits.firstByteTimeout))
            } else {
                clocks.askAgainForFirstByte(now: now)
            }
        } else if let time = clocks.turn, time <= now, let line {
            // Others may have been put before it meanwhile.
            clocks.turn = nil
            lobby.serve(line, at: peer.subscriber)
        }
        watch()
    }

    /// After every event: works off complete frames, and says what to wait for next.
    func settle() {
        while mayRead, var frame = decoder.next() {
            isFirstFrame = false
            accept(&frame)
        }
        watch()
    }

    // MARK: Receiving

    private var mayRead: Bool {
        switch phase {
        case .passphrase: true
        // Who becomes a member takes nothing unsent along.
        case .name: link.isAllSent
        case .lingering: discardedBytes <= Self.discardLimitBytes
        case .silent, .waitsForHandshake, .handshake, .verdict, .failed, .gone: false
        }
    }

    func receive() throws(TransportError) {
        guard mayRead, let connection = link.connection else { return close() }
        switch try connection.read(lobby.buffers) {
        case .endOfStream: leave()
        case .plaintext(let count): take(count)
        case .wouldBlock: break
        }
    }

    private func take(_ count: Int) {
        if case .lingering = phase {
            discardedBytes += count
            // Reading on would cost more than it is worth to spare this peer a reset.
            if !mayRead, let registration { lobby.events.stopWatching(registration) }
            return
        }
        do throws(FramingError) {
            let greets = try lobby.buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decode(bytes)
            }
            if greets { greet() }
        } catch {
            let violation = ServerEvent.ProtocolViolation(error, isFirstFrame: isFirstFrame && kind == .plain)
            lobby.report(.protocolViolated(peer: peer, violation))
            close()
        }
    }

    /// Takes bytes of the stream, and returns whether they have shown that it is one of level 1.
    private func decode(_ bytes: RawSpan) throws(FramingError) -> Bool {
        guard let begun = opening else {
            try decoder.append(bytes)
            return false
        }
        let missing = min(LevelChoice.preface.count - begun.count, bytes.byteCount)
        let first = begun + bytes.extracting(first: missing).withUnsafeBytes { Array($0) }
        switch LevelChoice(firstBytes: first) {
        case .undecided: opening = first
        case .levelZero:
            opening = nil
            try decoder.append(begun.span.bytes)
            try decoder.append(bytes)
        case .levelOne:
            opening = nil
            try decoder.append(bytes.extracting(missing...))
            return true
        }
        return false
    }

    /// It speaks level 1: there the server says something first.
    func greet() {
        level = .typed
        send(LevelOne.frames(ServerMessage(.hello(lobby.hello))))
    }

    private func accept(_ frame: inout [UInt8]) {
        switch phase {
        case .passphrase(let verifier): judge(&frame, with: verifier)
        case .name: level == .text ? admit(frame) : admitLevelOne(&frame)
        case .silent, .waitsForHandshake, .handshake, .verdict, .lingering, .failed, .gone: break
        }
    }

    // MARK: Sending

    func send(_ frames: [UInt8]) {
        do throws(TransportError) {
            try link.send(frames, lobby.buffers)
            try finishGoodbye()
        } catch {
            fail(error)
        }
    }

    private func sendMore() throws(TransportError) {
        try link.sendMore(lobby.buffers)
        try finishGoodbye()
    }

    private func finishGoodbye() throws(TransportError) {
        if case .lingering = phase, link.isAllSent { try link.connection?.finish(lobby.buffers) }
    }

    /// Sends a last frame and close_notify, and gives the peer a moment to take both.
    func sayGoodbye(_ frames: [UInt8]) {
        phase = .lingering
        linger()
        decoder.removeAll()
        send(frames)
    }

    // MARK: Leaving

    func fail(_ error: TransportError) {
        if error.isSilentVisit { return leave() }
        if case .handshake = phase {
            lobby.report(.handshakeFailed(peer: peer, error))
        } else if error == .truncated {
            return leave()
        }
        if error.wasAnsweredWithAlert { keepBehindAlert() } else { close() }
    }

    /// To close now, with input unread, would make the kernel send a reset, for which the peer may drop the alert.
    private func keepBehindAlert() {
        guard let registration, lobby.failedStrangers < Self.maximumFailedStrangers else { return close() }
        if case .lingering = phase { return close() }
        phase = .failed
        lobby.failedStrangers += 1
        linger()
        lobby.events.stopWatching(registration)
    }

    private func linger() {
        lobby.note(.leaving, of: self)
        clocks.lingerUntil = lobby.events.now + lobby.configuration.limits.lingerTimeout
    }

    /// Gives its place to others, of whom there are more than `limit`.
    func evict(for limit: ServerEvent.Limit) {
        if case .gone = phase { return }
        if clocks.lingerUntil != nil { return reset() }
        drop(for: limit)
    }

    private func drop(for limit: ServerEvent.Limit) {
        lobby.report(.limitReached(peer: peer, limit))
        reset()
    }

    /// Nothing is wrong with someone who looks in and goes: health checks do.
    private func leave() {
        switch phase {
        case .silent, .waitsForHandshake, .handshake, .passphrase, .name: lobby.report(.visited(peer: peer))
        case .verdict, .lingering, .failed, .gone: break
        }
        close()
    }

    func close() { end { $0.close() } }
    private func reset() { end { $0.reset() } }

    private func end(_ release: (inout StrangerLink) -> Void) {
        let line = line
        switch phase {
        // Somebody else's connection by now, if this became a member.
        case .gone: return
        case .failed: lobby.failedStrangers -= 1
        default: break
        }
        phase = .gone
        decoder.removeAll()
        release(&link)
        if let registration { lobby.events.removeClosed(registration) }
        registration = nil
        addressSlot = nil
        lobby.forget(self)
        guard let line else { return }
        line.leave(self, at: peer.subscriber)
        lobby.serve(line, at: peer.subscriber)
    }

    // MARK: Watching

    func watch() {
        guard let registration else { return }
        lobby.events.setInterest(interest, for: registration)
        var isSilent = false
        if case .silent = phase { isSilent = true }
        lobby.events.setDeadline(clocks.next(isSilent: isSilent), for: registration)
        if mayRead, link.hasBufferedInput { lobby.events.callAgain(registration) }
    }

    private var interest: Readiness {
        let writable: Readiness = link.wantsWrite ? .writable : []
        switch phase {
        case .silent: return .readable
        case .handshake: return isHandshakeQueued ? [] : writable.union(.readable)
        case .waitsForHandshake: return .peerFinished
        case .verdict: return hasHungUp ? [] : .peerFinished
        case .passphrase, .name, .lingering: return mayRead ? writable.union(.readable) : writable
        case .failed, .gone: return []
        }
    }
}
