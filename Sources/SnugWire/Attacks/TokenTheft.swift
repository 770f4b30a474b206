// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProtocol
internal import SnugTransport

/// What somebody came to who wanted to go on with another person's stay at level 1.
public struct TokenTheft: Equatable, Sendable {
    /// How the thief went about it, one sentence.
    public var attempt: String

    /// What came of it, one sentence, from what was observed.
    public var outcome: String

    /// Whether the stay was the thief's afterwards.
    public var isTakenOver: Bool

    /// What the comparison says of it, in the words of a claim.
    public var claim: String

    /// Whether it was observed so.
    public var held: Bool
}

extension TokenTheft {
    /// Tries it in every way, each against a real server and real clients.
    public static func outcomes() throws(WireError) -> [TokenTheft] {
        [try fromPlainCapture(), try fromTLSCapture(), try leakedElsewhere(), try leakedElsewhereWithKey()]
    }

    private static let victimName = "aisha"
    private static let witnessName = "benjamin"
    private static let line = "please pay 10 for the tickets"
    private static let secret = "the door code is 2580#"

    static func fromPlainCapture() throws(WireError) -> TokenTheft {
        try theft(
            .plain,
            "the thief read passphrase and token in the capture of the plain transport, and came in with them",
            claim: "plain: a token out of the capture takes a stay over",
            isTakenOver: true
        ) { scene in scene.reading }
    }

    static func fromTLSCapture() throws(WireError) -> TokenTheft {
        var tokens = 0
        var theft = try theft(
            .tls,
            "the thief knew the passphrase, found no token in the capture of TLS, and made one up",
            claim: "tls: no token can be read, and one that is made up takes nothing over",
            isTakenOver: false
        ) { scene in
            tokens = scene.reading.token == nil && !scene.showsToken ? 0 : 1
            // As long as a real one, and of the same characters.
            return Loot(
                passphrase: Scenario.labPassphrase,
                token: String(scene.token.reversed()),
                epoch: scene.epoch
            )
        }
        theft.held = theft.held && tokens == 0
        return theft
    }

    static func leakedElsewhere() throws(WireError) -> TokenTheft {
        try theft(
            .tls,
            "the thief was given passphrase and token by the victim's own machine, and came in over TLS",
            claim: "tls: a token that leaks at one end takes a stay without a key over",
            isTakenOver: true
        ) { scene in scene.leaked }
    }

    static func leakedElsewhereWithKey() throws(WireError) -> TokenTheft {
        let key: ClientKey
        do throws(GnuTLSFailure) { key = try ClientKey.random() } catch {
            throw .certificatesNotUsable(.library(error))
        }
        return try theft(
            .tls,
            clientKey: key,
            "the same, and the victim had proved a key (snug identity) on entering",
            claim: "tls: a stay that was entered with a key is not taken over by its token",
            isTakenOver: false
        ) { scene in scene.leaked }
    }

    // MARK: The scene of the crime

    /// What a thief comes with.
    private struct Loot {
        let passphrase: String?
        let token: String?
        let epoch: String?
    }

    /// The victim's stay, as its own client knows it, and what can be read of it on the wire.
    private struct Scene {
        let token: String
        let epoch: String
        let reading: Loot
        /// The capture holds the token's bytes.
        let showsToken: Bool

        var leaked: Loot { Loot(passphrase: Scenario.labPassphrase, token: token, epoch: epoch) }
    }

    private static func theft(
        _ mode: WireMode,
        clientKey: ClientKey? = nil,
        _ attempt: String,
        claim: String,
        isTakenOver expected: Bool,
        steal: (Scene) -> Loot
    ) throws(WireError) -> TokenTheft {
        let setup = Lab.Setup(mode: mode, passphrase: Scenario.labPassphrase, identity: try LabIdentity())
        let aftermath = try Lab.run(setup) { (lab) throws(WireError) in
            let victim = try lab.connect(victimName, clientKey: clientKey)
            _ = try lab.authenticate(victim, with: setup.passphrase)
            _ = try lab.enter(victim, beside: [])
            let witness = try lab.connect(witnessName)
            _ = try lab.authenticate(witness, with: setup.passphrase)
            _ = try lab.enter(witness, beside: [victim])
            let loot = steal(scene(of: victim, lab.tap.capture))
            return try Aftermath(lab, victim, witness, loot)
        }
        return TokenTheft(
            attempt: attempt,
            outcome: aftermath.sentence,
            isTakenOver: aftermath.isTakenOver,
            claim: claim,
            held: aftermath.isTakenOver == expected
        )
    }

