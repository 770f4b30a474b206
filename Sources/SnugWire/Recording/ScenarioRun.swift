// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProtocol
internal import SnugRooms
public import SnugSystem

/// One performance of a scenario by real clients and a real server, recorded from the middle of the wire.
public struct ScenarioRun {
    private let scenario: Scenario
    private let mode: WireMode
    private let level: WireLevel
    private let keepsKeys: Bool
    private let sniffer: LoopbackSniffer?

    /// People's turns follow each other at once.
    var testOnlyWithoutPauses = false

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - level: which protocol the people speak.
    ///   - keepsKeys: the sessions' keys go into the recording, and whoever has them can read all of it.
    ///   - sniffer: is shown the port that the clients connect to, before any of them does.
    public init(
        _ scenario: Scenario,
        mode: WireMode,
        level: WireLevel = .zero,
        keepsKeys: Bool = false,
        sniffer: LoopbackSniffer? = nil
    ) {
        self.scenario = scenario
        self.mode = mode
        self.level = level
        self.keepsKeys = keepsKeys
        self.sniffer = sniffer
    }

    /// Plays the scenario step by step: nobody goes on before everyone saw what there was to see.
    public func record() throws(WireError) -> RunRecording {
        let keys = Lock<[UInt8]>([])
        var setup = Lab.Setup(mode: mode, passphrase: scenario.passphrase, identity: try LabIdentity())
        if keepsKeys {
            setup.keyLog = { line in keys.withLock { $0 += Array("\(line)\n".utf8) } }
        }
        let startedAt = UnixTime.now
        var recording = try Lab.run(setup) { (lab) throws(WireError) in
            do throws(SystemError) { try sniffer?.watch(port: lab.port) } catch { throw .system(error) }
            let pauses = PauseGenerator(isOff: testOnlyWithoutPauses)
            switch level {
            case .zero:
                let performance = Performance(scenario, in: lab, isPlain: mode == .plain, pauses: pauses)
                try performance.play()
                return RunRecording(mode: mode, capture: lab.tap.capture, truth: performance.truth)
            case .one:
                let performance = LevelOnePerformance(scenario, in: lab, pauses: pauses)
                try performance.play()
                var recording = RunRecording(
                    mode: mode,
                    capture: lab.tap.capture,
                    truth: performance.truth
                )
                recording.levelOne = performance.facts
                return recording
            }
        }
        recording.keyLog = keys.withLock { $0 }
        recording.startedAt = startedAt
        return recording
    }
}

/// The people of one run and what they did.
private final class Performance {
    private let scenario: Scenario
    private let lab: Lab
    private let isPlain: Bool
    private var pauses: PauseGenerator
    /// Everyone in the room, in the order of entry.
    private var present: [Person] = []
    private var events: [TrueEvent] = []

    init(_ scenario: Scenario, in lab: Lab, isPlain: Bool, pauses: PauseGenerator) {
        self.scenario = scenario
        self.lab = lab
        self.isPlain = isPlain
        self.pauses = pauses
    }

    /// What happened, in the order of time.
    var truth: [TrueEvent] { events.sorted { $0.time < $1.time } }

    func play() throws(WireError) {
        for name in scenario.people { try enter(name) }
        for step in scenario.steps {
            pauses.pause()
            switch step.action {
            case .ask(let command): try ask(command, step.person)
            case .guess(let passphrase): try guess(passphrase, step.person)
            case .leave: try leave(step.person) { $0.type("/quit") }
            case .say(let text): try say(text, step.person)
            }
        }
        while let last = present.last { try leave(last.name) { $0.leave() } }
    }

    // MARK: Steps

