// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugSystem
internal import SnugTransport

/// One peer's connection, from accept to close.
///
/// ```
///   handshake ──complete──► open ──goodbye of either side──► goodbye ──the peer's FIN, or 1 s──► closed
/// ```
///
/// Owned by its ``FrameService``; used on its thread only. Why it leaves is noted at once, and told to the rules at the
/// end of the turn, so that nothing that they do can call them again.
final class PeerSession: EventHandler {
    let address: String
    private(set) var facts = PeerFacts.plain
    private let connection: any Connection
    private unowned let service: FrameService
    private var phase = Phase.handshake
    private var departure: PeerDeparture?
    private var registration: RegistrationID?
    private var decoder = FrameDecoder()
    private var unsent: [UInt8] = []
    private var isUnsettled = false
    private var inputHasEnded = false
    private var discardedBytes = 0
    private var times = Times()

    private enum Phase { case handshake, open, goodbye, closed }

    private struct Times {
        /// The handshake, or the goodbye, is to be over.
        var phaseEnd: MonotonicTime?
        var frameEnd: MonotonicTime?
        var idleEnd: MonotonicTime?
        var writeEnd: MonotonicTime?

        var earliest: MonotonicTime? { [phaseEnd, frameEnd, idleEnd, writeEnd].compactMap(\.self).min() }
    }

    /// More of one peer's frames wait for the next turn, so that the others have theirs.
    private static let framesPerTurn = 256

    /// Who goes on sending after our goodbye is not waited for.
    private static let discardLimitBytes = 65_536

    init(_ connection: any Connection, from address: String, in service: FrameService) {
        self.connection = connection
        self.address = address
        self.service = service
        times.phaseEnd = service.events.now + service.limits.handshakeTimeout
    }

    func startWatching() throws(SystemError) {
        registration = try service.events.add(connection.descriptor, for: .readable, handler: self)
        if let registration {
            service.events.setDeadline(times.earliest, for: registration)
            // A transport may have to speak first, or have nothing to wait for.
            service.events.callAgain(registration)
        }
    }

