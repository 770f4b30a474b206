// SPDX-License-Identifier: Apache-2.0

package import CGnuTLS
package import SnugSystem

/// One certificate, read.
package final class X509Certificate {
    package let handle: gnutls_x509_crt_t

    /// The leaf that the peer of a session presented.
    convenience init?(presentedTo session: gnutls_session_t) {
        var count: UInt32 = 0
        guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return nil }
        try? self.init(chain.pointee, GNUTLS_X509_FMT_DER)
    }

    /// Reads a certificate in DER.
    convenience init?(der bytes: UnsafeRawBufferPointer) {
        try? self.init(gnutls_datum_t(borrowing: bytes), GNUTLS_X509_FMT_DER)
    }

    /// Reads the first certificate of a PEM text.
    package convenience init(pem: UnsafeRawBufferPointer) throws(GnuTLSFailure) {
        try self.init(gnutls_datum_t(borrowing: pem), GNUTLS_X509_FMT_PEM)
    }

    private init(_ encoded: gnutls_datum_t, _ format: gnutls_x509_crt_fmt_t) throws(GnuTLSFailure) {
        var certificate: gnutls_x509_crt_t?
        let allocated = gnutls_x509_crt_init(&certificate)
        guard let certificate else {
            throw GnuTLSFailure(code: GnuTLSCode(allocated), call: "gnutls_x509_crt_init")
        }
        handle = certificate
        var encoded = encoded
        try check(gnutls_x509_crt_import(certificate, &encoded, format), during: "gnutls_x509_crt_import")
    }

    deinit { gnutls_x509_crt_deinit(handle) }

    package func exportPEM() throws(GnuTLSFailure) -> [UInt8] { try Self.exportPEM(handle) }

    /// The PEM of a certificate that may still be in the making.
    package static func exportPEM(_ handle: gnutls_x509_crt_t) throws(GnuTLSFailure) -> [UInt8] {
        var exported = gnutls_datum_t()
        try check(
            gnutls_x509_crt_export2(handle, GNUTLS_X509_FMT_PEM, &exported),
            during: "gnutls_x509_crt_export2"
        )
        defer { snug_gnutls_free(exported.data) }
        return Array(UnsafeBufferPointer(start: exported.data, count: Int(exported.size)))
    }

    // MARK: Whose it is

    var isSelfSigned: Bool { isIssued(by: self) }

    /// Whether `issuer` has the name and the key that this certificate says it was signed with.
    package func isIssued(by issuer: X509Certificate) -> Bool {
        gnutls_x509_crt_check_issuer(handle, issuer.handle) != 0
    }

    /// It may sign other certificates.
    var isAuthority: Bool { gnutls_x509_crt_get_ca_status(handle, nil) > 0 }

    var issuer: String { Self.text { gnutls_x509_crt_get_issuer_dn3(handle, $0, 0) } }

    var subject: String { Self.text { gnutls_x509_crt_get_dn3(handle, $0, 0) } }

    private static func text(_ read: (UnsafeMutablePointer<gnutls_datum_t>) -> Int32) -> String {
        var text = gnutls_datum_t()
        guard read(&text) == GNUTLS_E_SUCCESS, let data = text.data else { return "" }
        defer { snug_gnutls_free(data) }
        return String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
    }

    // MARK: When it is valid

    /// The first second in which it is valid.
    var begin: UnixTime { UnixTime(seconds: gnutls_x509_crt_get_activation_time(handle)) }

    /// The last second in which it is valid.
    package var expiry: UnixTime { UnixTime(seconds: gnutls_x509_crt_get_expiration_time(handle)) }

    // MARK: What it is for

    /// The names by which a client can ask for its holder, for people.
    var usableNames: [String] { names.filter { $0.flaw == nil }.compactMap(\.text) }

    /// Those of them that are no patterns: a client can ask for each as it is.
    var namesToAskFor: [String] { names.filter { $0.flaw == nil && !$0.isWildcard }.compactMap(\.text) }

    /// What clients can call the server by, and what else it is for, in its order and however many there are.
    package var names: [CertificateName] {
        var encoded = gnutls_datum_t()
        let outcome = gnutls_x509_crt_get_extension_by_oid2(
            handle,
            GNUTLS_X509EXT_OID_SAN,
            0,
            &encoded,
            nil
        )
        guard outcome == GNUTLS_E_SUCCESS else { return [] }
        defer { snug_gnutls_free(encoded.data) }
        var list: gnutls_subject_alt_names_t?
        guard gnutls_subject_alt_names_init(&list) == GNUTLS_E_SUCCESS, let list else { return [] }
        defer { gnutls_subject_alt_names_deinit(list) }
        guard gnutls_x509_ext_import_subject_alt_names(&encoded, list, 0) == GNUTLS_E_SUCCESS else {
            return []
        }
        var names: [CertificateName] = []
        for index in UInt32(0)... {
            var kind: UInt32 = 0
            var value = gnutls_datum_t()
            guard gnutls_subject_alt_names_get(list, index, &kind, &value, nil) == GNUTLS_E_SUCCESS else {
                break
            }
            let bytes = Array(UnsafeBufferPointer(start: value.data, count: Int(value.size)))
            switch kind {
            case GNUTLS_SAN_DNSNAME.rawValue: names.append(.host(bytes))
            case GNUTLS_SAN_IPADDRESS.rawValue: names.append(.address(bytes))
            default: names.append(.other)
            }
        }
        return names
    }

    /// It says nothing about what its key may do, or that it may sign handshakes.
    var allowsSigning: Bool {
        var usage: UInt32 = 0
        let outcome = gnutls_x509_crt_get_key_usage(handle, &usage, nil)
        return outcome < 0 || usage & UInt32(GNUTLS_KEY_DIGITAL_SIGNATURE) != 0
    }

    /// It says nothing about what it is for, or that it is for servers.
    var isForServers: Bool {
        gnutls_x509_crt_check_key_purpose(handle, GNUTLS_KP_TLS_WWW_SERVER, 0) != 0
    }

    /// It says nothing about what those that it signs are for, or names servers; GnuTLS does not take "any" here.
    var mayIssueForServers: Bool {
        gnutls_x509_crt_check_key_purpose(
            handle,
            GNUTLS_KP_TLS_WWW_SERVER,
            UInt32(GNUTLS_KP_FLAG_DISALLOW_ANY)
        ) != 0
    }

    /// The object identifiers of its critical extensions, without those that nearly every certificate has.
    var unusualCriticalExtensions: [String] {
        var found: [String] = []
        for index in UInt32(0)... {
            var name = [CChar](repeating: 0, count: 128)
            var size = name.count
            var isCritical: UInt32 = 0
            guard found.count < Self.shownExtensions,
                gnutls_x509_crt_get_extension_info(handle, index, &name, &size, &isCritical)
                    == GNUTLS_E_SUCCESS
            else { break }
            let identifier = String(
                decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
                as: UTF8.self
            )
            if isCritical != 0, !Self.usualExtensions.contains(identifier) { found.append(identifier) }
        }
        return found
    }

    /// So many are enough to find it, and a peer can send thousands.
    private static let shownExtensions = 5

    /// Key usage, alternative names, basic constraints, name constraints, policies, extended key usage (RFC 5280).
    private static let usualExtensions = [15, 17, 19, 30, 32, 37].map { "2.5.29.\($0)" }

    // MARK: Its key

    var pin: String { "sha256:" + Base64.encode(keyIdentifier(GNUTLS_KEYID_USE_SHA256)) }

    /// A digest of the public key, which is the same in the certificate and in the private key.
    func keyIdentifier(_ digest: gnutls_keyid_flags_t) -> [UInt8] {
        var identifier = [UInt8](repeating: 0, count: 64)
        var count = identifier.count
        guard gnutls_x509_crt_get_key_id(handle, digest.rawValue, &identifier, &count) == GNUTLS_E_SUCCESS
        else { return [] }
        return Array(identifier.prefix(count))
    }

    /// What certificates that it signs call its key by (RFC 5280 section 4.2.1.1).
    package var subjectKeyIdentifier: [UInt8] {
        var identifier = [UInt8](repeating: 0, count: 128)
        var count = identifier.count
        let outcome = gnutls_x509_crt_get_subject_key_id(handle, &identifier, &count, nil)
        // SHA-1 is what every tool that says nothing means.
        return outcome == GNUTLS_E_SUCCESS
            ? Array(identifier.prefix(count)) : keyIdentifier(GNUTLS_KEYID_USE_SHA1)
    }

    /// It has as many bits as `%PROFILE_MEDIUM` of a client's ``TLSPolicy`` asks for.
    var hasStrongKey: Bool { keyKind.kind != .rsa || keyKind.bits >= 2_048 }

    /// The kind of its key, and how many bits it has.
    var keyKind: (kind: KeyKind, bits: Int) {
        var bits: UInt32 = 0
        let algorithm = gnutls_x509_crt_get_pk_algorithm(handle, &bits)
        var curve = gnutls_ecc_curve_t(rawValue: 0)
        gnutls_x509_crt_get_pk_ecc_raw(handle, &curve, nil, nil)
        let kind = KeyKind(gnutls_pk_algorithm_t(rawValue: UInt32(bitPattern: algorithm)), curve)
        return (kind, Int(bits))
    }
}

