// SPDX-License-Identifier: Apache-2.0

/// One thing that a person did, and the message that carried it in each run.
struct EventRow: Equatable, Sendable {
    let person: String
    /// Such as `says a line`.
    let action: String
    let kind: Eavesdropper.GuessedKind
    let plain: Cell
    let tls: Cell
    let padded: Cell

    /// A message on the wire, header included; empty for the mere end of a connection.
    struct Cell: Equatable, Sendable {
        let bytes: [UInt8]
        /// Where planted strings were found in it, in order and without overlaps.
        let found: [Range<Int>]
    }

    /// The events of all runs row by row; where the runs tell different stories there is no row.
    static func all(_ plain: ModeAnalysis, _ tls: ModeAnalysis, _ padded: ModeAnalysis) -> [EventRow] {
        zip(plain.truth.items, zip(tls.truth.items, padded.truth.items)).compactMap { item, others in
            guard item.kind == others.0.kind, item.kind == others.1.kind,
                plain.recording.truth.indices.contains(item.event)
            else { return nil }
            return EventRow(
                person: plain.recording.truth[item.event].person,
                action: plain.recording.truth[item.event].action,
                kind: item.kind,
                plain: plain.cell(for: item),
                tls: tls.cell(for: others.0),
                padded: padded.cell(for: others.1)
            )
        }
    }
}

extension ModeAnalysis {
    fileprivate func cell(for item: Truth.Item) -> EventRow.Cell {
        guard let unit = unit(of: item) else { return EventRow.Cell(bytes: [], found: []) }
        let hits = search.hits(in: unit).sorted { $0.lowerBound < $1.lowerBound }
        var found: [Range<Int>] = []
        for hit in hits {
            let range = hit.lowerBound - unit.range.lowerBound..<hit.upperBound - unit.range.lowerBound
            if let last = found.last, range.lowerBound <= last.upperBound {
                found[found.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                found.append(range)
            }
        }
        return EventRow.Cell(bytes: bytes(of: unit), found: found)
    }
}

extension TrueEvent {
    fileprivate var action: String {
        switch kind {
        case .authenticated(_, true): "sends passphrase"
        case .authenticated(_, false): "guesses it wrong"
        case .joined: "gives a name"
        case .said: "says a line"
        case .asked: "asks a command"
        case .left: "leaves"
        }
    }
}
