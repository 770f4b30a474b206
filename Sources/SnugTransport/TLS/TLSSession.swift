// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc

/// One GnuTLS session that never touches a descriptor: ciphertext in, ciphertext out.
///
/// Owned by one ``TLSTransport``. GnuTLS's own way, a `recv` for the header and one for the body of every record,
/// costs two system calls a record and lets a peer make it hold a handshake message of 16 MiB. Here GnuTLS is
/// called only when a whole record is at hand, and reads from memory.
///
/// A class rather than a noncopyable struct, because GnuTLS holds a pointer to it for its callbacks.
final class TLSSession {
    /// nil until ``open()``.
    private(set) var handle: gnutls_session_t?

    private let serverName: String?

    /// GnuTLS keeps a pointer to the credentials, not a copy (manual, "Associating the credentials").
    private let context: TLSContext

    /// GnuTLS keeps a pointer to these as well (gnutls_session_set_verify_cert2(3)).
    private let expectation: VerificationExpectation?

    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var consumed = 0
    private var admitted = 0
    private var output: OutgoingBytes?

    init(context: TLSContext, expecting server: ExpectedServer?) {
        self.context = context
        serverName = server?.name
        expectation = server.map { VerificationExpectation(hostName: $0.name) }
    }

    deinit { gnutls_deinit(handle) }

    /// Makes the session with the first bytes that need one: a connection that says nothing costs no more than its
    /// socket.
    func open() throws(TransportError) {
        guard handle == nil else { return }
        var session: gnutls_session_t?
        try require(gnutls_init(&session, serverName == nil ? SNUG_INIT_SERVER : SNUG_INIT_CLIENT))
        guard let session else { return }
        handle = session
        try require(gnutls_priority_set(session, context.priority))
        let credentials = UnsafeMutableRawPointer(context.credentials)
        try require(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials))
        gnutls_transport_set_ptr(session, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(session, pullFromSession)
        gnutls_transport_set_push_function(session, pushToSession)
        if context.keyLog != nil { gnutls_session_set_keylog_function(session, logKeyOfSession) }
        try require(offerApplicationProtocol())
        if let serverName, let expectation {
            expectation.apply(to: session)
            try require(sendServerName(serverName))
        }
    }

    /// A session that lacks one of its settings would be less strict than it should be: there is none then.
    private func require(_ outcome: Int32) throws(TransportError) {
        guard outcome < 0 else { return }
        gnutls_deinit(handle)
        handle = nil
        throw failure(outcome, expecting: nil)
    }

    // MARK: Ciphertext

    /// Lends `input` and `output` to GnuTLS for the time of `body` and returns how much of `input` it consumed.
    func exchange<Failure: Error>(
        input: UnsafeRawBufferPointer,
        output: OutgoingBytes,
        _ body: () throws(Failure) -> Void
    ) throws(Failure) -> Int {
        self.input = input
        self.output = output
        consumed = 0
        admitted = 0
        defer {
            self.input = UnsafeRawBufferPointer(start: nil, count: 0)
            self.output = nil
        }
        try body()
        return consumed
    }

    /// Puts `bytes` into `output` as one record with `paddingBytes` of padding, and returns how many bytes that took, or
    /// an error of GnuTLS below zero (gnutls_record_send2(3)).
    func seal(_ bytes: UnsafeRawBufferPointer, paddingBytes: Int, into output: OutgoingBytes) -> Int {
        guard let handle else { return Int(GNUTLS_E_INVALID_SESSION) }
        self.output = output
        defer { self.output = nil }
        return gnutls_record_send2(handle, bytes.baseAddress, bytes.count, paddingBytes, 0)
    }

    /// What a record takes up beside its plaintext and padding: the header, the tag, and in TLS 1.3 the real type.
    static let recordOverhead = RecordHeader.bytes + 16 + 1

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

    /// Puts the alert into the output that fits a failure, which is how GnuTLS's `outcome` was understood.
    func sendAlert(about failure: TransportError, _ outcome: Int32) {
        // GnuTLS would say handshake_failure (RFC 8446 section 6.2).
        if failure == .peerMisbehaved(.noCommonVersion) { return sendAlert(GNUTLS_A_PROTOCOL_VERSION) }
        gnutls_alert_send_appropriate(handle, outcome)
    }

    /// Whether GnuTLS has gone along with a version of the peer's that is not one of ours.
    var hasForeignVersion: Bool {
        var list: UnsafePointer<UInt32>?
        let count = gnutls_priority_protocol_list(context.priority, &list)
        let own = UnsafeBufferPointer(start: list, count: max(0, Int(count)))
        return !own.contains(gnutls_protocol_get_version(handle).rawValue)
    }

