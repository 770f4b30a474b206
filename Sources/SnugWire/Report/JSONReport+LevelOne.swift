// SPDX-License-Identifier: Apache-2.0

extension JSONReport {
    static func levelOne(
        _ levelOne: LevelOneFindings,
        _ claims: [Claim]
    ) -> JSONValue {
        [
            "runs": .object(
                levelOne.runs.map { JSONValue.Member(name: $0.mode.rawValue, value: levelOneRun($0)) }
            ),
            "traffic": .object(
                levelOne.runs.map { run in
                    JSONValue.Member(
                        name: run.mode.rawValue,
                        value: ["levelZero": traffic(run.levelZeroTraffic), "levelOne": traffic(run.traffic)]
                    )
                }
            ),
            "thefts": .list(levelOne.thefts) { theft in
                [
                    "attempt": .string(theft.attempt), "outcome": .string(theft.outcome),
                    "takenOver": .bool(theft.isTakenOver), "held": .bool(theft.held),
                ]
            },
            "claims": .list(claims, claim),
        ]
    }

    /// What a run at level 0 has, and what a program read out of it.
    private static func levelOneRun(_ levelOne: LevelOneRun) -> JSONValue {
        guard case .object(let members) = run(levelOne.analysis) else { return .null }
        return .object(members + [JSONValue.Member(name: "reading", value: reading(levelOne))])
    }

    private static func reading(_ run: LevelOneRun) -> JSONValue {
        let reading = run.reading
        return [
            "stays": .list(reading.stays) { stay in
                [
                    "connection": .integer(stay.connection),
                    "passphrase": .optional(stay.passphrase) { .string($0) },
                    "id": .optional(stay.id) { .string($0) },
                    "name": .optional(stay.name) { .string($0) },
                    "token": .optional(stay.token) { .string($0) },
                ]
            },
            "lines": .list(reading.lines) { line in
                [
                    "seq": .integer(Int(clamping: line.sequence)), "time": .integer(Int(clamping: line.time)),
                    "room": .string(line.room), "id": .string(line.speakerID), "name": .string(line.speaker),
                    "text": .string(line.text),
                    "present": .list(reading.present(after: line.sequence)) { .string($0) },
                ]
            },
            "facts": .list(run.facts) { fact in
                [
                    "what": .string(fact.what), "right": .integer(fact.right), "total": .integer(fact.total),
                ]
            },
            "tokensFound": .integer(run.tokens.found),
        ]
    }

    private static func traffic(_ traffic: LineTraffic) -> JSONValue {
        [
            "toServer": .list(traffic.toServer) { .integer($0) },
            "toOthers": .list(traffic.toOthers) { .integer($0) },
            "toSpeakers": .list(traffic.toSpeakers) { .integer($0) },
        ]
    }
}
