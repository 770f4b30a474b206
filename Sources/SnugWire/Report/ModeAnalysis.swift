// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol

/// All that was computed about one run.
struct ModeAnalysis: Equatable, Sendable {
    let recording: RunRecording
    let byteCount: Int

    /// The planted strings, looked for in everything that crossed the wire.
    let search: SecretSearch

    /// Strings that are known to be there, looked for in the same way: without them a zero would prove nothing.
    let control: SecretSearch

    /// What carries the chat: everything where nothing is encrypted, the inside of encrypted records with TLS.
    let statistics: ByteStatistics

    /// Empty in a plain run.
    let connections: [ObservedConnection]

    /// What the clients sent, message by message; see ``Capture/clientUnits(_:)``.
    private let clientUnits: [[WireUnit]]

    let truth: Truth

    var mode: WireMode { recording.mode }

    init(_ recording: RunRecording, planted: [String]) {
        let streams = recording.capture.streams
        self.recording = recording
        byteCount = recording.capture.byteCount
        search = SecretSearch(for: planted, in: streams, at: recording.level)
        truth = Truth(recording.truth)
        clientUnits = recording.capture.clientUnits(recording.mode)
        switch recording.mode {
        case .plain:
            control = SecretSearch(for: Self.wordsInEveryPlainRun(recording.level), in: streams)
            statistics = ByteStatistics(streams.lazy.flatMap(\.bytes))
            connections = []
        case .tls, .padded:
            control = SecretSearch(for: Self.namesInEveryHello(recording.level), in: streams)
            connections = recording.capture.observedConnections
            statistics = ByteStatistics(
                connections.lazy.flatMap(\.records).filter { $0.type == .applicationData }.flatMap(\.fragment)
            )
        }
    }

    /// The recording of one mode; one that is missing counts as a run in which nothing was seen.
    init(_ mode: WireMode, in recordings: [RunRecording], planted: [String]) {
        let recording = recordings.first { $0.mode == mode }
        self.init(
            recording ?? RunRecording(mode: mode, capture: Capture(), truth: []),
            planted: planted
        )
    }

    /// The server says them to everyone who comes in without encryption.
    static func wordsInEveryPlainRun(_ level: WireLevel) -> [String] {
        switch level {
        case .zero: ["joined the chat", "NOT encrypted"]
        case .one: ["\"type\":\"joined\"", NoticeCode.notEncrypted.rawValue]
        }
    }

    /// The application protocol and the server's name: the client's hello shows them to everyone.
    static func namesInEveryHello(_ level: WireLevel) -> [String] {
        let spoken = level == .zero ? LevelZero.applicationProtocol : LevelOne.applicationProtocol
        return [spoken, LabIdentity.hostName]
    }

    /// What a script must not say: it would be found, although nobody gave it away.
    static let namesInAnyHello = [
        LevelZero.applicationProtocol, LevelOne.applicationProtocol, LabIdentity.hostName,
    ]

    /// The client's message that carried something that happened; nil if it was only the end of a connection.
    func unit(of item: Truth.Item) -> WireUnit? {
        guard clientUnits.indices.contains(item.connection) else { return nil }
        let before = truth.items.count { $0.connection == item.connection && $0.event < item.event }
        let units = clientUnits[item.connection]
        return units.indices.contains(before) ? units[before] : nil
    }

    /// The bytes of a message, header included.
    func bytes(of unit: WireUnit) -> [UInt8] {
        let stream = recording.capture.stream(of: unit.connection, unit.direction)
        return unit.range.upperBound <= stream.count ? Array(stream[unit.range]) : []
    }

    /// The lines of chat with the messages that carried them.
    var lines: [(item: Truth.Item, unit: WireUnit)] {
        truth.items.compactMap { item in
            guard item.kind == .line, let unit = unit(of: item) else { return nil }
            return (item, unit)
        }
    }

    /// What the lines took on the wire, from their speakers and to everyone.
    var traffic: LineTraffic {
        LineTraffic(
            of: lines.map(\.unit),
            among: clientUnits.flatMap(\.self),
            recording.capture.serverUnits(mode),
            departures: recording.truth.filter { $0.kind == .left }.map(\.time)
        )
    }

    var game: Game { Game(eavesdropper: Eavesdropper(connections), truth: truth) }
}
