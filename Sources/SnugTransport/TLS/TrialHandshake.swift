// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS
package import SnugSystem

extension CertificateList {
    /// The certificate at the end of the way from the first one to an authority, as far as it is in here.
    var last: X509Certificate {
        var last = certificates[0]
        // Each step takes another one of the list.
        for _ in certificates where !last.isSelfSigned {
            guard let issuer = certificates.first(where: { last.isIssued(by: $0) }) else { break }
            last = issuer
        }
        return last
    }

    /// Finds what keeps every client from accepting the first certificate.
    package func judge(now: UnixTime = .now) throws(TLSConfigurationError) {
        do throws(CertificateFault) {
            try judgeDates(now)
            let leaf = certificates[0]
            guard leaf.isForServers else { throw .notForServers }
            guard leaf.allowsSigning else { throw .noDigitalSignature }
            let (kind, bits) = leaf.keyKind
            guard kind.isOffered else { throw .keyKindNotOffered(kind.description) }
            guard leaf.hasStrongKey else { throw .keyTooShort(bits: bits) }
            let names = leaf.names
            guard names.contains(where: { $0.text != nil }) else { throw .noNames }
            guard names.contains(where: { $0.example != nil }) else {
                throw UnusableNames(names).map { .noUsableName($0) } ?? .noNames
            }
        } catch {
            throw .certificate(error)
        }
    }

    /// Public authorities have issued chains with a spare way to an old root, which outlasts that root.
    private var isTrustedBySystem: Bool { TrustList.system().map { status(for: $0) == 0 } ?? false }

    private func judgeDates(_ now: UnixTime) throws(CertificateFault) {
        for (number, certificate) in certificates.enumerated() {
            let isAuthority = number > 0
            if now < certificate.begin {
                throw .notYetValid(certificate.begin, isAuthority: isAuthority)
            }
            if certificate.expiry < now, !(isAuthority && isTrustedBySystem) {
                throw .expired(certificate.expiry, isAuthority: isAuthority)
            }
        }
    }
}

extension X509Certificate {
    /// Finds what a client would have against it whoever issued it.
    ///
    /// In a client's own list of authorities it would be taken without a look.
    ///
    /// - Parameter isIssuer: it has signed another one of the chain.
    fileprivate func judgeAlone(isIssuer: Bool) throws(TLSConfigurationError) {
        guard !isSelfSigned else { return }
        var status: UInt32 = 0
        // As `%PROFILE_MEDIUM` of a client's ``TLSPolicy`` has it.
        gnutls_x509_crt_verify(handle, nil, 0, SNUG_VERIFY_MEDIUM, &status)
        var reasons = CertificateRejection.reasons(in: status & ~GNUTLS_CERT_SIGNER_NOT_FOUND.rawValue, self)
        if isIssuer, !mayIssueForServers { reasons.append(.wrongPurpose) }
        guard !reasons.isEmpty else { return }
        let rejection = CertificateRejection(
            reasons: reasons,
            expectedName: "",
            certificateNames: [],
            pin: nil
        )
        throw .certificate(.refusedByClients(.certificateRejected(rejection)))
    }
}

extension TLSContext {
    /// Has a client complete a handshake with this server, in memory; it trusts one of `authorities`.
    ///
    /// Without any it trusts what the chain leads to, which leaves everything before that to be judged.
    func completeTrialHandshake(
        presenting chain: CertificateList,
        to authorities: [TrustAnchors],
        _ policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        guard let name = chain.certificates[0].names.lazy.compactMap(\.example).first else {
            throw .certificate(.noNames)
        }
        guard !authorities.isEmpty else {
            try chain.last.judgeAlone(isIssuer: chain.last !== chain.certificates[0])
            return try completeTrial(TLSContext(trusting: CertificateList([chain.last]), policy), name)
        }
        var failure: TLSConfigurationError?
        for trust in authorities {
            do throws(TLSConfigurationError) {
                return try completeTrial(TLSContext(trust: trust, policy: policy), name)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func completeTrial(_ client: TLSContext, _ name: String) throws(TLSConfigurationError) {
        do throws(TransportError) {
            try Self.completeHandshake(server: self, client: client, name: name)
        } catch {
            throw .certificate(.refusedByClients(error))
        }
    }

    /// Has a client that expects `name` and a server complete a handshake, in memory.
    package static func completeHandshake(
        server: TLSContext,
        client: TLSContext,
        name: String
    ) throws(TransportError) {
        let buffers = IOBuffers()
        let wire = MemoryWire()
        var accepting = TLSTransport(server: wire.rightEnd(), context: server, paddingMultiple: 0)
        var connecting = TLSTransport(
            client: wire.leftEnd(),
            context: client,
            expecting: ExpectedServer(name: name),
            paddingMultiple: 0
        )
        var clientIsDone = false
        var serverIsDone = false
        // Each round moves one flight; TLS has no more than three.
        for _ in 0..<8 where !(clientIsDone && serverIsDone) {
            if !clientIsDone, try connecting.handshake(buffers) != .incomplete { clientIsDone = true }
            if !serverIsDone, try accepting.handshake(buffers) != .incomplete { serverIsDone = true }
        }
    }
}
