// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What a member does only if it speaks level 1.
extension Member {
    // MARK: Receiving

    /// Takes one frame with something in it.
    func accept(_ frame: [UInt8], _ levelOne: LevelOneSession) {
        stay.countFrame()
        let message: ClientMessage
        do throws(MessageError) { message = try ClientMessage(payload: frame) } catch {
            return tell(error.answer.kind, ref: error.ref)
        }
        switch Demand(message, &levelOne.roomNames) {
        case .nothing: break
        case .ping(let id): tell(.pong(id: id), ref: message.ref)
        case .quit:
            levelOne.quitRef = message.ref
            leave(.quit)
        case .refused(let refused): tell(.refused(refused), ref: message.ref)
        case let demand: loop.apply(demand, ref: message.ref, from: id, isAnswered: reach != .lost)
        }
    }

    // MARK: Telling

    /// Tells this session alone.
    func tell(_ kind: ServerMessage.Kind, ref: String? = nil) {
        guard reach != .lost else { return }
        let frames = LevelOne.frames(ServerMessage(kind, ref: ref))
        outbox.insert(frames, at: audience.end)
        // It asked for it, or something is about to happen to it.
        loop.tookFrame(bytes: frames.count)
        loop.answer(self)
    }

    func tellOfViolation(_ violation: ServerEvent.ProtocolViolation) {
        guard levelOne != nil else { return }
        tell(
            .refused(
                ServerMessage.Refused(
                    .malformed,
                    text: "the server was sent what no client sends: \(violation)"
                )
            )
        )
    }

    /// Sends what waits in any of the rooms and for this session alone, and then, if it is time, the last message.
    func deliver(
        _ levelOne: LevelOneSession,
        from nowhere: borrowing SharedBacklog,
        end: Int,
        using batch: inout [UInt8]
    ) throws(TransportError) {
        try send(levelOne, from: nowhere, end: end, using: &batch)
        guard stay.lastPosition != nil || loop.isFinishing, !levelOne.hasSaidGoodbye,
            outbox.isEmpty(end: end), levelOne.isEmpty
        else { return }
        levelOne.hasSaidGoodbye = true
        let stopping = ServerMessage(.bye(Code(.stopping), after: Self.secondsToRestart))
        outbox.insert(LevelOne.frames(levelOne.farewell ?? stopping), at: end)
        try send(levelOne, from: nowhere, end: end, using: &batch)
    }

    private func send(
        _ levelOne: LevelOneSession,
        from nowhere: borrowing SharedBacklog,
        end: Int,
        using batch: inout [UInt8]
    ) throws(TransportError) {
        let (connection, buffers, meters) = (connection, loop.buffers, loop.meters)
        let limit = IOBuffers.bytesPerWrite
        try levelOne.empty(&outbox, from: nowhere, ownEnd: end, limit: limit, using: &batch) {
            (bytes) throws(TransportError) in
            connection.wantsWrite ? 0 : meters.wrote(try connection.write(bytes, buffers))
        }
    }

    /// A server that is started anew is there again by then.
    private static let secondsToRestart: UInt64 = 3

    // MARK: Silence

    /// When to ask a session that says nothing whether it is still there, and when to dismiss one that was asked.
    func endOfSilence(_ levelOne: LevelOneSession) -> MonotonicTime {
        // From the question on, however late that came: whoever was asked has all of its time to answer.
        levelOne.pingSentAt.map { $0 + loop.limits.pongTimeout } ?? lastFrame + loop.limits.pingInterval
    }

    /// Nothing came for long: asks, and dismisses who has been asked.
    func noteSilence(now: MonotonicTime) {
        guard let levelOne else { return }
        guard levelOne.pingSentAt == nil else {
            return leave(.limitReached(.idleTime(loop.limits.pingInterval + loop.limits.pongTimeout)))
        }
        levelOne.pingSentAt = now
        tell(.ping(id: "\(now.nanoseconds)"))
    }

    // MARK: Rooms and what happened in them

    func take(_ telling: Telling) {
        guard let levelOne, reach != .lost else { return }
        guard levelOne.add(telling) else {
            return tell(.refused(LevelOne.refused(.tooMany)), ref: telling.ref)
        }
        continueTelling()
    }

    func take(_ frames: [UInt8], of telling: Telling) {
        guard let levelOne else { return }
        let rest = levelOne.take(frames, of: telling)
        if !rest.isEmpty { outbox.insert(rest, at: audience.end) }
        loop.answer(self)
    }

    /// After everything was sent that could be: closes what has ended, and asks for more of what is to be told.
    func goOn(_ levelOne: LevelOneSession) {
        guard stay != .closed else { return }
        for audience in levelOne.takeEnded() { loop.audiences.remove(self, from: audience) }
        let waiting = outbox.waitingBytes(end: audience.end) + levelOne.waitingBytes
        // What is held back until history is read counts as well: the disk may be slow, and the room is not.
        guard waiting <= loop.limits.backlogBytes || loop.isStopping || reach == .lost else {
            return drop(for: .backlog(bytes: loop.limits.backlogBytes))
        }
        if levelOne.isTold { continueTelling() }
    }

    /// Asks for the next page, if there is more to tell and what was read before is sent.
    func continueTelling() {
        guard let levelOne, reach != .lost, stay.isProcessing else { return }
        let waiting = outbox.waitingBytes(end: audience.end) + levelOne.waitingBytes
        while var telling = levelOne.nextTelling(waitingBytes: waiting) {
            if telling.next == .end {
                let frames = telling.takeNothing()
                take(frames, of: telling)
                continue
            }
            levelOne.isReading = loop.read(telling, for: id)
            // Too many others wait for pages.
            if !levelOne.isReading { deadlines[.telling] = loop.events.now + Self.pauseForPages }
            return
        }
    }

    private static let pauseForPages = Duration.milliseconds(100)
}
