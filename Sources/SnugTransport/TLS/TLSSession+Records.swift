// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// What a session does with the records that it is lent.
extension TLSSession {
    /// Takes the handshake as far as the admitted bytes allow; true once it is complete.
    func handshake() throws(TransportError) -> Bool {
        let outcome = gnutls_handshake(handle)
        if outcome == GNUTLS_E_SUCCESS { return true }
        guard gnutls_error_is_fatal(outcome) == 0 else { throw fail(outcome) }
        return false
    }

    /// What was in a record.
    enum RecordContent: Equatable {
        case closeNotify
        /// Nothing for the reader: a KeyUpdate, an empty record, a part of a handshake message.
        case nothing
        case plaintext(bytes: Int)
    }

    /// Opens the admitted record.
    func openRecord(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> RecordContent {
        let outcome = gnutls_record_recv(handle, buffer.baseAddress, buffer.count)
        if outcome > 0 { return .plaintext(bytes: outcome) }
        if outcome == 0 { return .closeNotify }
        if outcome == Int(GNUTLS_E_REHANDSHAKE) {
            gnutls_alert_send(handle, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION)
            throw .peerMisbehaved(.renegotiation)
        }
        // E_AGAIN means that the next record is needed, not that the socket is empty.
        guard gnutls_error_is_fatal(Int32(outcome)) == 0 else { throw fail(Int32(outcome)) }
        return .nothing
    }

    /// Puts `bytes` into `output` as one record with `paddingBytes` of padding, and returns how many bytes that took.
    func seal(
        _ bytes: UnsafeRawBufferPointer,
        paddingBytes: Int,
        into output: OutgoingBytes
    ) throws(TransportError) -> Int {
        let taken = lend(output) {
            gnutls_record_send2(handle, bytes.baseAddress, bytes.count, paddingBytes, 0)
        }
        guard taken > 0 else { throw failure(Int32(taken)) }
        return taken
    }

    /// Puts close_notify into the output.
    func sendCloseNotify() {
        // SHUT_RDWR would wait for the peer's.
        gnutls_bye(handle, GNUTLS_SHUT_WR)
    }

    /// What a record takes up beside its plaintext and padding: the header, the tag, and in TLS 1.3 the real type.
    static let recordOverhead = RecordHeader.bytes + 16 + 1

    /// Records can be padded.
    var canPad: Bool { gnutls_protocol_get_version(handle) == GNUTLS_TLS1_3 }

    /// How much plaintext the peer takes in one record.
    ///
    /// `gnutls_record_get_max_size` tells what we take. Splitting a range without slack does nothing but cut it to
    /// what may be sent (gnutls_range_split(3)).
    var bytesPerRecord: Int {
        let most = gnutls_range_st(low: IOBuffers.bytesPerWrite, high: IOBuffers.bytesPerWrite)
        var first = most
        var rest = gnutls_range_st()
        let outcome = withUnsafePointer(to: most) { gnutls_range_split(handle, $0, &first, &rest) }
        guard outcome == GNUTLS_E_SUCCESS, (1...IOBuffers.bytesPerWrite).contains(first.high) else {
            return IOBuffers.bytesPerWrite
        }
        return first.high
    }

    // MARK: Alerts

    /// Puts a fatal alert into the output: encrypted if there are keys.
    func sendAlert(_ alert: gnutls_alert_description_t) {
        if let handle {
            gnutls_alert_send(handle, GNUTLS_AL_FATAL, alert)
        } else {
            let description = UInt8(truncatingIfNeeded: alert.rawValue)
            let record: [UInt8] = [RecordHeader.alert, 3, 3, 0, 2, 2, description]
            record.withUnsafeBytes { output?.append($0) }
        }
    }

    /// Puts the fitting alert into the output and names the failure.
    private func fail(_ outcome: Int32) -> TransportError {
        let failure = failure(outcome)
        if outcome != GNUTLS_E_FATAL_ALERT_RECEIVED { sendAlert(about: failure, outcome) }
        return failure
    }
}
