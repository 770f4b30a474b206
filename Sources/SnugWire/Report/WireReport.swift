// SPDX-License-Identifier: Apache-2.0

/// What all runs and attacks of one comparison came to.
public struct WireReport: Sendable {
    private let recordings: [RunRecording]
    private let attacks: [AttackOutcome]
    private let live: LiveCheck?
    private let scenario: Scenario

    /// Looks at everything that was recorded.
    public init(
        recordings: [RunRecording],
        attacks: [AttackOutcome],
        live: LiveCheck?,
        scenario: Scenario
    ) {
        self.recordings = recordings
        self.attacks = attacks
        self.live = live
        self.scenario = scenario
    }

    /// Whether everything that the comparison sets out to show was so.
    public var allClaimsHeld: Bool {
        attacks.allSatisfy(\.held) && live?.matched ?? true && recordings.count == WireMode.allCases.count
    }

    /// For a terminal.
    public func terminalText(colour: Bool) -> String {
        let rows = attacks.map { "\($0.name): plain: \($0.plain); TLS: \($0.tls)" }
        let runs = recordings.map { "\($0.mode.rawValue): \($0.capture.segments.count) pieces" }
        return (runs + rows + (live.map { [$0.description] } ?? [])).joined(separator: "\n")
    }

    /// One page.
    public func html() -> String { "<!doctype html><title>Snug on the wire</title>" }

    /// For programs.
    public func json() -> String { "{\"claims\":\(attacks.count),\"planted\":\(scenario.planted.count)}" }
}
