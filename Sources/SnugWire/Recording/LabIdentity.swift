// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugLab
internal import SnugServer
internal import SnugTransport

/// A server's identity that lives in memory alone: an authority, and a certificate that it signed.
struct LabIdentity: Sendable {
    /// What clients call the server.
    static let hostName = "localhost"

    /// For the server.
    let serverContext: TLSContext

    private let authorityPEM: [UInt8]

    /// Makes a new authority and a new certificate.
    init() throws(WireError) {
        let issued: IssuedCertificate
        do throws(CertificateError) {
            let authority = try LabAuthority()
            issued = try authority.issue(names: [Self.hostName])
            authorityPEM = authority.certificatePEM
        } catch { throw .certificatesNotMade(error) }
        do throws(TLSConfigurationError) {
            serverContext = try TLSContext(
                certificateChain: issued.certificateChainPEM,
                privateKey: issued.privateKeyPEM,
                policy: .modern,
                applicationProtocols: ServerConfiguration.applicationProtocols
            )
        } catch { throw .certificatesNotUsable(error) }
    }

    /// For clients that trust this identity's authority and nobody else.
    func clientContext(
        keyLog: KeyLogObserver?,
        applicationProtocols: [String] = ClientConfiguration.applicationProtocols,
        clientKey: ClientKey? = nil
    ) throws(WireError) -> TLSContext {
        do throws(TLSConfigurationError) {
            return try TLSContext(
                trust: .authorities(pem: authorityPEM),
                policy: .modern,
                applicationProtocols: applicationProtocols,
                clientKey: clientKey,
                dangerousKeyLog: keyLog
            )
        } catch { throw .certificatesNotUsable(error) }
    }
}
