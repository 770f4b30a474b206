// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming

/// Something that the comparison says, and whether this run bears it out.
struct Claim: Equatable, Sendable {
    let name: String
    let held: Bool
}

extension WireReport {
    static func claims(about findings: Findings) -> [Claim] {
        let (plain, tls, padded) = (findings.plain, findings.tls, findings.padded)
        var claims = [
            Claim(
                name: "all three runs carried the same conversation",
                held: plain.story == tls.story && tls.story == padded.story && !plain.story.isEmpty
            ),
            Claim(
                name: "plain: every planted string is on the wire for anyone to read",
                held: plain.search.found == plain.search.findings.count && plain.search.found > 0
            ),
        ]
        for analysis in [tls, padded] {
            claims += [
                Claim(
                    name: "\(analysis.mode.rawValue): no planted string is on the wire",
                    held: analysis.search.found == 0 && analysis.byteCount > 0
                ),
                Claim(
                    name: "\(analysis.mode.rawValue): the same search finds what the hello shows",
                    held: analysis.control.found == analysis.control.findings.count
                ),
                Claim(
                    name: "\(analysis.mode.rawValue): right or wrong, every passphrase is one size of record",
                    held: analysis.sizes(of: .passphrase).count == 1
                ),
            ]
        }
        claims += Self.claimsAboutLines(findings)
        claims += findings.attacks.map { Claim(name: "attack held off: \($0.name)", held: $0.held) }
        if let live = findings.live {
            claims.append(
                Claim(name: "the network interface showed the same bytes as the tap", held: live.matched)
            )
        }
        return claims
    }

    /// A chat of commands alone has no lines about which anything could be said.
    private static func claimsAboutLines(_ findings: Findings) -> [Claim] {
        let (tls, padded) = (findings.tls, findings.padded)
        let lengths = findings.plain.truth.items.filter { $0.kind == .line }.compactMap(\.textBytes)
        var claims: [Claim] = []
        if !lengths.isEmpty {
            claims += [tls, padded].map { analysis in
                Claim(
                    name:
                        "\(analysis.mode.rawValue): a line is one record for its sender and for each listener",
                    held: analysis.carriesOneRecordPerLine
                )
            }
            claims.append(
                Claim(
                    name:
                        "tls: every line's record is \(ModeAnalysis.lineOverheadBytes) bytes longer than its text",
                    held: tls.showsLengthsOfLines
                )
            )
        }
        if lengths.contains(where: { $0 <= Scoreboard.coveredLineBytes }) {
            claims += [
                Claim(
                    name:
                        "padded: every line up to \(Scoreboard.coveredLineBytes) bytes is one size of record",
                    held: padded.sizesOfCoveredLines.count == 1
                ),
                Claim(
                    name: "padded: guessed line lengths are no better than one fixed answer",
                    held: findings.scoreboard.paddingHidesLengths
                ),
            ]
        }
        return claims
    }
}

extension ModeAnalysis {
    /// What happened, without times and ports.
    fileprivate var story: [String] {
        recording.truth.map { "\($0.connection) \($0.person) \($0.kind)" }
    }

    /// Sizes of the records or frames that carried one kind of message.
    func sizes(of kind: Eavesdropper.GuessedKind) -> Set<Int> {
        Set(truth.items.filter { $0.kind == kind }.compactMap { unit(of: $0)?.range.count })
    }

    var sizesOfCoveredLines: Set<Int> {
        Set(
            lines.filter { $0.item.textBytes ?? 0 <= Scoreboard.coveredLineBytes }.map(\.unit.range.count)
        )
    }

    /// What a record and a frame put around a line.
    static let lineOverheadBytes = TLSRecord.overheadBytes + FrameLimits.headerBytes

    fileprivate var showsLengthsOfLines: Bool {
        !lines.isEmpty
            && lines.allSatisfy { $0.item.textBytes == $0.unit.range.count - Self.lineOverheadBytes }
    }

    fileprivate var carriesOneRecordPerLine: Bool {
        let spoken = truth.items.filter { $0.kind == .line }
        let guessed = game.eavesdropper.guesses.filter { $0.kind == .line }
        return !spoken.isEmpty && spoken.count == guessed.count
            && zip(spoken, guessed).allSatisfy { item, guess in
                item.connection == guess.connection && guess.answers.values.allSatisfy { $0 == 1 }
                    && guess.answers.count + 1 == item.roomSize
            }
    }
}
