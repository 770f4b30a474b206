// SPDX-License-Identifier: Apache-2.0

/// All figures of a comparison for programs; docs/wire-json.md describes every member.
enum JSONReport {
    /// Raised when a member changes its meaning or goes; new members leave it as it is.
    private static let schema = 1

    static func value(
        _ findings: Findings,
        _ claims: [Claim],
        _ levelOneClaims: [Claim],
        _ origin: ReportOrigin?
    ) -> JSONValue {
        [
            "schema": .integer(schema),
            "made": .optional(origin) { origin in
                ["date": .string(origin.date), "versions": .list(origin.versions) { .string($0) }]
            },
            "allClaimsHeld": .bool((claims + levelOneClaims).allSatisfy(\.held)),
            "people": .list(findings.people) { .string($0) },
            "planted": .list(findings.planted) { .string($0) },
            "runs": .object(
                findings.modes.map { JSONValue.Member(name: $0.mode.rawValue, value: run($0)) }
            ),
            "leaks": .list(findings.leaks, leak),
            "scoreboard": .list(findings.scoreboard.scores, score),
            "padding": price(findings.price),
            "attacks": .list(findings.attacks, attack),
            "live": .optional(findings.live) { live in
                [
                    "matched": .bool(live.matched), "packets": .integer(live.packets),
                    "description": .string(live.description),
                ]
            },
            "claims": .list(claims, claim),
            "levelOne": .optional(findings.levelOne) { levelOne($0, levelOneClaims) },
        ]
    }

    static func claim(_ claim: Claim) -> JSONValue {
        ["name": .string(claim.name), "held": .bool(claim.held)]
    }

    static func run(_ analysis: ModeAnalysis) -> JSONValue {
        [
            "capture": .string(analysis.recording.captureName),
            "found": .integer(analysis.search.found),
            "total": .integer(analysis.search.findings.count),
            "search": .list(analysis.search.findings, finding),
            "control": .list(analysis.control.findings, finding),
            "bytes": .integer(analysis.byteCount),
            "segments": .integer(analysis.recording.capture.segments.count),
            "statistics": statistics(analysis.statistics),
            "lines": .list(analysis.lines) { line in
                [
                    "textBytes": .optional(line.item.textBytes) { .integer($0) },
                    "wireBytes": .integer(line.unit.range.count),
                ]
            },
            "connections": .list(analysis.recording.capture.connections.enumerated()) { index, connection in
                let observed =
                    analysis.connections.indices.contains(index) ? analysis.connections[index] : nil
                return Self.connection(connection, observed)
            },
        ]
    }

    static func finding(_ finding: SecretSearch.Finding) -> JSONValue {
        [
            "text": .string(finding.text),
            "hits": .integer(finding.hits.count),
            "forms": .list(Set(finding.hits.map(\.form.rawValue)).sorted()) { .string($0) },
        ]
    }

    private static func statistics(_ statistics: ByteStatistics) -> JSONValue {
        [
            "bytes": .integer(statistics.byteCount),
            "printableShare": .number(statistics.printableShare),
            "entropyBitsPerByte": .number(statistics.entropy),
            "longestReadableRun": .integer(statistics.longestReadableRun),
            "chiSquare": .number(statistics.chiSquare),
            "histogram": .list(statistics.histogram) { .integer($0) },
        ]
    }

    private static func connection(
        _ connection: CapturedConnection,
        _ observed: ObservedConnection?
    ) -> JSONValue {
        [
            "client": .string(connection.client.text),
            "server": .string(connection.server.text),
            "openedSeconds": .number(connection.openedAt / .seconds(1)),
            "closedSeconds": .optional(connection.closedAt) { .number($0 / .seconds(1)) },
            "closedFirstBy": .optional(connection.closedFirstBy) {
                .string($0 == .toServer ? "client" : "server")
            },
            "tls": .optional(observed, Self.observed),
        ]
    }

    private static func observed(_ observed: ObservedConnection) -> JSONValue {
        [
            "hello": .optional(observed.hello) { hello in
                [
                    "bytes": .integer(hello.byteCount),
                    "serverName": .optional(hello.serverName) { .string($0) },
                    "applicationProtocols": .list(hello.applicationProtocols) { .string($0) },
                    "versions": .list(hello.versions) { .string(TLSNames.version($0)) },
                    "cipherSuites": .list(hello.cipherSuites) { .string(TLSNames.cipherSuite($0)) },
                    "groups": .list(hello.groups) { .string(TLSNames.group($0)) },
                ]
            },
            "clientHandshakeBytes": .integer(observed.clientHandshakeBytes),
            "serverHandshakeBytes": .integer(observed.serverHandshakeBytes),
            "records": .list(observed.records) { record in
                [
                    "seconds": .number(record.unit.time / .seconds(1)),
                    "direction": .string(record.unit.direction.rawValue),
                    "type": .integer(Int(record.type.rawValue)),
                    "version": .integer(Int(record.version)),
                    "bytes": .integer(record.byteCount),
                ]
            },
        ]
    }

    private static func leak(_ leak: Leak) -> JSONValue {
        [
            "title": .string(leak.title), "tls": .string(leak.tls),
            "padded": .optional(leak.padded) { .string($0) },
            "reveals": .string(leak.reveals), "remedy": .string(leak.remedy),
        ]
    }

    private static func score(_ score: Score) -> JSONValue {
        func tally(_ tally: Tally) -> JSONValue {
            [
                "right": .integer(tally.right), "total": .integer(tally.total),
                "meanError": .optional(tally.meanError) { .number($0) },
            ]
        }
        return [
            "question": .string(score.question), "tls": tally(score.tls), "padded": tally(score.padded),
            "fixedAnswer": tally(score.fixedAnswer),
        ]
    }

    private static func price(_ price: PaddingPrice) -> JSONValue {
        [
            "chatBytesWithout": .integer(price.chatBytesWithout),
            "chatBytesWith": .integer(price.chatBytesWith),
            "allBytesWithout": .integer(price.allBytesWithout),
            "allBytesWith": .integer(price.allBytesWith),
        ]
    }

    private static func attack(_ attack: AttackOutcome) -> JSONValue {
        [
            "name": .string(attack.name), "attempt": .string(attack.attempt),
            "plain": .string(attack.plain), "tls": .string(attack.tls), "held": .bool(attack.held),
        ]
    }
}
