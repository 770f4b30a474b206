// SPDX-License-Identifier: Apache-2.0

/// What an eavesdropper sees of one chat without TLS, with it, and with padding on top, told in three ways.
public struct WireReport: Sendable {
    let findings: Findings
    let claims: [Claim]
    /// Of level 1; empty where that was not played.
    let levelOneClaims: [Claim]
    private let origin: ReportOrigin?

    /// Analyses the runs; a run that is missing counts as one in which nothing was seen, so no claim about it holds.
    ///
    /// - Parameters:
    ///   - recordings: one for each ``WireMode``.
    ///   - attacks: what attacks on the wire came to.
    ///   - live: the comparison with a capture on the network interface, where one was made.
    ///   - scenario: what was said in each run.
    ///   - levelOne: the same chat at level 1, where it was played.
    ///   - origin: when and with what; nil where nobody is to be told.
    public init(
        recordings: [RunRecording],
        attacks: [AttackOutcome],
        live: LiveCheck?,
        scenario: Scenario,
        levelOne: LevelOneEvidence? = nil,
        origin: ReportOrigin? = nil
    ) {
        self.init(
            Findings(
                recordings,
                planted: scenario.planted,
                people: scenario.people,
                attacks: attacks,
                live: live,
                levelOne: levelOne
            ),
            origin
        )
    }

    init(_ findings: Findings, _ origin: ReportOrigin? = nil) {
        self.findings = findings
        self.origin = origin
        claims = Self.claims(about: findings)
        levelOneClaims = findings.levelOne.map { Self.claims(about: $0, beside: findings) } ?? []
    }

    /// Whether this run bears out all that the report says.
    public var allClaimsHeld: Bool { (claims + levelOneClaims).allSatisfy(\.held) }

    /// All of it for a terminal, 80 columns wide.
    ///
    /// - Parameter colour: mark what was found by reverse video rather than brackets.
    public func terminalText(colour: Bool) -> String {
        TerminalReport(findings, claims, levelOneClaims, colour: colour).text
    }

    /// The gist of it for a terminal, in twelve lines, or more if a claim did not hold.
    ///
    /// - Parameter folder: where the captures are, as a word for a shell.
    public func terminalSummary(folder: String) -> String {
        TerminalSummary(
            report: TerminalReport(findings, claims, levelOneClaims, colour: false),
            findings: findings,
            claims: claims,
            levelOneClaims: levelOneClaims,
            folder: folder
        ).text
    }

    /// A web page that needs nothing but itself.
    public func html() -> String {
        HTMLReport(findings, claims, levelOneClaims, origin).page
    }

    /// All figures, for programs.
    public func json() -> String {
        JSONReport.value(findings, claims, levelOneClaims, origin).text + "\n"
    }
}

/// What was recorded of a chat at level 1, and what came of trying to take over a stay there.
public struct LevelOneEvidence: Sendable {
    let recordings: [RunRecording]
    let thefts: [TokenTheft]

    /// - Parameter recordings: one for each ``WireMode``, of the same scenario as those at level 0.
    public init(recordings: [RunRecording], thefts: [TokenTheft]) {
        self.recordings = recordings
        self.thefts = thefts
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
    let levelOne: LevelOneFindings?

    init(
        _ recordings: [RunRecording],
        planted: [String],
        people: [String],
        attacks: [AttackOutcome],
        live: LiveCheck?,
        levelOne: LevelOneEvidence? = nil
    ) {
        plain = ModeAnalysis(.plain, in: recordings, planted: planted)
        tls = ModeAnalysis(.tls, in: recordings, planted: planted)
        padded = ModeAnalysis(.padded, in: recordings, planted: planted)
        rows = EventRow.all(plain, tls, padded)
        leaks = Leak.all(tls: tls, padded: padded)
        scoreboard = Scoreboard(tls: tls.game, padded: padded.game)
        price = PaddingPrice(tls: tls, padded: padded)
        let levelZero = (plain, tls, padded)
        self.levelOne = levelOne.map { LevelOneFindings($0, planted: planted, beside: levelZero) }
        self.attacks = attacks
        self.live = live
        self.planted = planted
        self.people = people
    }

    var modes: [ModeAnalysis] { [plain, tls, padded] }
}
