// SPDX-License-Identifier: Apache-2.0

/// What really happened, in the terms in which an ``Eavesdropper`` guesses.
struct Truth: Equatable, Sendable {
    struct Item: Equatable, Sendable {
        /// Index in ``RunRecording/truth``.
        let event: Int
        let connection: Int
        let kind: Eavesdropper.GuessedKind
        let textBytes: Int?
        let roomSize: Int?
        let accepted: Bool?
    }

    let items: [Item]

    init(_ events: [TrueEvent]) {
        var items: [Item] = []
        var members = Set<Int>()
        for (index, event) in events.enumerated() {
            let kind = event.guessedKind
            switch kind {
            case .name: members.insert(event.connection)
            case .goodbye:
                // Typing /quit and being gone are one goodbye, and who never came in cannot leave.
                guard members.remove(event.connection) != nil else { continue }
            case .command, .line, .passphrase: break
            }
            let tellsSize = kind == .name || kind == .line || kind == .goodbye
            items.append(
                Item(
                    event: index,
                    connection: event.connection,
                    kind: kind,
                    textBytes: event.textBytes,
                    roomSize: tellsSize ? members.count : nil,
                    accepted: event.accepted
                )
            )
        }
        self.items = items
    }
}

extension TrueEvent {
    fileprivate var guessedKind: Eavesdropper.GuessedKind {
        switch kind {
        case .authenticated: .passphrase
        case .joined: .name
        case .said: .line
        case .asked(let command): command.lowercased() == "/quit" ? .goodbye : .command
        case .left: .goodbye
        }
    }

    fileprivate var textBytes: Int? {
        switch kind {
        case .authenticated(let passphraseBytes, _): passphraseBytes
        case .joined: person.utf8.count
        case .said(let text): text.utf8.count
        case .asked(let command): command.utf8.count
        case .left: nil
        }
    }

    fileprivate var accepted: Bool? {
        guard case .authenticated(_, let accepted) = kind else { return nil }
        return accepted
    }
}
