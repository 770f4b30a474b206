// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport

@testable import SnugClient
@testable import SnugProtocol

/// Somebody at level 1 who notes what happens, and does as it is told.
final class LevelOneGuest: LevelOneTask {
    var patience: Patience
    /// Nobody is waited for in vain.
    var isInHurry = true
    /// Since when and until when nothing is taken.
    var fullUntil: MonotonicTime?
    /// After how many losses it has had enough.
    var losses = Int.max
    /// What it does each time that all is told, with how often it was.
    var whenSettled: (Int, inout LevelOneState) -> Void = { _, state in state.quit() }
    /// What it does each time that it is full no more.
    var whenEmpty: (inout LevelOneState) -> Void = { _ in }
    /// Called each time that it has lost the server.
    var whenLost: () -> Void = {}

    private(set) var settledCount = 0
    private(set) var pauses: [Duration] = []
    private(set) var errors: [ClientError] = []

    init(_ patience: Patience = .always) { self.patience = patience }

    let watched: [Polling.Entry] = []
    var isFull: Bool { fullUntil != nil }
    private var hasHadEnough: Bool { errors.count >= losses }
    var deadline: MonotonicTime { hasHadEnough ? .start : fullUntil ?? .never }

    func take(_ news: LevelOneNews, _ state: inout LevelOneState) {
        guard news == .settled else { return }
        settledCount += 1
        whenSettled(settledCount, &state)
    }

    func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) {
        if hasHadEnough { state.quit() }
        guard let end = fullUntil, end <= .now else { return }
        fullUntil = nil
        whenEmpty(&state)
    }

    func comeBack(after error: ClientError, in pause: Duration) {
        errors.append(error)
        pauses.append(pause)
        whenLost()
    }

    func finish() {}
}

/// What a server says on one connection, whatever it hears, and what it does then.
struct LevelOneTurn: Sendable {
    var says: [UInt8] = []
    /// The type of a message that it waits for.
    var waitsFor: String?
    /// Whether it then ends the connection; if not, it listens for as long as somebody is there.
    var ends = true
    /// Whether it is a fault if it hears no goodbye.
    var wantsGoodbye = false

    init(_ messages: [ServerMessage], waitsFor: String? = nil, ends: Bool = true) throws {
        for message in messages { try message.encode(appendingTo: &says) }
        self.waitsFor = waitsFor
        self.ends = ends
    }

    /// All that somebody is told who is let in, and then `more`.
    static func welcome(
        and more: [ServerMessage.Kind] = [],
        nodes: [String] = [],
        waitsFor: String? = nil,
        ends: Bool = true
    ) throws -> LevelOneTurn {
        var chat = ModelChat()
        guard case .hello(var hello) = chat.hello.kind else { throw NoHello() }
        hello.nodes = nodes
        let enter = ClientMessage(.enter(.init(name: "aisha", rooms: [], client: "test")))
        let messages = [ServerMessage(.hello(hello))] + chat.take(enter, gap: 0)
        return try LevelOneTurn(
            messages + more.map { ServerMessage($0) },
            waitsFor: waitsFor,
            ends: ends
        )
    }

    private struct NoHello: Error {}

    func play(to client: ScriptedServer.Client) throws {
        try client.handshake()
        try client.send(raw: says)
        if let waitsFor {
            while let frame = try client.next(), !frame.contains("\"type\":\"\(waitsFor)\"") {}
        }
        if ends { try client.sayGoodbye() }
        // To close a socket of which not all was read is to reset it.
        do { try client.readToEnd() } catch { if wantsGoodbye { throw error } }
    }
}

extension ClientConfiguration {
    /// For a server of level 1.
    init(levelOne kind: TransportKind, port: UInt16, paddingMultiple: Int = 256) throws {
        try self.init(kind, port: port, paddingMultiple: paddingMultiple)
        guard kind == .tls else { return }
        let context = try TestAuthority.shared.clientContext(applicationProtocols: Self.levelOneProtocols)
        security = .tls(context, pins: [])
    }
}

extension LevelOneSession {
    /// One that nobody knows yet.
    convenience init(
        _ configuration: ClientConfiguration,
        over opened: OpenedConnection? = nil,
        passphrase secret: String? = nil
    ) throws {
        let state = LevelOneState(name: "aisha", client: "test", mark: "m")
        guard let secret else {
            self.init(configuration, over: opened, passphrase: nil, state: state)
            return
        }
        self.init(configuration, over: opened, passphrase: try passphrase(secret), state: state)
    }

    /// How it ended; nil for a good end.
    func outcome(of guest: some LevelOneTask) -> ClientError? {
        do throws(ClientError) { try run(guest) } catch { return error }
        return nil
    }
}
