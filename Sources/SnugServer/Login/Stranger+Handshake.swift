// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem
internal import SnugTransport

/// From a stranger's first byte to a connection that is ready.
extension Stranger {
    /// A full handshake takes a client two, three if it first offered another group (RFC 8446 section 2.1).
    private static let honestHandshakeSteps = 3

    func begin() throws(TransportError) {
        if kind == .plain {
            link.open { SocketConnection.plain($0) }
            introduce()
            try receive()
        } else if lobby.configuration.limits.counts(peer) {
            wait(in: .waitsForHandshake)
        } else {
            beginHandshake()
        }
    }

    func beginHandshake() {
        phase = .handshake
        lobby.note(.began, of: self)
        queueHandshakeStep()
    }

    func queueHandshakeStep() {
        guard !isHandshakeQueued else { return }
        isHandshakeQueued = true
        clocks.startWaiting(now: lobby.events.now)
        lobby.queueHandshakeStep(of: self)
    }

    func takeHandshakeStep() {
        isHandshakeQueued = false
        clocks.stopWaiting(
            now: lobby.events.now,
            leaving: takesHonestSteps ? StrangerClocks.timeToGoOn : .zero
        )
        guard case .handshake = phase else { return }
        do throws(TransportError) { try advanceHandshake() } catch { fail(error) }
        settle()
        yieldProcessor()
    }

    /// Who sends its hello in crumbs does not get further by it.
    private var takesHonestSteps: Bool { handshakeSteps <= Self.honestHandshakeSteps }

    private func advanceHandshake() throws(TransportError) {
        // Not before: to make a session costs as much as many connections do that are only accepted.
        link.open { [lobby] in
            SocketConnection.tlsServer(
                $0,
                context: lobby.context,
                paddingMultiple: lobby.configuration.authenticationPadding
            )
        }
        guard case .complete(let facts) = try link.connection?.handshake(lobby.buffers) else {
            handshakeSteps += 1
            if takesHonestSteps { lobby.note(.began, of: self) }
            return
        }
        self.facts = facts
        lobby.countHandshake()
        introduce()
        if facts.applicationProtocol == LevelOne.applicationProtocol { greet() }
    }

    private func introduce() {
        phase = lobby.verifier.map { .passphrase($0) } ?? .name
        lobby.note(.connected, of: self)
    }
}
