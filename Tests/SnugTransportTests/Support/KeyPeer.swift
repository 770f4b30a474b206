// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugSystem

@testable import SnugTransport

/// A client that negotiates a raw public key (RFC 7250) and then shows whatever a test wants, signed by whatever key.
final class KeyPeer {
    /// TLS 1.3 and the algorithms of this project, as a client that shows raw keys and nothing else.
    static let priorities =
        "NONE:+VERS-TLS1.3:+ECDHE-ECDSA:+AES-256-GCM:+AEAD:+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256"
        + ":+SIGN-RSA-PSS-RSAE-SHA256:+GROUP-X25519:+COMP-NULL:+CTYPE-X509:-CTYPE-CLI-X509:+CTYPE-CLI-RAWPK"

    private var owned: GnuTLSPeer?
    var peer: GnuTLSPeer { owned ?? { fatalError("made with this") }() }
    private let entries: UnsafeMutableBufferPointer<gnutls_pcert_st>
    private var bodies: [UnsafeMutableBufferPointer<UInt8>]
    fileprivate var signer: gnutls_privkey_t?

    /// - Parameters:
    ///   - shown: what is in each entry of the Certificate message.
    ///   - signer: the private key in PEM that makes the proof.
    init(
        _ channel: consuming MemoryChannel,
        showing shown: [[UInt8]],
        signingWith signer: borrowing SecretBytes,
        priorities: String = priorities
    ) throws {
        bodies = shown.map { bytes in
            let body = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = body.initialize(from: bytes)
            return body
        }
        entries = .allocate(capacity: shown.count)
        entries.initialize(repeating: gnutls_pcert_st())
        try signer.withBytes { pem in
            var datum = gnutls_datum_t(borrowing: pem)
            try check(gnutls_privkey_init(&self.signer), during: "gnutls_privkey_init")
            let outcome = gnutls_privkey_import_x509_raw(self.signer, &datum, GNUTLS_X509_FMT_PEM, nil, 0)
            try check(outcome, during: "gnutls_privkey_import_x509_raw")
        }
        // GnuTLS asks the entry's own key which signatures go with it.
        for index in entries.indices {
            entries[index].type = GNUTLS_CRT_RAWPK
            entries[index].cert = gnutls_datum_t(
                data: bodies[index].baseAddress,
                size: UInt32(shown[index].count)
            )
            try check(gnutls_pubkey_init(&entries[index].pubkey), during: "gnutls_pubkey_init")
            let outcome = gnutls_pubkey_import_privkey(entries[index].pubkey, self.signer, 0, 0)
            try check(outcome, during: "gnutls_pubkey_import_privkey")
        }
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        owned = GnuTLSPeer(
            channel,
            priorities: priorities,
            flags: SNUG_INIT_CLIENT_WITH_KEY,
            { gnutls_session_set_ptr($0, pointer) },
            presenting: { gnutls_certificate_set_retrieve_function2($0, showEntriesOfPeer) }
        )
    }

    deinit {
        owned = nil
        for entry in entries { gnutls_pubkey_deinit(entry.pubkey) }
        gnutls_privkey_deinit(signer)
        for body in bodies { body.deallocate() }
        entries.deallocate()
    }

    fileprivate var list: (UnsafeMutablePointer<gnutls_pcert_st>?, UInt32) {
        (entries.baseAddress, UInt32(entries.count))
    }
}

/// GnuTLS's function for the client's certificates (gnutls_certificate_set_retrieve_function2(3)).
private func showEntriesOfPeer(
    _ session: gnutls_session_t?,
    _ authorities: UnsafePointer<gnutls_datum_t>?,
    _ authorityCount: Int32,
    _ algorithms: UnsafePointer<gnutls_pk_algorithm_t>?,
    _ algorithmCount: Int32,
    _ entries: UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>?,
    _ count: UnsafeMutablePointer<UInt32>?,
    _ signer: UnsafeMutablePointer<gnutls_privkey_t?>?
) -> Int32 {
    guard let pointer = gnutls_session_get_ptr(session) else { return GNUTLS_E_INTERNAL_ERROR }
    let peer = Unmanaged<KeyPeer>.fromOpaque(pointer).takeUnretainedValue()
    entries?.pointee = peer.list.0
    count?.pointee = peer.list.1
    signer?.pointee = peer.signer
    return 0
}

extension KeyPeer {
    /// The same for a client, or a server, that knows X.509 certificates only.
    static let x509Priorities = priorities.replacing(":-CTYPE-CLI-X509:+CTYPE-CLI-RAWPK", with: "")
}

/// The types of the handshake messages that a session was sent, as GnuTLS's hook tells them.
final class MessageLog {
    private(set) var types: [UInt32] = []
    private(set) var encryptedExtensions: [UInt8] = []

    /// The session must not outlive this.
    func listen(to session: gnutls_session_t?) {
        gnutls_db_set_ptr(session, Unmanaged.passUnretained(self).toOpaque())
        // GNUTLS_HANDSHAKE_ANY, a macro that is not imported.
        gnutls_handshake_set_hook_function(session, .max, GNUTLS_HOOK_PRE, logMessage)
    }

    fileprivate func add(_ type: UInt32, _ body: gnutls_datum_t) {
        types.append(type)
        guard type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS.rawValue else { return }
        encryptedExtensions = Array(UnsafeBufferPointer(start: body.data, count: Int(body.size)))
    }
}

private func logMessage(
    _ session: gnutls_session_t?,
    _ type: UInt32,
    _ when: UInt32,
    _ isIncoming: UInt32,
    _ body: UnsafePointer<gnutls_datum_t>?
) -> Int32 {
    guard isIncoming != 0, let body, let log = gnutls_db_get_ptr(session) else { return 0 }
    Unmanaged<MessageLog>.fromOpaque(log).takeUnretainedValue().add(type, body.pointee)
    return 0
}
