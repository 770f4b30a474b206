// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol

/// What a program without any secret reads out of a capture: everything at level 1 without TLS, nothing with it.
///
/// It takes frames for what they say they are, and asks nobody else.
struct LevelOneReading: Equatable, Sendable {
    /// A connection, and what was read off it.
    struct Stay: Equatable, Sendable {
        let connection: Int
        var passphrase: String?
        var id: String?
        var name: String?
        /// What resumes the stay.
        var token: String?
        /// What the server calls its numbers' validity; belongs to the token.
        var epoch: String?
    }

    /// A line, as everybody in its room got it.
    struct Line: Equatable, Sendable {
        let sequence: UInt64
        /// Milliseconds since 1970.
        let time: UInt64
        let room: String
        let speakerID: String
        let speaker: String
        let text: String
    }

    /// Somebody came or went.
    struct Movement: Equatable, Sendable {
        let sequence: UInt64
        let name: String
        let hasCome: Bool
    }

    /// In the order of the connections.
    private(set) var stays: [Stay] = []

    /// In the order of their numbers, each once.
    private(set) var lines: [Line] = []

    /// In the order of their numbers, each once.
    private(set) var movements: [Movement] = []

    init(_ capture: Capture) {
        var lines: [UInt64: Line] = [:]
        var movements: [UInt64: Movement] = [:]
        for connection in capture.connections.indices {
            let fromClient = TimedStream(capture, connection, .toServer)
            guard fromClient.beginsLevelOne else { continue }
            var stay = Stay(connection: connection)
            var needsPassphrase = false
            let fromServer = TimedStream(capture, connection, .toClient)
            for unit in fromServer.frames {
                // Whoever listens cannot ask back: what is no message is left out.
                guard let message = try? ServerMessage(payload: fromServer.payload(of: unit)) else {
                    continue
                }
                switch message.kind {
                case .hello(let hello):
                    stay.epoch = hello.epoch
                    needsPassphrase = hello.needsPassphrase
                case .entered(let entered):
                    stay.id = entered.you.id
                    stay.name = entered.you.name
                    stay.token = entered.token
                case .event(let event):
                    if let line = Line(event) { lines[event.sequence] = line }
                    if let movement = Movement(event) { movements[event.sequence] = movement }
                default: break
                }
            }
            if needsPassphrase, let first = fromClient.frames.first {
                stay.passphrase = String(decoding: fromClient.payload(of: first), as: UTF8.self)
            }
            stays.append(stay)
        }
        self.lines = lines.sorted { $0.key < $1.key }.map(\.value)
        self.movements = movements.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Who was in the room when the event with this number had happened, in the order of coming.
    func present(after sequence: UInt64) -> [String] {
        movements.prefix { $0.sequence <= sequence }.reduce(into: []) { names, movement in
            names.removeAll { $0 == movement.name }
            if movement.hasCome { names.append(movement.name) }
        }
    }
}

extension LevelOneReading.Line {
    fileprivate init?(_ event: ServerMessage.Event) {
        guard case .said(let person, let text, _) = event.kind else { return nil }
        self.init(
            sequence: event.sequence,
            time: event.time,
            room: event.room,
            speakerID: person.id,
            speaker: person.name,
            text: text
        )
    }
}

extension LevelOneReading.Movement {
    fileprivate init?(_ event: ServerMessage.Event) {
        switch event.kind {
        case .joined(let person): self.init(sequence: event.sequence, name: person.name, hasCome: true)
        case .left(let person, _): self.init(sequence: event.sequence, name: person.name, hasCome: false)
        default: return nil
        }
    }
}
