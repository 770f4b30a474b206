// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import Glibc
internal import SnugSystem

/// The server that a client means to reach.
public struct ExpectedServer: Equatable, Sendable {
    /// The host name or address literal that the certificate must hold as a subject alternative name.
    public let name: String

    /// If not empty, the server's key must be one of these, and then no authority is asked; see ``PeerIdentity/pin`` for
    /// the form.
    public let pins: [String]

    /// What certificates are written without is dropped: a dot at the end (RFC 6125 section 6.4.1), and the interface of
    /// a link-local address.
    public init(name: String, pins: [String] = []) {
        let name = name.prefix { $0 != "%" }
        self.name = String(name.hasSuffix(".") ? name.dropLast() : name)
        self.pins = pins
    }

    /// Whether `pin` has the form of a ``PeerIdentity/pin``.
    public static func isWellFormed(pin: String) -> Bool {
        KeyFingerprint(pin) != nil
    }
}

/// What GnuTLS compares a certificate with, at addresses that stay put as long as the session lives.
///
/// Both host name and purpose: with the name alone GnuTLS takes a certificate that is meant for clients only.
final class VerificationExpectation {
    private let hostName: UnsafeMutablePointer<CChar>
    private let purpose: UnsafeMutablePointer<CChar>
    private let entries = UnsafeMutablePointer<gnutls_typed_vdata_st>.allocate(capacity: 2)

    init(hostName name: String) {
        hostName = Self.copy(name)
        purpose = Self.copy(GNUTLS_KP_TLS_WWW_SERVER)
        entries.initialize(repeating: gnutls_typed_vdata_st(), count: 2)
        entries[0].type = GNUTLS_DT_DNS_HOSTNAME
        entries[0].data = UnsafeMutableRawPointer(hostName).assumingMemoryBound(to: UInt8.self)
        entries[1].type = GNUTLS_DT_KEY_PURPOSE_OID
        entries[1].data = UnsafeMutableRawPointer(purpose).assumingMemoryBound(to: UInt8.self)
    }

    deinit {
        entries.deallocate()
        hostName.deallocate()
        purpose.deallocate()
    }

    /// Has GnuTLS compare what the peer of `session` has presented (gnutls_certificate_verify_peers(3)); nil if it cannot.
    func status(of session: gnutls_session_t) -> UInt32? {
        var status: UInt32 = 0
        let outcome = gnutls_certificate_verify_peers(session, entries, 2, &status)
        return outcome == GNUTLS_E_SUCCESS ? status : nil
    }

    /// A zero-terminated copy; size 0 in the entry tells GnuTLS to look for the zero.
    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let characters = Array(text.utf8CString)
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
        memory.initialize(from: characters, count: characters.count)
        return memory
    }
}

extension TLSSession {
    /// What the completed handshake established.
    func establishedFacts() throws(TransportError) -> PeerFacts {
        let version = gnutls_protocol_get_version(handle)
        return PeerFacts(
            protocolVersion: Self.commonName(of: version),
            cipher: gnutls_cipher_get_name(gnutls_cipher_get(handle)).map { String(cString: $0) },
            group: gnutls_group_get_name(gnutls_group_get(handle)).map { String(cString: $0) },
            applicationProtocol: selectedApplicationProtocol,
            identity: try expectedServer.map { (server) throws(TransportError) in try identity(of: server) },
            provedKey: try provedKey,
            shownKey: shownKey
        )
    }

    /// Whether the versions were agreed upon: records are encrypted from then on.
    private var hasKeys: Bool { gnutls_cipher_get(handle) != GNUTLS_CIPHER_NULL }

