// SPDX-License-Identifier: Apache-2.0

public import SnugTransport

extension TLSPolicy {
    /// The error to report in place of `error` if this system lets nobody use any certificate.
    public func isToBlame(for error: TLSConfigurationError) -> TLSConfigurationError? {
        switch error {
        case .certificate(.refusedByClients), .key(.damaged): break
        default: return nil
        }
        do {
            let issued = try IssuedCertificate.selfSigned(names: LabCertificates.defaultNames)
            let pem = issued.certificateChainPEM
            try TLSContext.completeHandshake(
                server: TLSContext(certificateChain: pem, privateKey: issued.privateKeyPEM, policy: self),
                client: TLSContext(trust: .authorities(pem: pem), policy: self),
                name: LabCertificates.defaultNames[0]
            )
            return nil
        } catch { return .policy(.refusesEveryCertificate("\(error)")) }
    }
}
