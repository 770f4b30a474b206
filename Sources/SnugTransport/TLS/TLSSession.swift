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
    let handle: gnutls_session_t

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
        let flags = server == nil ? SNUG_INIT_SERVER : SNUG_INIT_CLIENT
        var session: gnutls_session_t?
        let outcome = gnutls_init(&session, flags)
        // gnutls_init fails for want of memory only, and Swift itself ends the process then.
        guard let session, outcome == GNUTLS_E_SUCCESS else { preconditionFailure("gnutls_init: \(outcome)") }
        handle = session
        expectation = server.map { VerificationExpectation(hostName: $0.name) }

        gnutls_priority_set(handle, context.priority)
        gnutls_credentials_set(handle, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(context.credentials))
        gnutls_transport_set_ptr(handle, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(handle, pullFromSession)
        gnutls_transport_set_push_function(handle, pushToSession)
        if context.keyLog != nil { gnutls_session_set_keylog_function(handle, logKeyOfSession) }
        offerApplicationProtocol(isServer: server == nil)
        if let server, let expectation {
            expectation.apply(to: handle)
            sendServerName(server.name)
        }
    }

    deinit { gnutls_deinit(handle) }

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
        self.output = output
        defer { self.output = nil }
        return gnutls_record_send2(handle, bytes.baseAddress, bytes.count, paddingBytes, 0)
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

    private func offerApplicationProtocol(isServer: Bool) {
        var name = Array("snug/0".utf8)
        name.withUnsafeMutableBufferPointer { name in
            var datum = gnutls_datum_t(data: name.baseAddress, size: UInt32(name.count))
            // MANDATORY refuses a client that offers only others; one that offers none passes (RFC 7301 section 3.2).
            let flags = isServer ? UInt32(GNUTLS_ALPN_MANDATORY.rawValue) : 0
            gnutls_alpn_set_protocols(handle, &datum, 1, flags)
        }
    }

    private func sendServerName(_ name: String) {
        // An address is no server name (RFC 6066 section 3).
        guard !SocketAddress.isLiteral(name) else { return }
        _ = name.withCString { gnutls_server_name_set(handle, GNUTLS_NAME_DNS, $0, strlen($0)) }
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
