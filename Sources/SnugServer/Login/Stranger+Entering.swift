// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// How a stranger becomes a member.
extension Stranger {
    /// Level 0: the frame is a name.
    func admit(_ frame: [UInt8]) {
        guard let requested = String(validating: frame, as: UTF8.self) else {
            lobby.report(.protocolViolated(peer: peer, .invalidUTF8))
            return close()
        }
        admit(entry(named: requested), at: nil)
    }

    /// Level 1: the frame is an `enter`, or the end.
    func admitLevelOne(_ frame: inout [UInt8]) {
        // "Still here" may be said at any time.
        guard !frame.isEmpty else { return }
        // It may hold a token.
        defer { overwrite(&frame) }
        let message: ClientMessage
        do throws(MessageError) { message = try ClientMessage(payload: frame) } catch {
            lobby.report(.protocolViolated(peer: peer, .noMessage))
            guard case .refused(let refused) = error.answer.kind else { return close() }
            return refuse(refused, ref: error.ref)
        }
        guard case .enter(let enter) = message.kind else {
            lobby.report(.protocolViolated(peer: peer, .notEntered))
            var code = RefusalCode.notEntered
            if case .unknown = message.kind { code = .unknownType }
            return refuse(LevelOne.refused(code), ref: message.ref)
        }
        var entry = entry(named: enter.name)
        let login = LevelOneLogin(enter, ref: message.ref, epoch: lobby.hub.epoch, filling: &entry)
        guard let login else { return close() }
        admit(entry, at: login)
    }

    private func entry(named name: String) -> Entry {
        var entry = Entry(NameRequest(name), fallbackName: "anon-\(peer.port)")
        entry.address = AddressKey(addressBytes: peer.addressBytes)
        entry.key = facts.provedKey.flatMap { Bytes32($0.bytes) }.map { PersonKey($0) }
        return entry
    }

    private func admit(_ entry: Entry, at levelOne: LevelOneLogin?) {
        guard let connection = link.connection else { return }
        // The lobby forgets the stranger before a room loop can know the member: one owner at a time.
        if let registration { lobby.events.remove(registration) }
        registration = nil
        enterRef = levelOne?.ref
        guard lobby.mayAsk else { return turnAway(.outOfTouch) }
        var entry = entry
        entry.until = lobby.hub.end(of: lobby.configuration.limits.authenticationTimeout)
        let newcomer = Newcomer(
            level: level,
            peer: .address(peer),
            facts: facts,
            connection: connection,
            decoder: decoder,
            addressSlot: addressSlot,
            warnings: warnings,
            login: levelOne
        )
        // What it has sent behind its name is the newcomer's alone.
        decoder = FrameDecoder(overwritingMemory: true)
        phase = .gone
        let control = lobby.control
        let session = control.ask {
            lobby.hub.admit(entry, HandedOver(newcomer)) { control.post($1, for: $0) }
        }
        guard let session else { return turnAway(.outOfTouch) }
        let patience = lobby.configuration.limits.authenticationTimeout
        lobby.wait(self, as: session, until: clocks.deadline ?? lobby.events.now + patience)
    }

    private var warnings: [Notice] {
        var warnings: [Notice] = []
        if kind == .plain { warnings.append(.plainTransport) }
        if lobby.configuration.keysAreLogged { warnings.append(.keylogActive) }
        return warnings
    }

    /// The chat does not let it in: it is told why, and that is the end.
    func turnAway(_ refusal: Refusal) {
        phase = .name
        switch refusal.code {
        case .chatIsFull:
            lobby.report(.limitReached(peer: peer, .members(lobby.configuration.limits.members)))
        default: lobby.report(.turnedAway(peer: peer, refusal.code))
        }
        do throws(SystemError) { try startWatching() } catch { return close() }
        guard level == .text else {
            let refused = LevelOne.refused(refusal, at: .now)
            return refuse(refused, ref: enterRef, after: refusal.code == .outOfTouch ? 1 : nil)
        }
        sayGoodbye(FrameEncoder.frame(cutting: LevelZero.text(for: refusal, at: .now)))
    }
}