    private static func scene(of victim: LevelOneClient, _ capture: Capture) -> Scene {
        let token = victim.entered?.token ?? ""
        let stay = LevelOneReading(capture).stays.first { $0.name == victimName }
        return Scene(
            token: token,
            epoch: victim.epoch ?? "",
            reading: Loot(passphrase: stay?.passphrase, token: stay?.token, epoch: stay?.epoch),
            showsToken: SecretSearch(for: [token], in: capture.streams, at: .one).found > 0
        )
    }

    /// What everybody saw once the thief had come in.
    private struct Aftermath {
        private let thiefName: String
        private let hasVictimsID: Bool
        private let victimWasSentAway: Bool
        private let thiefGotTheSecret: Bool
        private let witnessWasTold: Bool
        private let shownSpeaker: String

        /// Lets the thief in, who says a line; then the witness says something to the victim alone.
        init(_ lab: Lab, _ victim: LevelOneClient, _ witness: LevelOneClient, _ loot: Loot) throws(WireError)
        {
            let toldBefore = witness.events.count
            let thief = try lab.connect(victimName)
            _ = try lab.authenticate(thief, with: loot.passphrase ?? "")
            let resume = loot.token.map { token in
                ClientMessage.Resume(token: token, epoch: loot.epoch ?? "", seen: [])
            }
            _ = try lab.enter(thief, resume: resume, beside: [witness], victim: victim)
            let place = try lab.say(line, thief, beside: [witness])
            shownSpeaker = witness.events.first { $0.sequence == place }?.speaker ?? ""
            try witness.send(.direct(to: victimName, text: secret))
            try lab.wait(for: "a line for \(victimName) alone", among: [thief, witness], leaving: victim) {
                [thief, victim].contains { $0.hasReceived(\.isDirect) }
                    && (thief.entered?.isResumed == false || victim.hasReceived(\.saysReplaced))
            }
            witnessWasTold = witness.events.dropFirst(toldBefore).contains { $0.speaker == nil }
            thiefName = thief.entered?.you.name ?? ""
            hasVictimsID = thief.entered?.you.id == victim.entered?.you.id
            victimWasSentAway = victim.hasReceived(\.saysReplaced)
            thiefGotTheSecret = thief.hasReceived(\.isDirect)
        }

        var isTakenOver: Bool { hasVictimsID && victimWasSentAway && thiefGotTheSecret && !witnessWasTold }

        var sentence: String {
            guard hasVictimsID else {
                return
                    "the thief came in as \(thiefName), a newcomer whom everybody saw coming; what was said to "
                    + "\(victimName) alone came to \(thiefGotTheSecret ? "the thief" : victimName)"
            }
            return "the thief went on as \(thiefName), under the same id: \(witnessName) was told "
                + "\(witnessWasTold ? "of it" : "nothing"), saw the thief's line as \(shownSpeaker)'s, and what was "
                + "said to \(victimName) alone came to \(thiefGotTheSecret ? "the thief" : victimName); "
                + "\(victimName)'s own client was \(victimWasSentAway ? "sent away" : "left where it was")"
        }
    }
}

extension ServerMessage {
    fileprivate var isDirect: Bool {
        if case .direct = kind { true } else { false }
    }

    fileprivate var saysReplaced: Bool {
        if case .bye(let reason, _) = kind { reason.known == .replaced } else { false }
    }
}

extension ServerMessage.Event {
    fileprivate var speaker: String? {
        if case .said(let person, _, _) = kind { person.name } else { nil }
    }
}
