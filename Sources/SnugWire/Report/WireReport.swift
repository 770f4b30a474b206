// SPDX-License-Identifier: Apache-2.0

/// What an eavesdropper sees of one chat without TLS, with it, and with padding on top, told in three ways.
public struct WireReport: Sendable {
    let findings: Findings
    let claims: [Claim]

    /// Analyses the runs; a run that is missing counts as one in which nothing was seen, so no claim about it holds.
    ///
    /// - Parameters:
    ///   - recordings: one for each ``WireMode``.
    ///   - attacks: what attacks on the wire came to.
    ///   - live: the comparison with a capture on the network interface, where one was made.
    ///   - scenario: what was said in each run.
    public init(
        recordings: [RunRecording],
        attacks: [AttackOutcome],
        live: LiveCheck?,
        scenario: Scenario
    ) {
        self.init(
            Findings(
                recordings,
                planted: scenario.planted,
                people: scenario.people,
                attacks: attacks,
                live: live
            )
        )
    }

    init(_ findings: Findings) {
        self.findings = findings
        claims = Self.claims(about: findings)
    }

    /// Whether this run bears out all that the report says.
    public var allClaimsHeld: Bool { claims.allSatisfy(\.held) }

    /// For a terminal, 80 columns wide.
    ///
    /// - Parameter colour: mark what was found by reverse video rather than brackets.
    public func terminalText(colour: Bool) -> String {
        TerminalReport(findings, claims, colour: colour).text
    }

    /// A web page that needs nothing but itself.
    public func html() -> String {
        HTMLReport(findings, claims).page
    }

    /// All figures, for programs.
    public func json() -> String {
        JSONReport.value(findings, claims).text + "\n"
    }
}

/// Everything that the three reports tell, computed once.
struct Findings: Sendable {
    let planted: [String]
    let people: [String]
    let plain: ModeAnalysis
    let tls: ModeAnalysis
    let padded: ModeAnalysis
    let rows: [EventRow]
    let leaks: [Leak]
    let scoreboard: Scoreboard
    let price: PaddingPrice
    let attacks: [AttackOutcome]
    let live: LiveCheck?

    init(
        _ recordings: [RunRecording],
        planted: [String],
        people: [String],
        attacks: [AttackOutcome],
        live: LiveCheck?
    ) {
        func analysis(_ mode: WireMode) -> ModeAnalysis {
            let recording = recordings.first { $0.mode == mode }
            return ModeAnalysis(
                recording ?? RunRecording(mode: mode, capture: Capture(), truth: []),
                planted: planted
            )
        }
        plain = analysis(.plain)
        tls = analysis(.tls)
        padded = analysis(.padded)
        rows = EventRow.all(plain, tls, padded)
        leaks = Leak.all(tls: tls, padded: padded)
        scoreboard = Scoreboard(tls: tls.game, padded: padded.game)
        price = PaddingPrice(tls: tls, padded: padded)
        self.attacks = attacks
        self.live = live
        self.planted = planted
        self.people = people
    }

    var modes: [ModeAnalysis] { [plain, tls, padded] }
}
