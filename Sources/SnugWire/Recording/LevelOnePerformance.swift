// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem

/// The people of one run at level 1 and what they did.
///
/// `/help` is nothing that crosses the wire at this level, so it is left out.
final class LevelOnePerformance {
    private let scenario: Scenario
    private let lab: Lab
    private var pauses: PauseGenerator
    /// Everyone in the room, in the order of entry.
    private var present: [LevelOneClient] = []
    private var events: [TrueEvent] = []

    /// What the clients were told.
    private(set) var facts = LevelOneTruth()

    init(_ scenario: Scenario, in lab: Lab, pauses: PauseGenerator) {
        self.scenario = scenario
        self.lab = lab
        self.pauses = pauses
    }

    /// What happened, in the order of time.
    var truth: [TrueEvent] { events.sorted { $0.time < $1.time } }

    func play() throws(WireError) {
        for name in scenario.people { try enter(name) }
        for step in scenario.steps {
            pauses.pause()
            switch step.action {
            case .ask(.help): break
            case .ask(.who): try askWho(step.person)
            case .guess(let passphrase): try guess(passphrase, step.person)
            case .leave: try leave(step.person)
            case .say(let text): try say(Scenario.spoken(text), step.person)
            }
        }
        while let last = present.last { try leave(last.name) }
    }

    // MARK: Steps

    private func enter(_ name: String) throws(WireError) {
        pauses.pause()
        let client = try lab.connect(name)
        let passphrase = scenario.passphrase
        let time = try lab.authenticate(client, with: passphrase)
        note(client, .authenticated(passphraseBytes: passphrase.utf8.count, accepted: true), time)
        note(client, .joined, try lab.enter(client, beside: present))
        present.append(client)
        guard let entered = client.entered else { return }
        facts.stays.append(
            LevelOneTruth.Stay(
                connection: client.connection,
                id: entered.you.id,
                name: entered.you.name,
                token: entered.token
            )
        )
    }

    private func say(_ text: String, _ name: String) throws(WireError) {
        guard let speaker = present.first(where: { $0.name == name }) else { return }
        note(speaker, .said(text), .now)
        facts.sequences.append(
            try lab.say(text, speaker, beside: present.filter { $0 !== speaker })
        )
    }

    private func askWho(_ name: String) throws(WireError) {
        guard let client = present.first(where: { $0.name == name }) else { return }
        let reference = client.nextReference()
        note(client, .asked(command: Scenario.Command.who.rawValue), .now)
        try client.send(.who(room: LevelOneClient.room), ref: reference)
        try lab.wait(for: "who is there", among: present) {
            client.hasReceived { $0.ref == reference }
        }
    }

    private func guess(_ passphrase: String, _ name: String) throws(WireError) {
        let stranger = try lab.connect(name)
        try lab.wait(for: "the server's hello", among: [stranger]) { stranger.epoch != nil }
        note(stranger, .authenticated(passphraseBytes: passphrase.utf8.count, accepted: false), .now)
        try stranger.send(passphrase: passphrase)
        try lab.wait(for: "that a wrong passphrase is refused", among: present, leaving: stranger) {
            stranger.refusal?.code.known == .wrongPassphrase && stranger.hasEnded
        }
        try lab.close(stranger)
    }

    private func leave(_ name: String) throws(WireError) {
        guard let index = present.firstIndex(where: { $0.name == name }) else { return }
        let client = present.remove(at: index)
        note(client, .left, .now)
        try client.send(.quit)
        let id = client.entered?.you.id ?? ""
        try lab.wait(for: "that \(name) leaves", among: present, leaving: client) {
            client.hasEnded && present.allSatisfy { $0.events.contains { $0.isLeaving(id) } }
        }
        try lab.close(client)
    }

    private func note(_ client: LevelOneClient, _ kind: TrueEvent.Kind, _ time: MonotonicTime) {
        events.append(
            TrueEvent(
                time: lab.start.duration(to: time),
                connection: client.connection,
                person: client.name,
                kind: kind
            )
        )
    }
}
