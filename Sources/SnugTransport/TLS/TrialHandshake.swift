// SPDX-License-Identifier: Apache-2.0

extension TLSContext {
    /// A server's context that has proved itself: a client completed a handshake with it, in memory.
    ///
    /// What reads well can still fail every client: an expired certificate, one that is not for servers or holds no
    /// name, a key of a kind that the policy does not offer. The trial finds that before anyone connects, and before
    /// a reload replaces what works.
    public convenience init(
        testing certificateChain: [UInt8],
        privateKey: borrowing SecretBytes,
        policy: TLSPolicy
    ) throws(TLSConfigurationError) {
        try self.init(certificateChain: certificateChain, privateKey: privateKey, policy: policy)
        guard let name = X509Certificate(pem: certificateChain)?.names.first else {
            throw .certificateNotUsable("it holds no host name or address")
        }
        // Trusting the chain itself leaves its dates, purpose and algorithms to be judged.
        let client = try TLSContext(trust: .authorities(pem: certificateChain), policy: policy)
        do throws(TransportError) {
            try Self.completeTrialHandshake(server: self, client: client, name: name)
        } catch {
            throw .certificateNotUsable(error.description)
        }
    }

    private static func completeTrialHandshake(
        server: TLSContext,
        client: TLSContext,
        name: String
    ) throws(TransportError) {
        let buffers = IOBuffers()
        let wire = MemoryWire()
        var accepting = TLSTransport(server: wire.rightEnd(), context: server, paddingMultiple: 0)
        // A wildcard stands for any one label (RFC 6125 section 6.4.3).
        let expected = ExpectedServer(name: name.hasPrefix("*.") ? "any" + name.dropFirst() : name)
        var connecting = TLSTransport(
            client: wire.leftEnd(),
            context: client,
            expecting: expected,
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
