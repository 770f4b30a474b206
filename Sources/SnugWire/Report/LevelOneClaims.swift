// SPDX-License-Identifier: Apache-2.0

extension WireReport {
    /// What the comparison says of level 1, checked in this run.
    static func claims(about levelOne: LevelOneFindings, beside levelZero: Findings) -> [Claim] {
        let (plain, search) = (levelOne.plain, levelOne.plain.analysis.search)
        let conversation = levelZero.plain.conversation
        var claims = [
            Claim(
                name: "all three runs carried the conversation of level 0",
                held: !conversation.isEmpty
                    && levelOne.runs.allSatisfy { $0.analysis.conversation == conversation }
            ),
            Claim(
                name: "plain: every planted string is on the wire for anyone to read",
                held: search.found == search.findings.count && search.found > 0
            ),
            Claim(
                name: "plain: a program reads passphrases, names, ids, tokens, lines and who is in the room",
                held: plain.facts.allSatisfy { $0.right == $0.total } && !plain.reading.stays.isEmpty
            ),
        ]
        for run in [levelOne.tls, levelOne.padded] {
            let (analysis, mode) = (run.analysis, run.mode.rawValue)
            claims += [
                Claim(
                    name: "\(mode): no planted string and no token is on the wire",
                    held: analysis.search.found + run.tokens.found == 0 && analysis.byteCount > 0
                        && !run.tokens.findings.isEmpty
                ),
                Claim(
                    name: "\(mode): the same search finds what the hello shows",
                    held: analysis.control.found == analysis.control.findings.count
                ),
                Claim(
                    name: "\(mode): the program that read everything reads nothing",
                    held: run.reading == LevelOneReading(Capture()) && analysis.byteCount > 0
                ),
                Claim(
                    name: "\(mode): right or wrong, every passphrase is one size of record",
                    held: analysis.sizes(of: .passphrase).count == 1
                ),
            ]
        }
        claims += claimsAboutLines(levelOne)
        return claims + levelOne.thefts.map { Claim(name: $0.claim, held: $0.held) }
    }

    /// A chat of commands alone has no lines about which anything could be said.
    private static func claimsAboutLines(_ levelOne: LevelOneFindings) -> [Claim] {
        let lines = levelOne.plain.analysis.linesInJSON
        guard !lines.isEmpty else { return [] }
        var claims = [
            Claim(
                name: "tls: every line's record is longer than its text by the same number of bytes",
                held: Set(levelOne.tls.analysis.linesInJSON.map { $0.messageBytes - $0.textBytes }).count == 1
            ),
            Claim(
                name: "tls and padded: whoever speaks gets a record back, which level 0 does not send",
                held: [levelOne.tls, levelOne.padded].allSatisfy {
                    $0.traffic.toSpeakers.count >= lines.count
                }
            ),
        ]
        if lines.contains(where: { $0.textBytes <= coveredBytesAtLevelOne }) {
            let covered = levelOne.padded.analysis.linesInJSON.filter {
                $0.textBytes <= coveredBytesAtLevelOne
            }
            claims.append(
                Claim(
                    name:
                        "padded: every line up to \(coveredBytesAtLevelOne) bytes goes up in one size of record",
                    held: Set(covered.map(\.messageBytes)).count == 1
                )
            )
        }
        return claims
    }

    /// Lines up to here, as JSON, fit one padded record with what stands around them on the way to the server.
    static let coveredBytesAtLevelOne = 190
}

extension ModeAnalysis {
    /// Who said what, came and went: what both levels have in common.
    fileprivate var conversation: [String] {
        recording.truth.compactMap { event in
            switch event.kind {
            case .asked: nil
            case .said(let text):
                "\(event.connection) \(event.person): "
                    + (recording.level == .zero ? Scenario.spoken(text) : text)
            case .authenticated, .joined, .left: "\(event.connection) \(event.person) \(event.kind)"
            }
        }
    }
}