    private func enter(_ name: String) throws(WireError) {
        pauses.pause()
        let before = present.map { (person: $0, seen: $0.seen.count) }
        let person = try lab.enter(name)
        present.append(person)
        let notice = "* \(name) joined the chat *"
        try lab.wait(until: person, hasSeen: notice)
        if isPlain { try lab.wait(until: person, hasSeen: LevelZero.text(for: .plainTransport)) }
        for (other, seen) in before { try lab.wait(until: other, hasSeen: notice, behind: seen) }
        noteAuthentication(of: person, with: scenario.passphrase, accepted: true)
        if let time = person.joinedAt { note(person, .joined, at: time) }
    }

    private func say(_ text: String, _ name: String) throws(WireError) {
        guard let speaker = present.first(where: { $0.name == name }),
            let line = ChatLine(Scenario.spoken(text))
        else { return }
        let others = present.filter { $0.name != name }.map { (person: $0, seen: $0.seen.count) }
        let pieces = lab.piecesSent(by: speaker)
        note(speaker, .said(text), at: .now)
        speaker.type(text)
        // Where nobody listens, the next line could else share a record with this one.
        try lab.wait(until: speaker, hasSentMoreThan: pieces)
        for (other, seen) in others {
            try lab.wait(until: other, hasSeen: "\(name): \(line.text)", behind: seen)
        }
    }

    private func ask(_ command: Scenario.Command, _ name: String) throws(WireError) {
        guard let person = present.first(where: { $0.name == name }) else { return }
        let seen = person.seen.count
        note(person, .asked(command: command.rawValue), at: .now)
        person.type(command.rawValue)
        let answer =
            switch command {
            case .help: LevelZero.help(isOperator: false)
            case .who: LevelZero.text(for: .online(present.compactMap { NameRequest($0.name).name }))
            }
        try lab.wait(until: person, hasSeen: answer, behind: seen)
    }

    private func guess(_ passphrase: String, _ name: String) throws(WireError) {
        let stranger = try lab.enter(name, passphrase: passphrase)
        let outcome = try lab.waitUntilGone(stranger)
        guard outcome == .personFailed(name: name, .wrongPassphrase(weSentOne: true)) else {
            throw outcome ?? .nothingHappened(awaited: "that a wrong passphrase is refused")
        }
        noteAuthentication(of: stranger, with: passphrase, accepted: false)
    }

    private func leave(_ name: String, _ goodbye: (Person) -> Void) throws(WireError) {
        guard let index = present.firstIndex(where: { $0.name == name }) else { return }
        let person = present.remove(at: index)
        let others = present.map { (person: $0, seen: $0.seen.count) }
        note(person, .left, at: .now)
        goodbye(person)
        for (other, seen) in others {
            try lab.wait(until: other, hasSeen: "* \(name) left *", behind: seen)
        }
        if let error = try lab.waitUntilGone(person) { throw error }
    }

    // MARK: Truth

    private func noteAuthentication(of person: Person, with passphrase: String, accepted: Bool) {
        guard let time = person.authenticatedAt else { return }
        let bytes = passphrase.utf8.count
        note(person, .authenticated(passphraseBytes: bytes, accepted: accepted), at: time)
    }

    private func note(_ person: Person, _ kind: TrueEvent.Kind, at time: MonotonicTime) {
        events.append(
            TrueEvent(
                time: lab.start.duration(to: time),
                connection: person.connection,
                person: person.name,
                kind: kind
            )
        )
    }
}

/// The same short pauses in every run, so that people's turns stand apart in a picture of it.
struct PauseGenerator {
    private let isOff: Bool
    private var state: UInt64 = 1

    /// - Parameter isOff: there are no pauses at all.
    init(isOff: Bool) { self.isOff = isOff }

    /// Waits for 4 to 19 ms.
    mutating func pause() {
        guard !isOff else { return }
        // A linear congruential generator (Knuth, MMIX): good enough to look irregular.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let deadline = MonotonicTime.now + .milliseconds(4 + Int(state >> 60))
        var nothing: [Polling.Entry] = []
        while MonotonicTime.now < deadline { Polling.wait(for: &nothing, until: deadline) }
    }
}
