// SPDX-License-Identifier: Apache-2.0

public import SnugLab
import SnugServer
import SnugSystem
public import SnugTransport

/// An authority of the tests' own, with a server certificate for this machine.
public final class TestAuthority: Sendable {
    /// One for all tests that do not care.
    public static let shared: TestAuthority = {
        do { return try TestAuthority() } catch { fatalError("no certificates for the tests: \(error)") }
    }()

    public let authorityPEM: [UInt8]
    public let certificate: IssuedCertificate

    public init(names: [String] = ["localhost", "127.0.0.1", "::1"]) throws {
        let authority = try LabAuthority(commonName: "Snug test authority")
        authorityPEM = authority.certificatePEM
        certificate = try authority.issue(names: names)
    }

    /// Writes `ca.pem`, `chain.pem` and `key.pem`, for programs that are given files.
    public func write(into folder: TemporaryFolder) throws {
        try folder.write(authorityPEM, to: "ca.pem", mode: 0o644)
        try folder.write(certificate.certificateChainPEM, to: "chain.pem", mode: 0o644)
        try folder.write(certificate.privateKeyPEM.withBytes { Array($0) }, to: "key.pem", mode: 0o600)
    }

    public func clientContext(
        clientKey: ClientKey? = nil,
        applicationProtocols: [String] = ["snug/0"]
    ) throws -> TLSContext {
        try TLSContext(
            trust: .authorities(pem: authorityPEM),
            policy: .modern,
            applicationProtocols: applicationProtocols,
            clientKey: clientKey
        )
    }

    public func serverContext() throws -> TLSContext {
        try certificate.serverContext()
    }
}

extension IssuedCertificate {
    public borrowing func serverContext(policy: TLSPolicy = .modern) throws -> TLSContext {
        try TLSContext(
            certificateChain: certificateChainPEM,
            privateKey: privateKeyPEM,
            policy: policy,
            applicationProtocols: ServerConfiguration.applicationProtocols
        )
    }
}