/// A kind of key as certificates have it.
enum KeyKind: Equatable {
    case ecdsa(curve: String)
    case ed25519
    case rsa
    case other(String)

    init(_ algorithm: gnutls_pk_algorithm_t, _ curve: gnutls_ecc_curve_t) {
        switch algorithm {
        case GNUTLS_PK_RSA: self = .rsa
        case GNUTLS_PK_EDDSA_ED25519: self = .ed25519
        case GNUTLS_PK_ECDSA:
            self = .ecdsa(curve: gnutls_ecc_curve_get_name(curve).map { String(cString: $0) } ?? "?")
        default:
            self = .other(gnutls_pk_algorithm_get_name(algorithm).map { String(cString: $0) } ?? "unknown")
        }
    }

    /// Whether ``TLSPolicy`` offers signatures with it.
    var isOffered: Bool {
        switch self {
        case .ecdsa(let curve): curve == "SECP256R1" || curve == "SECP384R1"
        case .ed25519, .rsa: true
        case .other: false
        }
    }
}

extension KeyKind: CustomStringConvertible {
    /// Such as `ECDSA on SECP521R1`.
    var description: String {
        switch self {
        case .ecdsa(let curve): "ECDSA on \(curve)"
        case .ed25519: "Ed25519"
        case .rsa: "RSA"
        case .other(let name): name
        }
    }
}

enum Base64 {
    /// The standard alphabet with padding (RFC 4648 section 4), by GnuTLS.
    static func encode(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { bytes in
            var input = gnutls_datum_t(borrowing: bytes)
            var output = gnutls_datum_t()
            guard gnutls_base64_encode2(&input, &output) == GNUTLS_E_SUCCESS, let data = output.data else {
                return ""
            }
            defer { snug_gnutls_free(data) }
            return String(decoding: UnsafeBufferPointer(start: data, count: Int(output.size)), as: UTF8.self)
        }
    }

    /// The bytes that a text stands for; nil if it is no base64.
    ///
    /// More than one text can stand for the same bytes.
    static func decode(_ text: String) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { bytes in
            var input = gnutls_datum_t(borrowing: bytes)
            var output = gnutls_datum_t()
            guard gnutls_base64_decode2(&input, &output) == GNUTLS_E_SUCCESS, let data = output.data else {
                return nil
            }
            defer { snug_gnutls_free(data) }
            return Array(UnsafeBufferPointer(start: data, count: Int(output.size)))
        }
    }
}
