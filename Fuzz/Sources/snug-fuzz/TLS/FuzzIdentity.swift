// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import SnugLab
internal import SnugSystem
internal import SnugTransport

/// A server's certificate, the same in every process, because keys, serial numbers and dates are.
final class FuzzIdentity: Sendable {
    static let shared: FuzzIdentity = {
        do { return try FuzzIdentity() } catch { fatalError("no certificate: \(error)") }
    }()

    let client: TLSContext
    let modernServer: TLSContext
    let compatServer: TLSContext

    private init() throws {
        fuzz_begin()
        let first = UnixTime(seconds: 1_700_000_000)
        let last = UnixTime(seconds: 3_900_000_000)
        let authority = try LabAuthority(notBefore: first, notAfter: last)
        let issued = try authority.issue(names: ["localhost"], notBefore: first, notAfter: last)
        client = try TLSContext(
            trust: .authorities(pem: authority.certificatePEM),
            policy: .modern,
            applicationProtocols: ["snug/0"]
        )
        modernServer = try TLSContext(
            certificateChain: issued.certificateChainPEM,
            privateKey: issued.privateKeyPEM,
            policy: .modern,
            applicationProtocols: ["snug/0"]
        )
        compatServer = try TLSContext(
            certificateChain: issued.certificateChainPEM,
            privateKey: issued.privateKeyPEM,
            policy: .compat,
            applicationProtocols: ["snug/0"]
        )
    }

    /// A loop lends one set to all its connections, and this process is one loop.
    nonisolated(unsafe) static let buffers = IOBuffers()

    /// What a client of the targets expects.
    static let expected = ExpectedServer(name: "localhost", pins: [])
}