    /// Names the failure of a GnuTLS call in the terms of this module.
    func failure(_ outcome: Int32) -> TransportError {
        switch outcome {
        case GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR:
            return .certificateRejected(refusal ?? refusal(for: [.other("verification failed")], nil))
        case GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE where expectedServer == nil:
            return .peerMisbehaved(.keyOfOtherKind)
        case GNUTLS_E_PK_SIG_VERIFY_FAILED where expectedServer == nil:
            return .peerMisbehaved(.keyNotProved)
        case GNUTLS_E_FATAL_ALERT_RECEIVED:
            let alert = gnutls_alert_get(handle)
            // It is the answer of a server that has nothing as new as what was offered.
            if alert == GNUTLS_A_PROTOCOL_VERSION, !hasKeys { return .peerMisbehaved(.noCommonVersion) }
            let name = gnutls_alert_get_name(alert).map { String(cString: $0) }
            return .peerMisbehaved(.alert(name: name ?? "unknown"))
        case GNUTLS_E_NO_APPLICATION_PROTOCOL:
            return .peerMisbehaved(.noCommonApplicationProtocol)
        case GNUTLS_E_UNSUPPORTED_VERSION_PACKET where !hasKeys:
            return .peerMisbehaved(.noCommonVersion)
        // A client without TLS 1.3: GnuTLS goes along with its 1.2, and finds no suites for it.
        case GNUTLS_E_NO_CIPHER_SUITES where !hasKeys && hasForeignVersion:
            return .peerMisbehaved(.noCommonVersion)
        case GNUTLS_E_PREMATURE_TERMINATION:
            return .truncated
        case GNUTLS_E_MEMORY_ERROR:
            return .system(SystemError(code: ENOMEM, call: "GnuTLS"))
        default:
            return .peerMisbehaved(.refusedByTLS(GnuTLSCode(outcome)))
        }
    }

    private var selectedApplicationProtocol: String? {
        var datum = gnutls_datum_t()
        guard gnutls_alpn_get_selected_protocol(handle, &datum) == GNUTLS_E_SUCCESS else { return nil }
        let bytes = UnsafeBufferPointer(start: datum.data, count: Int(datum.size))
        return String(validating: bytes, as: UTF8.self)
    }

    /// GnuTLS says `TLS1.3` where everyone else says `TLSv1.3`.
    private static func commonName(of version: gnutls_protocol_t) -> String {
        switch version {
        case GNUTLS_TLS1_3: "TLSv1.3"
        case GNUTLS_TLS1_2: "TLSv1.2"
        default: gnutls_protocol_get_name(version).map { String(cString: $0) } ?? "unknown"
        }
    }

    // MARK: The server's certificate

    private func identity(of server: ExpectedServer) throws(TransportError) -> PeerIdentity {
        guard let certificate = presentedCertificate else {
            throw .certificateRejected(refusal(for: [.other("there is none")], nil))
        }
        return PeerIdentity(
            verifiedName: server.name,
            voucher: isVouchedForByPin ? .pin : .authority(certificate.issuer),
            pin: certificate.pin,
            expiry: certificate.expiry
        )
    }

    /// Has a client judge the server's certificate as soon as the server has proved its key.
    ///
    /// That is before anything of ours but the hello is sent in TLS 1.3: once the handshake is complete it would be too
    /// late, as our own key was shown by then.
    func verifyServerBeforeAnythingIsSent() {
        gnutls_session_set_verify_function(handle, verifyServerOfSession)
    }

    fileprivate func verifyServer() -> Int32 {
        guard let expectedServer, let certificate = presentedCertificate, let status = verificationStatus
        else { return GNUTLS_E_CERTIFICATE_ERROR }
        let pins = expectedServer.pins
        isVouchedForByPin = pins.contains(certificate.pin) && status != 0
        let faults = pins.isEmpty ? status : certificate.faultsOfItsOwn(status, for: expectedServer.name)
        var reasons = CertificateRejection.reasons(in: faults, certificate)
        if reasons.isEmpty, faults != 0 { reasons = [.other(Self.words(for: faults))] }
        if !pins.isEmpty, !pins.contains(certificate.pin) {
            reasons.insert(.keyNotPinned(actualPin: certificate.pin), at: 0)
        }
        guard !reasons.isEmpty else { return GNUTLS_E_SUCCESS }
        refusal = refusal(for: reasons, certificate)
        return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR
    }

    private func refusal(
        for reasons: [CertificateRejection.Reason],
        _ certificate: X509Certificate?
    ) -> CertificateRejection {
        CertificateRejection(
            reasons: reasons,
            expectedName: expectedServer?.name ?? "",
            certificateNames: certificate?.usableNames ?? [],
            pin: certificate?.pin
        )
    }

    private var presentedCertificate: X509Certificate? { handle.flatMap { X509Certificate(presentedTo: $0) } }

