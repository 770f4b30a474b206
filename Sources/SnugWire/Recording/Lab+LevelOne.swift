// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProtocol
internal import SnugSystem

/// What people do who speak level 1; nobody goes on before everyone saw what there was to see.
extension Lab {
    /// Waits until `isDone` says so, which is asked whenever somebody was told something.
    ///
    /// Fails if one of `clients` is refused something or its connection ends meanwhile.
    ///
    /// - Parameter leaving: whoever may be refused something and may go.
    func wait(
        for purpose: String,
        among clients: [LevelOneClient],
        leaving: LevelOneClient? = nil,
        until isDone: () -> Bool
    ) throws(WireError) {
        let deadline = MonotonicTime.now + Self.patience
        let leaving = leaving.map { [$0] } ?? []
        while true {
            for client in clients + leaving { try client.receive() }
            guard !isDone() else { return }
            if let client = clients.first(where: { $0.refusal != nil || $0.hasEnded }) {
                let reason = client.refusal.map { "it refused: \($0.text)" }
                throw .personFailed(name: client.name, reason.map { .protocolBroken($0) } ?? .endedByServer)
            }
            guard MonotonicTime.now < deadline else { throw .nothingHappened(awaited: purpose) }
            var entries = (clients + leaving).map(\.entry) + [Polling.Entry(bell.descriptor, for: .readable)]
            Polling.wait(for: &entries, until: deadline)
            // Takes its ringing away, and waits for nothing.
            if entries.last?.readiness.isEmpty == false { bell.wait(until: deadline) }
        }
    }

    /// Sends the passphrase and waits until it was found right; returns when it was sent.
    func authenticate(
        _ client: LevelOneClient,
        with passphrase: String
    ) throws(WireError) -> MonotonicTime {
        try wait(for: "the server's hello", among: [client]) { client.epoch != nil }
        let time = MonotonicTime.now
        try client.send(passphrase: passphrase)
        try wait(for: "the server's word on the passphrase", among: [client]) {
            client.hasReceived { $0.kind == .accepted }
        }
        return time
    }

    /// Lets somebody in who has sent the passphrase, and waits until all have been told; returns when it asked.
    ///
    /// - Parameter victim: the one whose stay it may be that goes on, and who may be sent away then.
    func enter(
        _ client: LevelOneClient,
        resume: ClientMessage.Resume? = nil,
        beside others: [LevelOneClient],
        victim: LevelOneClient? = nil
    ) throws(WireError) -> MonotonicTime {
        let time = MonotonicTime.now
        let enter = ClientMessage.Enter(name: client.name, rooms: [LevelOneClient.room], resume: resume)
        try client.send(.enter(enter))
        try wait(for: "that \(client.name) comes in", among: [client] + others, leaving: victim) {
            guard let entered = client.entered, client.hasReceived(\.isEndOfHistory) else { return false }
            guard setup.mode != .plain || client.hasReceived(\.saysNotEncrypted) else { return false }
            return entered.isResumed
                || ([client] + others).allSatisfy { $0.events.contains { $0.isJoining(entered.you.id) } }
        }
        return time
    }

    /// Lets somebody say a line and waits until all have it, its sender too; returns its sequence number.
    @discardableResult
    func say(
        _ text: String,
        _ speaker: LevelOneClient,
        beside others: [LevelOneClient]
    ) throws(WireError) -> UInt64 {
        let reference = speaker.nextReference()
        try speaker.send(.say(room: LevelOneClient.room, text: text, isAction: false), ref: reference)
        var sequence: UInt64 = 0
        try wait(for: "a line of \(speaker.name)", among: [speaker] + others) {
            guard let confirmed = speaker.confirmation(of: reference) else { return false }
            sequence = confirmed
            return others.allSatisfy { $0.events.contains { $0.sequence == confirmed } }
        }
        return sequence
    }

    /// Waits until nothing more can cross a connection that the server has ended.
    func close(_ client: LevelOneClient) throws(WireError) {
        client.close()
        try wait(for: "the end of \(client.name)'s connection") {
            let connections = tap.connections
            return !connections.indices.contains(client.connection)
                || connections[client.connection].closedAt != nil
        }
    }
}

extension LevelOneClient {
    /// Where the scripted chat takes place.
    static let room = "main"
}

extension ServerMessage {
    fileprivate var isEndOfHistory: Bool {
        if case .history = kind { true } else { false }
    }

    fileprivate var saysNotEncrypted: Bool {
        if case .notice(let code, _) = kind { code.known == .notEncrypted } else { false }
    }
}

extension ServerMessage.Event {
    /// Whether the person with this id has come.
    func isJoining(_ id: String) -> Bool {
        if case .joined(let person) = kind { person.id == id } else { false }
    }

    /// Whether the person with this id is gone.
    func isLeaving(_ id: String) -> Bool {
        if case .left(let person, _) = kind { person.id == id } else { false }
    }
}
