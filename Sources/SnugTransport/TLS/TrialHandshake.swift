// SPDX-License-Identifier: Apache-2.0

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
            guard kind != .rsa || bits >= Self.shortestRSA else { throw .keyTooShort(bits: bits) }
            let names = leaf.names
            guard names.contains(where: { $0.text != nil }) else { throw .noNames }
            guard names.contains(where: { $0.example != nil }) else {
                throw UnusableNames(names).map { .noUsableName($0) } ?? .noNames
            }
        } catch {
            throw .certificate(error)
        }
    }

    /// What `%PROFILE_MEDIUM` of a client's ``TLSPolicy`` asks for.
    private static let shortestRSA = 2_048

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

extension TLSContext {
    /// Has a client complete a handshake with this server, in memory.
    func completeTrialHandshake(
        presenting chain: CertificateList,
        _ policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        guard let name = chain.certificates[0].names.lazy.compactMap(\.example).first else {
            throw .certificate(.noNames)
        }
        // Trusting the chain itself leaves its dates, purpose and algorithms to be judged.
        let client = try TLSContext(trusting: chain, policy)
        do throws(TransportError) {
            try Self.completeHandshake(server: self, client: client, name: name)
        } catch {
            throw .certificate(.refusedByClients(error.description))
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
