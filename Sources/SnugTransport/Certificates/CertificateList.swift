// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
internal import SnugSystem

/// The certificates of a PEM text, in its order; at least one.
package struct CertificateList {
    package let certificates: [X509Certificate]

    /// Reads all of them, so that each that is damaged can be named.
    init(pem: [UInt8]) throws(CertificateFault) {
        certificates = try pem.span.bytes.withUnsafeBytes { (pem) throws(CertificateFault) in
            let blocks = PEMBlock.all(in: pem).filter(\.isCertificate)
            guard !blocks.isEmpty else { throw .content(FileContent(of: pem)) }
            var certificates: [X509Certificate] = []
            for block in blocks {
                do throws(GnuTLSFailure) {
                    certificates.append(
                        try X509Certificate(pem: UnsafeRawBufferPointer(rebasing: pem[block.range]))
                    )
                } catch {
                    throw .damaged(number: certificates.count + 1, count: blocks.count, error.code)
                }
            }
            return certificates
        }
    }

    /// These; at least one.
    init(_ certificates: [X509Certificate]) { self.certificates = certificates }

    /// Lends all of them to a call that only reads them.
    func withHandles<Result>(_ body: (UnsafeMutablePointer<gnutls_x509_crt_t?>?, Int32) -> Result) -> Result {
        var handles = certificates.map { Optional($0.handle) }
        return withExtendedLifetime(certificates) {
            handles.withUnsafeMutableBufferPointer { body($0.baseAddress, Int32(clamping: $0.count)) }
        }
    }

    /// Whether a client that trusts `authorities` and nobody else can find a way from the first certificate to them, on
    /// which each certificate may sign the one before.
    ///
    /// Nothing but that is judged: no date, no name, no algorithm.
    package func leads(to authorities: TrustList) -> Bool {
        guard let status = status(for: authorities) else { return false }
        let broken = [GNUTLS_CERT_SIGNER_NOT_CA, GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE]
        return Self.isSigned(status) && broken.allSatisfy { status & $0.rawValue == 0 }
    }

    /// Whether one of `authorities` has signed what leads to the first certificate; it may have had no right to.
    func isSigned(below authorities: TrustList) -> Bool {
        status(for: authorities).map(Self.isSigned) ?? false
    }

    /// The same, by what ``status(for:)`` found.
    static func isSigned(_ status: UInt32) -> Bool {
        [GNUTLS_CERT_SIGNER_NOT_FOUND, GNUTLS_CERT_SIGNATURE_FAILURE]
            .allSatisfy { status & $0.rawValue == 0 }
    }

    /// What such a client would have against the first certificate (`gnutls_certificate_status_t`), names apart.
    func status(for authorities: TrustList) -> UInt32? {
        withHandles { handles, count in
            var status: UInt32 = 0
            let outcome = gnutls_x509_trust_list_verify_crt(
                authorities.handle,
                handles,
                UInt32(count),
                0,
                &status,
                nil
            )
            return outcome == GNUTLS_E_SUCCESS ? status : nil
        }
    }

    /// The last second in which all of them are valid, but for those that are past it already.
    func expiry(after now: UnixTime = .now) -> UnixTime? {
        let expiries = certificates.map(\.expiry)
        return expiries.filter { now <= $0 }.min() ?? expiries.min()
    }
}

/// Authorities that certificates can be traced to.
package final class TrustList {
    let handle: gnutls_x509_trust_list_t

    private init?() {
        var list: gnutls_x509_trust_list_t?
        guard gnutls_x509_trust_list_init(&list, 0) == GNUTLS_E_SUCCESS, let list else { return nil }
        handle = list
    }

    /// Those in a PEM text; nil if none is.
    package convenience init?(pem: [UInt8]) {
        self.init()
        let count = pem.withUnsafeBytes { bytes in
            var datum = gnutls_datum_t(borrowing: bytes)
            return gnutls_x509_trust_list_add_trust_mem(handle, &datum, nil, GNUTLS_X509_FMT_PEM, 0, 0)
        }
        guard count > 0 else { return nil }
    }

    /// Those that the operating system trusts; nil if it trusts nobody.
    static func system() -> TrustList? {
        guard let list = TrustList(), gnutls_x509_trust_list_add_system_trust(list.handle, 0, 0) > 0 else {
            return nil
        }
        return list
    }

    deinit { gnutls_x509_trust_list_deinit(handle, 1) }
}
