// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc
internal import SnugSystem

/// One GnuTLS session that never touches a descriptor: ciphertext in, ciphertext out.
///
/// Every call on a session is in this type: what its ends say to each other about themselves is in
/// TLSSession+Negotiation.swift and PeerVerification.swift, what they do then in TLSSession+Records.swift.
///
/// Owned by one ``TLSTransport``. GnuTLS's own way, a `recv` for the header and one for the body of every record,
/// costs two system calls a record and lets a peer make it hold a handshake message of 16 MiB. Here GnuTLS is
/// called only when a whole record is at hand, and reads from memory.
///
/// A class rather than a noncopyable struct, because GnuTLS holds a pointer to it for its callbacks.
final class TLSSession {
    /// nil until ``open()``.
    private(set) var handle: gnutls_session_t?

    // Beside the handle, because each line that goes out needs these two: of ten thousand sessions none is in the
    // processor's cache.
    private(set) var output: OutgoingBytes?

    /// The server that a client means to reach; nil at a server.
    let expectedServer: ExpectedServer?

    /// GnuTLS keeps a pointer to the credentials, not a copy (manual, "Associating the credentials").
    let context: TLSContext

    private let expectation: VerificationExpectation?

    /// Why the server's certificate was refused; nil until it was.
    var refusal: CertificateRejection?

    /// Whether the server's key is pinned, and no authority vouches for it.
    var isVouchedForByPin = false

    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var consumed = 0
    private var admitted = 0

    init(context: TLSContext, expecting server: ExpectedServer?) {
        self.context = context
        expectedServer = server
        expectation = server.map { VerificationExpectation(hostName: $0.name) }
    }

    deinit { gnutls_deinit(handle) }

    /// Makes the session with the first bytes that need one: a connection that says nothing costs no more than its
    /// socket.
    func open() throws(TransportError) {
        guard handle == nil else { return }
        var session: gnutls_session_t?
        try require(gnutls_init(&session, initFlags))
        guard let session else { return }
        handle = session
        try require(gnutls_priority_set(session, context.priority.handle))
        let credentials = UnsafeMutableRawPointer(context.credentials)
        try require(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials))
        gnutls_transport_set_ptr(session, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(session, pullFromSession)
        gnutls_transport_set_push_function(session, pushToSession)
        if context.keyLog != nil { gnutls_session_set_keylog_function(session, logKeyOfSession) }
        try require(offerApplicationProtocols())
        if let expectedServer {
            verifyServerBeforeAnythingIsSent()
            try require(sendServerName(expectedServer.name))
        } else {
            askForKeys()
        }
    }

    /// What GnuTLS has against the server's certificate (`gnutls_certificate_status_t`); nil if there is none to judge.
    var verificationStatus: UInt32? {
        guard let handle else { return nil }
        return expectation?.status(of: handle)
    }

    private var initFlags: UInt32 {
        if expectedServer == nil { return SNUG_INIT_SERVER }
        return context.clientKey == nil ? SNUG_INIT_CLIENT : SNUG_INIT_CLIENT_WITH_KEY
    }

    /// A session that lacks one of its settings would be less strict than it should be: there is none then.
    private func require(_ outcome: Int32) throws(TransportError) {
        guard outcome < 0 else { return }
        gnutls_deinit(handle)
        handle = nil
        throw failure(outcome)
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

    /// Lends `output` to GnuTLS for the time of `body`.
    func lend<Result>(_ output: OutgoingBytes, _ body: () -> Result) -> Result {
        self.output = output
        defer { self.output = nil }
        return body()
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
        let count = gnutls_priority_protocol_list(context.priority.handle, &list)
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
