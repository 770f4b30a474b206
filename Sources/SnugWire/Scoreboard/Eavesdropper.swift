// SPDX-License-Identifier: Apache-2.0

/// Guesses what happened in a chat from a TLS capture, and from nothing else.
///
/// The rules are a page of code on purpose: what follows from them takes no skill, so anyone on the way can know it.
struct Eavesdropper: Equatable, Sendable {
    /// What one message of a client was taken for.
    enum GuessedKind: String, Equatable, Sendable {
        case command
        case goodbye
        case line
        case name
        case passphrase
    }

    struct Guess: Equatable, Sendable {
        let connection: Int
        let time: Duration
        let kind: GuessedKind
        /// Size of the client's record on the wire.
        let recordBytes: Int
        /// Length of the text; nil where the message had none.
        let textBytes: Int?
        /// How many were in the room afterwards, where the answers tell.
        let roomSize: Int?
        /// How many records each connection got because of it.
        let answers: [Int: Int]
    }

    /// In the order of time.
    let guesses: [Guess]

    /// Whether the one behind a connection was let in; nil where there was no passphrase.
    let accepted: [Bool?]

    /// What all records seem to be filled up to; nil where nothing looks filled up.
    let paddingMultiple: Int?

    init(_ connections: [ObservedConnection]) {
        paddingMultiple = Self.paddingMultiple(of: connections)
        let episodes = Self.episodes(of: connections)
        var guesses: [Guess] = []
        var seen = [Int](repeating: 0, count: connections.count)
        var gone = Set<Int>()
        for episode in episodes {
            let connection = episode.cause.unit.connection
            guard !gone.contains(connection) else { continue }
            let kind = Self.kind(of: episode, messagesBefore: seen[connection])
            seen[connection] += 1
            if kind == .goodbye { gone.insert(connection) }
            guesses.append(
                Guess(
                    connection: connection,
                    time: episode.cause.unit.time,
                    kind: kind,
                    recordBytes: episode.cause.byteCount,
                    textBytes: kind == .goodbye ? nil : Self.textBytes(of: episode.cause, paddingMultiple),
                    roomSize: Self.roomSize(after: kind, episode),
                    answers: episode.answers
                )
            )
        }
        let all = guesses
        let accepted: [Bool?] = connections.map { connection in
            let first = all.first { $0.connection == connection.index }
            // Who was refused has nothing more to say.
            return first?.kind == .passphrase ? connection.clientData.count > 1 : nil
        }
        self.accepted = accepted
        // The end of a connection that never got in is nobody's goodbye.
        self.guesses = all.filter { $0.kind != .goodbye || accepted[$0.connection] != false }
    }
}

// MARK: The rules

extension Eavesdropper {
    /// The rules in words, as the report prints them.
    static let rules = [
        "length: bytes of the record - 22 (TLS) - 4 (frame header); if all records are filled up to a multiple, "
            + "the middle of what fits",
        "passphrase: a connection's first message, if only its sender gets an answer",
        "let in: the sender of a passphrase sends more afterwards",
        "name: everyone, its sender too, gets a record right after a first or second message",
        "line: everyone but its sender gets a record",
        "command: its sender gets a record",
        "goodbye: the connection says close_notify (a record of 24 bytes) in either direction",
        "room size: how many got a record, and the sender of a line",
    ]

    /// A client's message, or its close_notify, and all that the server sent before the next one.
    private struct Episode {
        let cause: TLSRecord
        /// Data records by the connection that got them.
        var answers: [Int: Int] = [:]
        /// The server said close_notify to the sender.
        var serverSaidGoodbye = false
    }

    private static func episodes(of connections: [ObservedConnection]) -> [Episode] {
        let records = connections.flatMap(\.protectedRecords).sorted { $0.unit.precedes($1.unit) }
        var episodes: [Episode] = []
        for record in records {
            let connection = record.unit.connection
            if record.unit.direction == .toServer {
                // The answer to a goodbye is not another one.
                if let last = episodes.last, last.serverSaidGoodbye, record.isEncryptedAlert,
                    last.cause.unit.connection == connection
                {
                    continue
                }
                episodes.append(Episode(cause: record))
            } else if var episode = episodes.popLast() {
                if !record.isEncryptedAlert {
                    episode.answers[connection, default: 0] += 1
                } else if connection == episode.cause.unit.connection {
                    episode.serverSaidGoodbye = true
                }
                episodes.append(episode)
            }
        }
        return episodes
    }

    private static func kind(of episode: Episode, messagesBefore: Int) -> GuessedKind {
        let sender = episode.cause.unit.connection
        let reachesSender = episode.answers[sender] != nil
        let reachesOthers = episode.answers.keys.contains { $0 != sender }
        if messagesBefore == 0, reachesSender, !reachesOthers { return .passphrase }
        if episode.cause.isEncryptedAlert || episode.serverSaidGoodbye { return .goodbye }
        if messagesBefore < 2, reachesSender { return .name }
        return reachesSender ? .command : .line
    }

    private static func roomSize(after kind: GuessedKind, _ episode: Episode) -> Int? {
        switch kind {
        case .goodbye: episode.answers.keys.count { $0 != episode.cause.unit.connection }
        case .line: episode.answers.count + 1
        case .name: episode.answers.count
        case .command, .passphrase: nil
        }
    }

    // MARK: Lengths

    private static let frameHeaderBytes = 4

    private static func textBytes(of record: TLSRecord, _ multiple: Int?) -> Int {
        let frameBytes = record.plaintextBytes
        guard let multiple else { return frameBytes - frameHeaderBytes }
        let shortest = max(frameBytes - multiple + 1, frameHeaderBytes)
        return (shortest + frameBytes) / 2 - frameHeaderBytes
    }

    /// Passphrases are left out: they are always filled up.
    private static func paddingMultiple(of connections: [ObservedConnection]) -> Int? {
        let sizes = connections.flatMap { $0.clientData.dropFirst().map(\.plaintextBytes) }
        let common = sizes.reduce(0, greatestCommonDivisor)
        return common >= smallestMultiple ? common : nil
    }

    /// Less comes up by chance, and would hide little.
    private static let smallestMultiple = 16

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : greatestCommonDivisor(right, left % right)
    }
}
