// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// One process at the control socket.
///
/// ```
///   greeting ──SNG1──► ready ⇄ waiting (for the loops, for the chat, or for a reload)
///   ready ──enter──► waiting ──let in──► (a member)
///   any ──quit, or not let in──► leaving ──all is sent──► closed
/// ```
///
/// Its memory is bounded: nothing is read while an answer is under way, and the next part of a long answer is made
/// when the one before has been taken.
final class ControlPeer: EventHandler {
    let number: UInt64
    let process: PeerProcess

    let desk: ControlDesk
    private var socket: OwnedDescriptor?
    private var registration: RegistrationID?
    private(set) var phase = Phase.greeting
    private var greeting: [UInt8] = []
    var decoder = FrameDecoder()
    /// The peer sends no more.
    private var hasEnded = false
    private var output: [UInt8] = []
    private var sentOutput = 0
    /// What is left of the answer that is under way.
    private var listing: ControlListing?
    /// What the peer called the message that is being answered.
    private(set) var ref: String?
    private var deadline = MonotonicTime.never
    /// Whether it is the chat that it waits for.
    private var waitsForChat = false
    /// What it is called as long as the chat has not decided whether it is let in.
    var entering: SessionID?

    enum Phase { case greeting, ready, waiting, leaving, closed }

    /// For a complete frame, or all of the greeting, to come.
    static let idleTimeout = Duration.seconds(30)
    /// Without the peer taking a byte of its answer.
    static let writeTimeout = Duration.seconds(10)
    /// For files to be read again, which may be on a slow disk or come out of a pipe.
    private static let reloadTimeout = Duration.seconds(120)

    /// For several servers to agree on the order of what is asked for.
    static let decisionTimeout = Duration.seconds(5)

    private static let bytesPerRead = 16_384

    init(_ number: UInt64, _ process: PeerProcess, _ socket: consuming OwnedDescriptor, in desk: ControlDesk)
    {
        self.number = number
        self.process = process
        self.socket = consume socket
        self.desk = desk
    }

    var descriptor: Int32? { socket?.number }

    func startWatching() throws(SystemError) {
        guard let descriptor else { return }
        registration = try desk.events.add(descriptor, for: .readable, handler: self)
        deadline = desk.events.now + Self.idleTimeout
        watch()
    }

    /// Tells a process that it has no business here.
    func turnAway() {
        refuse(.notPermitted, "this socket is for the server's user and for root", hint: nil)
        leave(.refused)
    }

    // MARK: Events

    func ready(_ readiness: Readiness) {
        if mayRead { receive() } else if readiness.contains(.hungUp) { close() }
        settle()
    }

    func calledAgain() { settle() }

    func deadlineReached(now: MonotonicTime) {
        guard phase == .waiting, output.isEmpty else {
            if phase != .leaving { desk.report(.controlDropped(process, .tooSlow)) }
            return close()
        }
        if let entering { return giveUp(entering) }
        guard waitsForChat else { return answer(.failed("the files are still being read")) }
        goOn()
        refuse(
            .failed,
            "the servers that share this chat have not decided it in time",
            hint: "it may still be done: look with bans or who"
        )
        // What is decided later would answer another question.
        leave(.refused)
    }

    private var mayRead: Bool {
        (phase == .greeting || phase == .ready) && !hasEnded && isIdle && !decoder.hasFrame
    }

    private var isIdle: Bool { output.isEmpty && listing == nil }

    // MARK: Receiving

