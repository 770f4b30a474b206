// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugSystem
internal import SnugTerminal
internal import SnugTransport

/// Someone in the chat: a real client session on a thread of its own, with hands and eyes of the script's.
///
/// Any thread may call its methods.
final class Person: Sendable {
    /// What the person asks to be called.
    let name: String

    /// The person's connection in the capture.
    let connection: Int

    private let seat: Seat
    private let thread: RunningThread

    /// Starts to connect; what comes of it shows in ``whereabouts``.
    ///
    /// - Parameters:
    ///   - passphrase: what the person takes for the room's passphrase.
    ///   - noticed: called on the person's thread whenever something changed that can be asked for here.
    init(
        name: String,
        connection: Int,
        configuration: ClientConfiguration,
        passphrase: String,
        noticed: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let seat = Seat(name: name, keyboard: try LoopWaker(), noticed: noticed)
        self.name = name
        self.connection = connection
        self.seat = seat
        thread = try RunningThread(name: "snug-person") { seat.stay(configuration, passphrase) }
    }

    /// How far the person has come.
    var whereabouts: Whereabouts { seat.state.withLock { $0.whereabouts } }

    /// Every message that was shown to the person so far.
    var seen: [String] { seat.state.withLock { $0.seen } }

    /// When the person sent the passphrase, if it came to that.
    var authenticatedAt: MonotonicTime? { seat.state.withLock { $0.authenticatedAt } }

    /// When the person sent the name, if it came to that.
    var joinedAt: MonotonicTime? { seat.state.withLock { $0.joinedAt } }

    /// Types a line.
    func type(_ line: String) { seat.enter(.line(line)) }

    /// Ends the input, which is a goodbye.
    func leave() { seat.enter(.endOfInput) }

    /// Waits until the person's session is over; to be called once.
    func join() { thread.join() }

    /// How far somebody has come.
    enum Whereabouts: Equatable, Sendable {
        case underWay
        /// The session is over, nil for a goodbye.
        case gone(WireError?)
    }
}

/// What a person's thread shares with the others.
private final class Seat: ChatInterface, Sendable {
    let state = Lock(State())

    private let name: String
    /// Rung when something was typed; what it was stands in the state.
    private let keyboard: LoopWaker
    private let noticed: @Sendable () -> Void

    struct State {
        var whereabouts = Person.Whereabouts.underWay
        var typed: [UserAction] = []
        var seen: [String] = []
        var authenticatedAt: MonotonicTime?
        var joinedAt: MonotonicTime?
    }

    init(name: String, keyboard: LoopWaker, noticed: @escaping @Sendable () -> Void) {
        self.name = name
        self.keyboard = keyboard
        self.noticed = noticed
    }

    func enter(_ action: UserAction) {
        state.withLock { $0.typed.append(action) }
        keyboard.wake()
    }

    // MARK: On the person's thread

    func stay(_ configuration: ClientConfiguration, _ passphrase: String) {
        var failure: WireError?
        do throws(WireError) { try chat(configuration, passphrase) } catch { failure = error }
        state.withLock { $0.whereabouts = .gone(failure) }
        noticed()
    }

    private func chat(_ configuration: ClientConfiguration, _ passphrase: String) throws(WireError) {
        let secret = try Passphrase(scripted: passphrase)
        do throws(ClientError) {
            let session = try ChatSession(configuration)
            state.withLock { $0.authenticatedAt = .now }
            try session.authenticate(secret)
            state.withLock { $0.joinedAt = .now }
            try session.chat(input: keyboard.descriptor, over: self)
        } catch {
            // A goodbye by the server is one.
            guard error == .endedByServer else { throw .personFailed(name: name, error) }
        }
    }

    var signals: Int32? { nil }

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        state.withLock { state in
            defer { state.typed = [] }
            return state.typed
        }
    }

    func takeSignal() throws(SystemError) {}

    func show(_ text: StyledText) throws(SystemError) {
        state.withLock { $0.seen.append(text.text) }
        noticed()
    }
}

extension Passphrase {
    /// A passphrase out of a script, where everyone can read it.
    init(scripted text: String) throws(WireError) {
        do throws(PassphraseError) {
            try self.init(SecretBytes(copying: Array(text.utf8).span.bytes), from: .script)
        } catch { throw .passphraseNotUsable(error) }
    }
}
