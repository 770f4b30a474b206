// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

extension TLSPolicy {
    /// The error to report in place of `error` if this system lets nobody use any certificate.
    public func isToBlame(for error: TLSConfigurationError) -> TLSConfigurationError? {
        switch error {
        case .certificate(.refusedByClients), .key(.damaged): systemFault.map { .policy($0) }
        default: nil
        }
    }

    /// Why nobody on this system can use any certificate; nil if that is not so.
    ///
    /// For whoever has failed with a peer: one that finds nothing to choose from can say no more than that.
    public var systemFault: PolicyFault? {
        do {
            // One that signs itself would do less: nobody checks a signature of what is trusted anyway.
            let authority = try LabAuthority()
            let issued = try authority.issue(names: LabCertificates.defaultNames)
            try TLSContext.completeHandshake(
                server: TLSContext(
                    certificateChain: issued.certificateChainPEM,
                    privateKey: issued.privateKeyPEM,
                    policy: self
                ),
                client: TLSContext(trust: .authorities(pem: authority.certificatePEM), policy: self),
                name: LabCertificates.defaultNames[0]
            )
            return nil
        } catch { return .refusesEveryCertificate("\(error)") }
    }
}