    private func receive() {
        guard let descriptor else { return }
        var bytes = [UInt8](repeating: 0, count: Self.bytesPerRead)
        do throws(SystemError) {
            let count = try desk.events.reading { () throws(SystemError) in
                try Syscalls.unlessWouldBlock("read") { read(descriptor, &bytes, bytes.count) }
            }
            guard let count else { return }
            if count == 0 { hasEnded = true } else { take(bytes[..<count]) }
        } catch { close() }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        if phase == .greeting {
            greeting += bytes
            switch LevelChoice(firstBytes: greeting) {
            case .undecided: return
            case .levelZero: return drop(.noLevelOne)
            case .levelOne: break
            }
            rest = greeting[LevelChoice.preface.count...]
            greeting = []
            phase = .ready
            heard()
            send(desk.hello)
        }
        do throws(FramingError) {
            let frames = decoder.completedFrames
            try decoder.append(rest.span.bytes)
            if decoder.completedFrames != frames { heard() }
        } catch { drop(.oversizedFrame) }
    }

    private func heard() { deadline = desk.events.now + Self.idleTimeout }

    private func drop(_ fault: ServerEvent.ControlFault) {
        desk.report(.controlDropped(process, fault))
        close()
    }

    // MARK: Processing

    /// Sends, and goes on with what is to be answered, until the peer has to do something first.
    private func settle() {
        while phase != .closed, flush() {
            if phase == .leaving { return close() }
            if listing != nil {
                guard sendPart() else { break }
                continue
            }
            guard phase == .ready else { break }
            guard let frame = decoder.next() else {
                if hasEnded { return close() }
                break
            }
            handle(frame)
        }
        // A greeting that has ended early.
        if phase == .greeting, hasEnded { return close() }
        watch()
    }

    private func handle(_ frame: [UInt8]) {
        do throws(MessageError) {
            let message = try ClientMessage(payload: frame)
            ref = message.ref
            handle(message.kind)
        } catch {
            send(error.answer)
        }
    }

    private func handle(_ kind: ClientMessage.Kind) {
        switch kind {
        case .ban, .kick, .mute, .unban: moderate(kind)
        case .bans:
            note("asked who is banned")
            listing = .bans(desk.hub.allSanctions[...], isFirst: true)
        case .enter(let message): enter(message)
        case .control(.reload): reload()
        case .control(.sessions):
            note("asked who is connected")
            listing = .sessions(desk.hub.allSessions.sorted()[...])
        case .control(.stats):
            note("asked how much there is of everything")
            wait { desk.ask(about: nil, for: self) }
        case .ping(let id): send(.pong(id: id))
        case .pong, .stillHere: break
        case .quit: leave(.quit)
        case .rooms:
            note("asked which rooms there are")
            listing = .rooms(desk.hub.allRooms[...], isFirst: true)
        case .unknown: refuse(.unknownType, "this server does not know that type", hint: nil)
        default:
            refuse(
                .notPermitted,
                "that is for who has entered the chat",
                hint: "docs/protocol-1.md lists what is done here without"
            )
        }
    }

    private func note(_ sentence: String) { desk.report(.controlled(process, sentence)) }

    private func moderate(_ kind: ClientMessage.Kind) {
        let request: Request.Kind
        do throws(ControlFault) { request = try kind.moderation() } catch {
            return refuse(error.code, error.text, hint: nil)
        }
        wait(Self.decisionTimeout) {
            desk.hub.moderate(request, for: process) { [box = desk.box, number] in
                box.post(.moderation($0), for: number)
            }
        }
        waitsForChat = true
    }

    /// What it may have waited for is there.
    func answer(_ outcome: ControlBox.Outcome) {
        switch outcome {
        case .admission(let refusal): answer(refusal)
        case .moderation(let moderation): answer(moderation)
        case .reload(let outcome): answer(outcome)
        }
    }

    /// The chat has decided; what nobody waits for any more means nothing.
    private func answer(_ moderation: ChatHub.Moderation) {
        guard phase == .waiting, waitsForChat else { return }
        goOn()
        switch moderation {
        case .done(let sentence): send(.control(.done(text: sentence)))
        case .refused(let refusal):
            let text = LevelZero.text(for: refusal, at: .now).withoutStars
            note("was refused: \(text)")
            refuse(refusal.code.atControl, text, hint: nil)
        case .tooLate: refuse(.failed, "the server stops", hint: nil)
        }
        callAgain()
    }

