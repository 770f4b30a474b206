// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc
internal import SnugSystem

/// What the ends of a session ask of each other while they shake hands.
extension TLSSession {
    /// Offers the application protocols, or says which are taken; GnuTLS copies the names.
    func offerApplicationProtocols() -> Int32 {
        guard !context.applicationProtocols.isEmpty else { return GNUTLS_E_SUCCESS }
        // MANDATORY refuses a client that offers only others; one that offers none passes (RFC 7301 section 3.2).
        // SERVER_PRECEDENCE: of those that both speak, the server's best.
        let flags = GNUTLS_ALPN_MANDATORY.rawValue | GNUTLS_ALPN_SERVER_PRECEDENCE.rawValue
        let names = context.applicationProtocols.map { Array($0.utf8) }
        var bytes = names.flatMap(\.self)
        return bytes.withUnsafeMutableBufferPointer { bytes in
            var offset = 0
            var entries = names.map { name in
                defer { offset += name.count }
                return gnutls_datum_t(data: bytes.baseAddress.map { $0 + offset }, size: UInt32(name.count))
            }
            return gnutls_alpn_set_protocols(
                handle,
                &entries,
                UInt32(entries.count),
                expectedServer == nil ? flags : 0
            )
        }
    }

    /// Names the server that is wanted, if such a name can be sent.
    ///
    /// It is only for servers with several certificates to choose by. An address is none (RFC 6066 section 3), and for
    /// what is no host name in its strict form, such as a container's with an underscore, GnuTLS's servers end the
    /// handshake.
    func sendServerName(_ name: String) -> Int32 {
        guard !SocketAddress.isLiteral(name), name.utf8.allSatisfy({ $0.canBeInServerName }) else {
            return GNUTLS_E_SUCCESS
        }
        let outcome = name.withCString { gnutls_server_name_set(handle, GNUTLS_NAME_DNS, $0, strlen($0)) }
        return outcome == GNUTLS_E_MEMORY_ERROR ? outcome : GNUTLS_E_SUCCESS
    }

    // MARK: Keys of clients

    /// Has a server ask for the keys of those clients that can show one, and judge what they show.
    func askForKeys() {
        // All messages (GNUTLS_HANDSHAKE_ANY is not imported), because a session has one hook only. After each was
        // read, and before GnuTLS answers a hello or parses a certificate. The function for a hello alone
        // (gnutls_handshake_set_post_client_hello_function(3)) is called before the types of certificates are agreed.
        gnutls_handshake_set_hook_function(handle, .max, GNUTLS_HOOK_POST, hearClientOfSession)
    }

    /// A key in clear would tell everyone on the way who somebody is: TLS 1.2 sends certificates so.
    private var showsRawKeysEncrypted: Bool {
        gnutls_certificate_type_get2(handle, GNUTLS_CTYPE_CLIENT) == GNUTLS_CRT_RAWPK
            && gnutls_protocol_get_version(handle) == GNUTLS_TLS1_3
    }

    /// Called for every hello of a client, and there can be two (RFC 8446 section 4.1.2): the last one counts.
    fileprivate func askForKey() {
        gnutls_certificate_server_set_request(
            handle,
            showsRawKeysEncrypted ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE
        )
    }

    /// The key that a client has shown to this server, and proved to have; nil if it has shown none.
    var provedKey: KeyFingerprint? {
        get throws(TransportError) {
            var count: UInt32 = 0
            guard expectedServer == nil, showsRawKeysEncrypted,
                let list = gnutls_certificate_get_peers(handle, &count), count == 1
            else { return nil }
            let key = UnsafeRawBufferPointer(start: list.pointee.data, count: Int(list.pointee.size))
            do throws(GnuTLSFailure) { return try KeyFingerprint(ofPublicKey: key.bytes) } catch {
                throw failure(error.code.rawValue)
            }
        }
    }

    /// Our own key, if this client has shown it.
    var shownKey: KeyFingerprint? {
        guard let key = context.clientKey, gnutls_certificate_get_ours(handle) != nil else { return nil }
        return key.fingerprint
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

/// GnuTLS's hook for a server's handshake messages (gnutls_handshake_set_hook_function(3)); a client's Certificate is
/// judged whether or not it was asked for.
///
/// At file level, as all functions that GnuTLS calls: a closure would inherit the isolation of whoever created the
/// session and trap on another thread.
private func hearClientOfSession(
    _ handle: gnutls_session_t?,
    _ type: UInt32,
    _ when: UInt32,
    _ isIncoming: UInt32,
    _ message: UnsafePointer<gnutls_datum_t>?
) -> Int32 {
    guard isIncoming != 0, let handle, let session = gnutls_transport_get_ptr(handle), let message else {
        return GNUTLS_E_SUCCESS
    }
    let body = UnsafeRawBufferPointer(start: message.pointee.data, count: Int(message.pointee.size))
    switch type {
    case GNUTLS_HANDSHAKE_CLIENT_HELLO.rawValue:
        Unmanaged<TLSSession>.fromOpaque(session)._withUnsafeGuaranteedRef { $0.askForKey() }
    case GNUTLS_HANDSHAKE_CERTIFICATE_PKT.rawValue:
        switch ClientCertificate(body) {
        case .ed25519, .none: break
        case .malformed: return GNUTLS_E_UNEXPECTED_PACKET_LENGTH
        case .other: return GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE
        }
    default: break
    }
    return GNUTLS_E_SUCCESS
}