    /// Bytes of the lent input that GnuTLS has not consumed yet.
    var unconsumed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: input[consumed...]) }

    /// Lets GnuTLS consume the next `count` bytes of the lent input, which must be one whole record.
    ///
    /// Of a partial record it would take the header and wait, and the gate could no longer tell where records begin.
    func admit(recordOf count: Int) {
        admitted = consumed + count
    }

    fileprivate func pull(into buffer: UnsafeMutableRawPointer, atMost limit: Int) -> Int {
        let count = min(limit, admitted - consumed)
        guard count > 0, let base = input.baseAddress else {
            gnutls_transport_set_errno(handle, EAGAIN)
            return -1
        }
        buffer.copyMemory(from: base + consumed, byteCount: count)
        consumed += count
        return count
    }

    fileprivate func push(_ bytes: UnsafeRawBufferPointer) -> Int {
        // Outside a verb GnuTLS has nothing to send. Never EAGAIN: after that GnuTLS would send its old bytes
        // again and drop the new ones without a word.
        guard let output else {
            gnutls_transport_set_errno(handle, EPIPE)
            return -1
        }
        output.append(bytes)
        return bytes.count
    }

    // MARK: Keys

    fileprivate func logKey(_ label: String, _ secret: UnsafeRawBufferPointer) {
        var clientRandom = gnutls_datum_t()
        gnutls_session_get_random(handle, &clientRandom, nil)
        let random = UnsafeRawBufferPointer(start: clientRandom.data, count: Int(clientRandom.size))
        context.keyLog?("\(label) \(hexadecimal(random)) \(hexadecimal(secret))")
    }

    // MARK: Negotiation

    private func offerApplicationProtocol() -> Int32 {
        var name = Array("snug/0".utf8)
        return name.withUnsafeMutableBufferPointer { name in
            var datum = gnutls_datum_t(data: name.baseAddress, size: UInt32(name.count))
            // MANDATORY refuses a client that offers only others; one that offers none passes (RFC 7301 section 3.2).
            let flags = serverName == nil ? UInt32(GNUTLS_ALPN_MANDATORY.rawValue) : 0
            return gnutls_alpn_set_protocols(handle, &datum, 1, flags)
        }
    }

    /// Names the server that is wanted, if such a name can be sent.
    ///
    /// It is only for servers with several certificates to choose by. An address is none (RFC 6066 section 3), and for
    /// what is no host name in its strict form, such as a container's with an underscore, GnuTLS's servers end the
    /// handshake.
    private func sendServerName(_ name: String) -> Int32 {
        guard !SocketAddress.isLiteral(name), name.utf8.allSatisfy({ $0.canBeInServerName }) else {
            return GNUTLS_E_SUCCESS
        }
        let outcome = name.withCString { gnutls_server_name_set(handle, GNUTLS_NAME_DNS, $0, strlen($0)) }
        return outcome == GNUTLS_E_MEMORY_ERROR ? outcome : GNUTLS_E_SUCCESS
    }
}

extension UInt8 {
    /// A letter, a digit, a hyphen or a dot, or of a character beyond ASCII, which GnuTLS turns into those.
    fileprivate var canBeInServerName: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), 0x80...:
            true
        default: false
        }
    }
}

/// GnuTLS's pull function (gnutls_transport_set_pull_function(3)).
///
/// At file level: a closure would inherit the isolation of whoever created the session and trap on another thread.
/// The pointer is the session itself, which outlives its GnuTLS handle.
private func pullFromSession(
    _ session: gnutls_transport_ptr_t?,
    _ buffer: UnsafeMutableRawPointer?,
    _ limit: Int
) -> Int {
    guard let session, let buffer else { return -1 }
    return Unmanaged<TLSSession>.fromOpaque(session)._withUnsafeGuaranteedRef {
        $0.pull(into: buffer, atMost: limit)
    }
}

/// GnuTLS's push function; see ``pullFromSession(_:_:_:)``.
private func pushToSession(
    _ session: gnutls_transport_ptr_t?,
    _ bytes: UnsafeRawPointer?,
    _ count: Int
) -> Int {
    guard let session, let bytes else { return -1 }
    return Unmanaged<TLSSession>.fromOpaque(session)._withUnsafeGuaranteedRef {
        $0.push(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}

/// GnuTLS's key log function (gnutls_session_set_keylog_function(3)); see ``pullFromSession(_:_:_:)``.
private func logKeyOfSession(
    _ handle: gnutls_session_t?,
    _ label: UnsafePointer<CChar>?,
    _ secret: UnsafePointer<gnutls_datum_t>?
) -> Int32 {
    guard let handle, let label, let secret, let session = gnutls_transport_get_ptr(handle) else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: secret.pointee.data, count: Int(secret.pointee.size))
    Unmanaged<TLSSession>.fromOpaque(session)._withUnsafeGuaranteedRef {
        $0.logKey(String(cString: label), bytes)
    }
    return 0
}

private func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String {
    bytes.reduce(into: "") { text, byte in
        if byte < 16 { text += "0" }
        text += String(byte, radix: 16)
    }
}