    private func reload() {
        note("asked for the files to be read again")
        wait(Self.reloadTimeout) {
            if !desk.reload(for: self) { answer(.failed("this server has no files to read again")) }
        }
    }

    /// Lets the peer wait for what `body` sets off.
    func wait(_ time: Duration? = nil, _ body: () -> Void) {
        phase = .waiting
        deadline = time.map { desk.events.now + $0 } ?? .never
        body()
    }

    // MARK: Answers

    /// A reload is over; one that nobody waits for any more means nothing.
    private func answer(_ outcome: ReloadOutcome) {
        guard phase == .waiting, !waitsForChat, entering == nil else { return }
        goOn()
        switch outcome {
        case .failed(let reason): refuse(.failed, reason, hint: nil)
        case .reloaded(let sentence): send(.control(.done(text: sentence)))
        }
        callAgain()
    }

    /// The loops have answered.
    func take(_ answer: ServerMessage.Control) {
        guard phase == .waiting else { return }
        goOn()
        if case .sessions(var sessions) = answer {
            sessions.hasMore = listing != nil
            send(.control(.sessions(sessions)))
        } else {
            send(.control(answer))
        }
        callAgain()
    }

    private func goOn() {
        phase = .ready
        waitsForChat = false
        heard()
    }

    func callAgain() {
        if let registration { desk.events.callAgain(registration) }
    }

    /// Makes the next part of a long answer; returns false if the loops have to be asked first.
    private func sendPart() -> Bool {
        guard let part = listing?.next(at: .now) else {
            listing = nil
            return true
        }
        if listing?.isEmpty == true { listing = nil }
        switch part {
        case .message(let kind): send(kind)
        case .sessions(let sessions):
            wait { desk.ask(about: sessions, for: self) }
            return false
        }
        return true
    }

    private func refuse(_ code: RefusalCode, _ text: String, hint: String?) {
        send(.refused(ServerMessage.Refused(code, text: text, hint: hint)))
    }

    func send(_ kind: ServerMessage.Kind) { send(ServerMessage(kind, ref: ref)) }

    private func send(_ message: ServerMessage) {
        if output.isEmpty { deadline = desk.events.now + Self.writeTimeout }
        do throws(FramingError) { try message.encode(appendingTo: &output) } catch {
            // What people have said is shorter than a frame, so nothing but a list would be; and lists are cut.
            close()
        }
    }

    /// - Parameter after: in how many seconds it may come again, if that may help.
    func leave(_ reason: ByeReason, after: UInt64? = nil) {
        guard phase != .closed else { return }
        send(.bye(Code(reason), after: after))
        phase = .leaving
        callAgain()
    }

    // MARK: Sending

    /// Returns whether nothing waits any more.
    private func flush() -> Bool {
        while sentOutput < output.count, let descriptor {
            let rest = output[sentOutput...]
            do throws(SystemError) {
                let count = try rest.span.bytes.withUnsafeBytes { (bytes) throws(SystemError) in
                    try Syscalls.unlessWouldBlock("send") {
                        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                    }
                }
                guard let count else { return false }
                sentOutput += count
                deadline = desk.events.now + Self.writeTimeout
            } catch {
                close()
                return false
            }
        }
        if !output.isEmpty {
            output = []
            sentOutput = 0
            if phase == .ready { heard() }
        }
        return phase != .closed
    }

    private func watch() {
        guard phase != .closed, let registration else { return }
        var interest: Readiness = mayRead ? .readable : []
        if !output.isEmpty { interest.insert(.writable) }
        desk.events.setInterest(interest, for: registration)
        desk.events.setDeadline(deadline == .never ? nil : deadline, for: registration)
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        if let registration { desk.events.remove(registration) }
        registration = nil
        socket = nil
        listing = nil
        desk.forget(self)
    }
}
