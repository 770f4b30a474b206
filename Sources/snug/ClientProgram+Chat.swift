// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProgram
internal import SnugProtocol
internal import SnugSystem
internal import SnugTransport

/// One chat, at the level that the server speaks.
extension ClientProgram {
    /// The protocols to offer: somebody at a terminal gets all that a server has, and a filter the lesson's lines.
    var protocols: [String] {
        isForPeople ? ClientConfiguration.levelOneProtocols : ClientConfiguration.applicationProtocols
    }

    private var isForPeople: Bool {
        !options.plain && options.level == 1 && hasTerminal
    }

    var hasTerminal: Bool { TerminalFacts.isTerminal(0) && TerminalFacts.isTerminal(1) }

    func chat(
        _ configuration: ClientConfiguration,
        in rooms: [String],
        _ passphrase: consuming Passphrase?,
        isFirst: Bool,
        hasKey: Bool
    ) throws(ClientError) {
        let opened = try configuration.open()
        if isFirst { announce(opened.facts, hasKey: hasKey) }
        let hasQuit =
            opened.speaksLevelOne || options.control != nil
            ? try chatAtLevelOne(configuration, in: rooms, opened, passphrase)
            : try chatAtLevelZero(configuration, opened, passphrase)
        if hasQuit { standardError("goodbye") }
    }

    private func chatAtLevelZero(
        _ configuration: ClientConfiguration,
        _ opened: OpenedConnection,
        _ passphrase: consuming Passphrase?
    ) throws(ClientError) -> Bool {
        let session = ChatSession(configuration, over: opened)
        do throws(ClientError) {
            try session.authenticate(passphrase)
            try session.chat(draws: !options.plainOutput)
        } catch {
            list(session.doubtfulLines, unsent: session.unsentLines)
            throw error
        }
        return session.hasQuit
    }

    private func chatAtLevelOne(
        _ configuration: ClientConfiguration,
        in rooms: [String],
        _ opened: OpenedConnection,
        _ passphrase: consuming Passphrase?
    ) throws(ClientError) -> Bool {
        // The server may prove itself by another certificate when we come back, and its owner's key is what people compare.
        let seen = Lock(SeenFacts(opened.facts))
        var configuration = configuration
        configuration.noteVerified = { [noteVerified = configuration.noteVerified] facts in
            noteVerified(facts)
            seen.withLock { $0.note(facts) }
        }
        let mark = String(UInt64.random(in: 0...(.max)), radix: 36)
        let session = LevelOneSession(
            configuration,
            over: opened,
            passphrase: passphrase,
            state: LevelOneState(
                name: configuration.name,
                rooms: rooms,
                client: "snug \(programVersion)",
                mark: mark,
                manner: .person
            )
        )
        var outcome = LevelOneSession.Outcome()
        defer { list(session.doubtfulLines, unsent: session.unsentLines + outcome.unsentLines) }
        var shown = ConversationOptions(name: configuration.name, mark: mark)
        shown.room = rooms.first
        shown.time = options.time
        shown.bell = options.bell
        shown.style = options.plainOutput || !OwnTerminal.canDraw ? .plainSentences : .marks
        let settings = configuration
        try session.chat(
            shown,
            describeConnection: { card(of: settings, seen.withLock { $0 }, $0).lines(at: .now) },
            &outcome
        )
        return outcome.hasQuit
    }

    /// Says which of our own lines may be missing, and which are.
    private func list(_ doubtful: DoubtfulLines, unsent: [String]) {
        guard doubtful.count > 0 || !unsent.isEmpty else { return }
        // Whoever has read that they are connected types for the room, and not for the shell.
        Keyboard.discardInput(of: 0, untilQuietFor: .milliseconds(100))
        if doubtful.count > 0 {
            let isAll = doubtful.last.count == doubtful.count
            standardError(
                (isAll ? "these lines" : "\(doubtful.count) lines, of which these are the last,")
                    + " may not have arrived:"
            )
            for line in doubtful.last { standardError("  \(line)") }
        }
        if !unsent.isEmpty { standardError(["this was not sent:"] + unsent.map { "  \($0)" }) }
    }

    private func card(
        of configuration: ClientConfiguration,
        _ seen: SeenFacts,
        _ hello: ServerMessage.Hello?
    ) -> SecurityCard {
        var card = SecurityCard(
            facts: seen.latest,
            server: configuration.server,
            knownPins: configuration.trust?.knownPins ?? [],
            formerPin: seen.formerPin,
            paddingMultiple: configuration.paddingMultiple,
            level: 1,
            history: hello?.history,
            hasPassphrase: hello?.needsPassphrase ?? false
        )
        card.isControlSocket = options.control != nil
        return card
    }
}