    private static func words(for status: UInt32) -> String {
        var text = gnutls_datum_t()
        let outcome = gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0)
        guard outcome == GNUTLS_E_SUCCESS, let data = text.data else { return "verification failed" }
        defer { snug_gnutls_free(data) }
        return String(decoding: UnsafeBufferPointer(start: data, count: Int(text.size)), as: UTF8.self)
    }
}

extension CertificateRejection {
    /// What GnuTLS has found (`gnutls_certificate_status_t`), as far as it has a name here.
    static func reasons(in status: UInt32, _ certificate: X509Certificate?) -> [Reason] {
        var reasons: [Reason] = []
        func add(_ reason: @autoclosure () -> Reason, if flag: gnutls_certificate_status_t) {
            if status & flag.rawValue != 0 { reasons.append(reason()) }
        }
        add(.expired(certificate?.expiry ?? .now), if: GNUTLS_CERT_EXPIRED)
        add(.notYetValid(certificate?.begin ?? .now), if: GNUTLS_CERT_NOT_ACTIVATED)
        add(
            certificate?.isSelfSigned == true ? .selfSigned : .unknownIssuer(certificate?.issuer ?? ""),
            if: GNUTLS_CERT_SIGNER_NOT_FOUND
        )
        add(.wrongName, if: GNUTLS_CERT_UNEXPECTED_OWNER)
        add(.wrongPurpose, if: GNUTLS_CERT_PURPOSE_MISMATCH)
        add(.insecureAlgorithm, if: GNUTLS_CERT_INSECURE_ALGORITHM)
        add(
            .unknownCriticalExtension(certificate?.unusualCriticalExtensions ?? []),
            if: GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS
        )
        add(.constrainedIssuer, if: GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE)
        add(.issuerNotAuthority, if: GNUTLS_CERT_SIGNER_NOT_CA)
        add(.wrongSignature, if: GNUTLS_CERT_SIGNATURE_FAILURE)
        add(.statusMissing, if: GNUTLS_CERT_MISSING_OCSP_STATUS)
        return reasons
    }
}

extension X509Certificate {
    /// What `status` has against it (`gnutls_certificate_status_t`) but for what is its authority's affair, with what only
    /// this certificate can be asked: where the authority is not known, GnuTLS does not look at all of it.
    fileprivate func faultsOfItsOwn(_ status: UInt32, for name: String) -> UInt32 {
        let ofAuthority = [
            GNUTLS_CERT_INVALID, GNUTLS_CERT_SIGNER_NOT_FOUND, GNUTLS_CERT_SIGNER_NOT_CA,
            GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, GNUTLS_CERT_SIGNATURE_FAILURE,
            GNUTLS_CERT_INSECURE_ALGORITHM, GNUTLS_CERT_EXPIRED, GNUTLS_CERT_NOT_ACTIVATED,
            GNUTLS_CERT_MISSING_OCSP_STATUS,
        ]
        var faults = ofAuthority.reduce(status) { $0 & ~$1.rawValue }
        func add(_ fault: gnutls_certificate_status_t, if isFound: Bool) {
            if isFound { faults |= fault.rawValue }
        }
        add(GNUTLS_CERT_EXPIRED, if: expiry < .now)
        add(GNUTLS_CERT_NOT_ACTIVATED, if: .now < begin)
        add(GNUTLS_CERT_UNEXPECTED_OWNER, if: gnutls_x509_crt_check_hostname(handle, name) == 0)
        add(GNUTLS_CERT_PURPOSE_MISMATCH, if: !isForServers)
        add(GNUTLS_CERT_INSECURE_ALGORITHM, if: !hasStrongKey)
        return faults
    }
}

/// GnuTLS's function for verifying (gnutls_session_set_verify_function(3)).
///
/// At file level; see `hearClientOfSession`.
private func verifyServerOfSession(_ handle: gnutls_session_t?) -> Int32 {
    guard let handle, let session = gnutls_transport_get_ptr(handle) else { return GNUTLS_E_INTERNAL_ERROR }
    return Unmanaged<TLSSession>.fromOpaque(session)._withUnsafeGuaranteedRef { $0.verifyServer() }
}