    var isStranger: Bool { phase == .handshake && departure == nil }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        if phase != .handshake, readiness.contains(.writable) { sendMore() }
        if mayRead, !readiness.isDisjoint(with: [.readable, .hungUp]) {
            receive()
        } else if readiness.contains(.hungUp), phase != .closed {
            // It would be reported for ever, and nothing can be sent to this peer any more.
            leave(.failed(.truncated))
        }
        goOn()
    }

    func calledAgain() {
        if phase == .handshake || mayRead && connection.hasBufferedInput { receive() }
        goOn()
    }

    func deadlineReached(now: MonotonicTime) {
        func hasCome(_ time: MonotonicTime?) -> Bool { time.map { $0 <= now } ?? false }
        if hasCome(times.writeEnd) {
            leave(.tooSlow(.reading))
        } else if hasCome(times.phaseEnd) {
            phase == .handshake ? leave(.tooSlow(.handshake)) : close()
        } else if hasCome(times.frameEnd) {
            leave(.tooSlow(.frame))
        } else if hasCome(times.idleEnd) {
            leave(.tooSlow(.idle))
        }
        goOn()
    }

    /// After every event: hands on complete frames, and says what to wait for next.
    private func goOn() {
        takeFrames()
        watch()
    }

    // MARK: Receiving

    private var mayRead: Bool {
        switch phase {
        case .handshake: departure == nil
        case .open: departure == nil && !inputHasEnded && !hasMuchToRead
        case .goodbye: !inputHasEnded && discardedBytes <= Self.discardLimitBytes
        case .closed: false
        }
    }

    /// Who does not read what it is sent is not answered any more.
    private var hasMuchToRead: Bool { unsent.count > service.limits.backlogBytes / 2 }

    private func receive() {
        do throws(TransportError) {
            guard phase != .handshake else { return try advanceHandshake() }
            let (connection, buffers) = (connection, service.buffers)
            switch try service.events.reading({ () throws(TransportError) in try connection.read(buffers) }) {
            case .endOfStream: endInput()
            case .plaintext(let count): take(count)
            case .wouldBlock: break
            }
        } catch { leave(.failed(error)) }
    }

    private func advanceHandshake() throws(TransportError) {
        guard case .complete(let facts) = try connection.handshake(service.buffers) else { return }
        self.facts = facts
        phase = .open
        times.phaseEnd = nil
        guard service.enter(self) else { return leave(.noRoom) }
        noteFrame()
        service.rules.entered(FramePeer(session: self))
    }

    private func endInput() {
        inputHasEnded = true
        if phase == .goodbye { settleLater() }
    }

    private func take(_ count: Int) {
        guard phase == .open else {
            discardedBytes += count
            return
        }
        do throws(FramingError) {
            try service.buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                try decoder.append(bytes)
            }
        } catch { leave(.sentNoFrame(error)) }
    }

    private func takeFrames() {
        var remaining = Self.framesPerTurn
        while phase == .open, departure == nil, !hasMuchToRead, remaining > 0, let frame = decoder.next() {
            remaining -= 1
            noteFrame()
            service.rules.received(frame, from: FramePeer(session: self))
        }
        guard phase == .open, departure == nil else { return }
        // What it sent before its goodbye is answered, as a filter expects.
        if inputHasEnded, !decoder.hasFrame { leave(.quit) }
        if decoder.hasFrame, !hasMuchToRead, let registration { service.events.callAgain(registration) }
    }

    private func noteFrame() {
        times.frameEnd = nil
        times.idleEnd = service.limits.idleTimeout.map { service.events.now + $0 }
    }

    // MARK: Sending

    func send(_ payload: some Collection<UInt8>) -> Bool {
        guard phase == .open, departure == nil,
            (try? FrameEncoder.encode(payload, appendingTo: &unsent)) != nil
        else { return false }
        settleLater()
        if unsent.count > service.limits.backlogBytes { leave(.tooSlow(.reading)) }
        return departure == nil
    }

    /// Sends what waits, as far as the peer takes it, and the goodbye behind it.
    func deliver() {
        isUnsettled = false
        guard phase == .open || phase == .goodbye else { return }
        do throws(TransportError) {
            let waiting = unsent
            var sent = 0
            while sent < waiting.count, !connection.wantsWrite {
                sent += try connection.write(waiting.span.bytes.extracting(sent...), service.buffers)
            }
            if sent > 0 {
                unsent = Array(waiting[sent...])
                times.writeEnd = nil
            }
            if phase == .goodbye, unsent.isEmpty { try sayGoodbye() }
        } catch { leave(.failed(error)) }
        goOn()
    }

    private func sayGoodbye() throws(TransportError) {
        try connection.finish(service.buffers)
        guard !connection.wantsWrite else { return }
        if inputHasEnded { return close() }
        times.phaseEnd = times.phaseEnd ?? service.events.now + service.limits.lingerTimeout
    }

    private func sendMore() {
        times.writeEnd = nil
        do throws(TransportError) {
            try connection.flush(service.buffers)
            settleLater()
        } catch { leave(.failed(error)) }
    }

    private func settleLater() {
        guard !isUnsettled else { return }
        isUnsettled = true
        service.settleLater(self)
    }

    // MARK: Leaving

    /// Notes why it leaves, unless it leaves already; what fails while it does ends it.
    func leave(_ reason: PeerDeparture) {
        if phase == .goodbye, !reason.isPolite { return close() }
        guard departure == nil else { return }
        departure = reason
        settleLater()
    }

    /// Tells the rules, once, if it leaves.
    func tellOfDeparture() {
        guard let departure, phase == .handshake || phase == .open else { return }
        let hasEntered = phase == .open && departure != .noRoom
        if departure.isPolite, phase == .open {
            phase = .goodbye
            times = Times()
            decoder.removeAll()
        } else {
            end(resetting: departure == .tooSlow(.reading))
        }
        if hasEntered {
            service.rules.left(FramePeer(session: self), because: departure)
        } else {
            service.rules.turnedAway(address, because: departure)
        }
    }

    func close() { end(resetting: false) }

    private func end(resetting: Bool) {
        guard phase != .closed else { return }
        let wasStranger = phase == .handshake
        phase = .closed
        decoder.removeAll()
        unsent = []
        if let registration { service.events.remove(registration) }
        registration = nil
        resetting ? connection.reset() : connection.close()
        service.forget(self, wasStranger: wasStranger)
    }

    // MARK: Watching

    private func watch() {
        guard let registration else { return }
        let now = service.events.now
        let isMidFrame = phase == .open && mayRead && (decoder.isMidFrame || connection.isMidRecord)
        times.frameEnd = isMidFrame ? times.frameEnd ?? now + service.limits.frameTimeout : nil
        let isWaitedFor = connection.wantsWrite && phase != .handshake
        times.writeEnd = isWaitedFor ? times.writeEnd ?? now + service.limits.writeTimeout : nil
        var interest: Readiness = mayRead ? .readable : []
        if connection.wantsWrite { interest.insert(.writable) }
        service.events.setInterest(interest, for: registration)
        service.events.setDeadline(times.earliest, for: registration)
        if mayRead, connection.hasBufferedInput { service.events.callAgain(registration) }
    }
}
