// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// To a server that does not prove who it is, neither passphrase nor name is ever sent.
@Suite(.timeLimit(.minutes(30))) struct VerificationFirstTests {
    enum Impostor: CaseIterable, Sendable {
        case clientCertificate
        case expired
        case otherAuthority
        case otherName
        case selfSigned

        fileprivate func context(_ authority: borrowing LabAuthority) throws -> TLSContext {
            let names = ["127.0.0.1"]
            let twoHoursAgo = UnixTime.now + .seconds(-7_200)
            switch self {
            case .clientCertificate:
                return try authority.issue(names: names, purpose: .client).serverContext()
            case .expired:
                return try authority.issue(
                    names: names,
                    notBefore: twoHoursAgo,
                    notAfter: twoHoursAgo + .seconds(3_600)
                ).serverContext()
            case .otherAuthority: return try LabAuthority().issue(names: names).serverContext()
            case .otherName: return try authority.issue(names: ["chat.example"]).serverContext()
            case .selfSigned: return try IssuedCertificate.selfSigned(names: names).serverContext()
            }
        }
    }

    @Test(arguments: Impostor.allCases)
    func anImpostorLearnsNothingAndIsRefused(impostor: Impostor) throws {
        let authority = try LabAuthority()
        let trust = try TLSContext(trust: .authorities(pem: authority.certificatePEM), policy: .modern)
        let (error, received) = try meet(impostor.context(authority), trusting: trust)
        #expect(received.isEmpty)
        #expect(error.exitCode == 77)
        #expect(error.description.hasPrefix("the server's certificate was refused: "))
    }

    @Test func aServerWithAnotherKeyThanThePinnedOneLearnsNothing() throws {
        let pin = "sha256:" + String(repeating: "A", count: 43) + "="
        let (error, received) = try meet(
            TestAuthority.shared.serverContext(),
            trusting: TestAuthority.shared.clientContext(),
            pins: [pin]
        )
        #expect(received.isEmpty)
        #expect(error.exitCode == 77)
        #expect(error.description.contains("is not the pinned one"))
    }

    private func meet(
        _ context: TLSContext,
        trusting trust: TLSContext,
        pins: [String] = []
    ) throws -> (error: ClientError, received: [UInt8]) {
        let server = try ScriptedServer(.tls, context: context) { client in
            try client.handshake()
            try client.readToEnd()
        }
        var configuration = try ClientConfiguration(.tls, port: server.port)
        configuration.security = .tls(trust, pins: pins)
        let error = try #require(try outcome(of: configuration, passphrase: "open sesame"))
        return (error, server.finish().received)
    }
}
