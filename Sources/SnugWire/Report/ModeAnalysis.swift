// SPDX-License-Identifier: Apache-2.0

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
        search = SecretSearch(for: planted, in: streams)
        truth = Truth(recording.truth)
        clientUnits = recording.capture.clientUnits(recording.mode)
        switch recording.mode {
        case .plain:
            control = SecretSearch(for: Self.wordsInEveryPlainRun, in: streams)
            statistics = ByteStatistics(streams.lazy.flatMap(\.bytes))
            connections = []
        case .tls, .padded:
            control = SecretSearch(for: Self.namesInEveryHello, in: streams)
            connections = recording.capture.observedConnections
            statistics = ByteStatistics(
                connections.lazy.flatMap(\.records).filter { $0.type == .applicationData }.flatMap(\.fragment)
            )
        }
    }

    /// The server says them to everyone who comes in without encryption.
    static let wordsInEveryPlainRun = ["joined the chat", "NOT encrypted"]

    /// The application protocol and the server's name: the client's hello shows them to everyone.
    static let namesInEveryHello = ["snug/0", "localhost"]

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

    var game: Game { Game(eavesdropper: Eavesdropper(connections), truth: truth) }
}
