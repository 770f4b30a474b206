// SPDX-License-Identifier: Apache-2.0

/// What anyone on the way can tell about one TLS 1.3 connection, without any key.
struct ObservedConnection: Equatable, Sendable {
    let index: Int

    /// Nil if the client did not begin with one.
    let hello: ClientHello?

    /// Bytes up to and with the client's Finished, from the client.
    let clientHandshakeBytes: Int

    /// Bytes before the client's Finished, from the server.
    let serverHandshakeBytes: Int

    /// What came after the handshake, alerts included, in the order of time.
    let protectedRecords: [TLSRecord]

    /// All records of both directions in the order of time.
    let records: [TLSRecord]

    init(_ index: Int, in capture: Capture) {
        self.index = index
        let fromClient = TLSRecordParser.records(of: TimedStream(capture, index, .toServer))
        let fromServer = TLSRecordParser.records(of: TimedStream(capture, index, .toClient))
        records = (fromClient + fromServer).sorted { $0.unit.precedes($1.unit) }
        hello = ClientHello(fromClient)
        // The first thing that a client of TLS 1.3 encrypts is its Finished (RFC 8446 section 2).
        // The passphrase may come right behind it, in the same segment.
        let finished = fromClient.first { $0.type == .applicationData }?.unit
        let handshake = records.prefix { record in finished.map { !$0.precedes(record.unit) } ?? true }
        protectedRecords = records.dropFirst(handshake.count).filter { $0.type == .applicationData }
        clientHandshakeBytes = handshake.filter { $0.unit.direction == .toServer }.totalBytes
        serverHandshakeBytes = handshake.filter { $0.unit.direction == .toClient }.totalBytes
    }

    /// The client's data, one record each: passphrase, name, lines.
    var clientData: [TLSRecord] {
        protectedRecords.filter { $0.unit.direction == .toServer && !$0.isEncryptedAlert }
    }

    /// The server's data.
    var serverData: [TLSRecord] {
        protectedRecords.filter { $0.unit.direction == .toClient && !$0.isEncryptedAlert }
    }
}

extension Sequence<TLSRecord> {
    var totalBytes: Int { reduce(0) { $0 + $1.byteCount } }
}

extension Capture {
    /// The connections as a TLS observer sees them.
    var observedConnections: [ObservedConnection] {
        connections.indices.map { ObservedConnection($0, in: self) }
    }

    /// What the clients sent after any handshake, message by message, for each connection.
    func clientUnits(_ mode: WireMode) -> [[WireUnit]] {
        switch mode {
        case .plain: connections.indices.map { TimedStream(self, $0, .toServer).frames }
        case .tls, .padded: observedConnections.map { $0.clientData.map(\.unit) }
        }
    }

    /// What the server sent after any handshake, message by message.
    func serverUnits(_ mode: WireMode) -> [WireUnit] {
        switch mode {
        case .plain: connections.indices.flatMap { TimedStream(self, $0, .toClient).frames }
        case .tls, .padded: observedConnections.flatMap { $0.serverData.map(\.unit) }
        }
    }
}
