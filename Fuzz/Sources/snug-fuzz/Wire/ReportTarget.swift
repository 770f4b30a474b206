// SPDX-License-Identifier: Apache-2.0

@testable internal import SnugWire

/// Whatever was on the wire, in a script or in a name, no report of it steers a terminal, a page or a reader of JSON.
///
/// Each kind of report is made from the findings alone: a cheap input says which of them is looked at.
func fuzzReports(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let kinds = ReportKind.named(by: input.byte())
    let planted = (0..<input.number(below: 4)).map { _ in input.text() }
    let people = (0..<input.number(below: 4)).map { _ in input.text() }
    let attacks = (0..<input.number(below: 2)).map { _ in
        AttackOutcome(
            name: "flip one bit",
            attempt: "The relay flips one bit.",
            plain: input.text(),
            tls: input.text(),
            held: input.number(below: 2) == 1
        )
    }
    let first = recording(.plain, &input)
    let second = recording(.tls, &input)
    var third = second
    third.mode = .padded
    let recordings = [first, second, third]
    let report = WireReport(
        Findings(recordings, planted: planted, people: people, attacks: attacks, live: nil)
    )
    for kind in kinds {
        switch kind {
        case .terminal: checkText(report.terminalText(colour: false))
        case .page: checkPage(report.html())
        case .json:
            var reader = JSONReader(report.json())
            promise(reader.isWholeValue(), "no JSON")
        case .captures:
            for recording in recordings { checkCapture(PcapNG.file(of: recording, includingKeys: true)) }
        }
    }
}

private enum ReportKind: CaseIterable {
    case terminal
    case page
    case json
    case captures

    /// All, or one in a cheap input.
    static func named(by byte: UInt8) -> [ReportKind] {
        Cost(byte) == .dear ? allCases : [allCases[Int(byte >> 1 & 3)]]
    }
}

private func checkText(_ text: String) {
    for scalar in text.unicodeScalars where scalar != "\n" && scalar.traits.contains(.steering) {
        promise(false, "a terminal is steered: \(text.visible)")
    }
}

private func recording(_ mode: WireMode, _ input: inout FuzzInput) -> RunRecording {
    var capture = Capture()
    let count = input.number(below: 3) + 1
    for number in 0..<count {
        capture.connections.append(
            CapturedConnection(
                client: .init(address: [127, 0, 0, 1], port: UInt16(40_000 + number)),
                server: .init(address: [127, 0, 0, 1], port: 9_443),
                openedAt: .milliseconds(number),
                closedAt: number == 0 ? .seconds(1_000) : nil,
                closedFirstBy: number == 0 ? .toClient : nil
            )
        )
    }
    var truth: [TrueEvent] = []
    var time = Duration.zero
    while !input.isAtEnd {
        let action = input.byte()
        guard action != 0xff else { break }
        time += .milliseconds(Int(action >> 5))
        let connection = Int(action >> 3 & 3)
        switch action & 7 {
        case 0: truth.append(event(time, connection % count, &input))
        case 1...3: addSegment(input.take(Int(input.byte())), .toClient)
        default: addSegment(input.take(Int(input.byte())), .toServer)
        }
        func addSegment(_ bytes: [UInt8], _ direction: CapturedSegment.Direction) {
            guard !bytes.isEmpty else { return }
            capture.segments.append(
                CapturedSegment(time: time, connection: connection, direction: direction, bytes: bytes)
            )
        }
    }
    var recording = RunRecording(mode: mode, capture: capture, truth: truth)
    recording.keyLog = Array("CLIENT_RANDOM 00 00\n".utf8)
    return recording
}

private func event(_ time: Duration, _ connection: Int, _ input: inout FuzzInput) -> TrueEvent {
    let kind: TrueEvent.Kind
    switch input.number(below: 5) {
    case 0: kind = .authenticated(passphraseBytes: Int(input.byte()), accepted: input.number(below: 2) == 1)
    case 1: kind = .joined
    case 2: kind = .said(input.text())
    case 3: kind = .asked(command: input.text())
    default: kind = .left
    }
    return TrueEvent(time: time, connection: connection, person: input.text(), kind: kind)
}

/// A capture's blocks lie one behind the other, each with its length at both ends.
private func checkCapture(_ file: [UInt8]) {
    var rest = file[...]
    while !rest.isEmpty {
        promise(rest.count >= 12, "a block is cut short")
        let length = littleEndian(rest.dropFirst(4))
        promise(length >= 12 && length % 4 == 0 && length <= rest.count, "a block of \(length) bytes")
        promise(littleEndian(rest.dropFirst(length - 4)) == length, "a block's two lengths differ")
        rest = rest.dropFirst(length)
    }
}

private func littleEndian(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
}

let reportSeeds: [[UInt8]] = {
    func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
    func frame(_ text: String) -> [UInt8] { [0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8) }
    func segment(_ action: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        bytes.isEmpty
            ? []
            : [action, UInt8(min(bytes.count, 255))] + bytes.prefix(255)
                + segment(action, Array(bytes.dropFirst(255)))
    }
    let hostile = "</script><img src=x onerror=alert(1)>\u{1b}]0;x\u{7}\u{202e}\"'&\\"
    let head = [2] + text("velvet otter") + text(hostile) + [2] + text("aisha") + text(hostile)
    // Of ASCII alone, for which there are shorter ways, and one sign in each.
    let signs = text("a<b") + text("a\\d") + text("\u{1b}[31mred")
    let short = [3] + signs + [3] + signs + [0]
    let attack = [1] + text(hostile) + text("held") + [1]
    let truth =
        [0, 0, 12, 1] + text("aisha") + [0x20, 1] + text("aisha") + [0x20, 2] + text(hostile) + text("aisha")
    let plain =
        segment(0x27, frame("velvet otter")) + segment(0x21, frame("ok")) + segment(0x27, frame("aisha"))
        + segment(0x27, frame(hostile)) + [0x20, 4] + text("aisha") + [0xff]
    let secure = RecordedHandshake.shared
    let tls =
        segment(0x27, Array(secure.seedsForServer[0].dropFirst()))
        + segment(0x21, Array(secure.seedsForClient[0].dropFirst()))
    return [
        head + attack + [1] + truth + plain + [1] + truth + tls, head + [0, 0, 0xff, 0] + tls,
        [0, 0, 0, 2] + plain,
        short + [0] + segment(0x27, frame("a<b")) + [0xff],
    ].flatMap { recordings in [0, 1, 3, 5, 7].map { [$0] + recordings } }
}()
