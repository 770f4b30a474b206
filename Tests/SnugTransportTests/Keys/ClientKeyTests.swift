// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// A key is the same key wherever it is read, and openssl says so as well.
@Suite struct ClientKeyTests {
    @Test func aKeyThatWasWrittenIsReadAsTheSame() throws {
        let key = try ClientKey.random()
        let read = try ClientKey(pem: key.exportPEM())
        #expect(read.fingerprint == key.fingerprint)
        #expect(
            try ConnectedPair(.tls, clientKey: read).completeHandshake().server.provedKey == key.fingerprint
        )
    }

    @Test func theFingerprintIsTheSHA256OfThePublicKeyThatOpenSSLSees() throws {
        let folder = try TemporaryFolder()
        let key = try ClientKey.random()
        let path = try folder.write(try key.exportPEM().withBytes { Array($0) }, to: "key.pem", mode: 0o600)
        let publicKey = folder.path("public.der")
        #expect(
            try OpenSSL.run(["pkey", "-in", path, "-pubout", "-outform", "DER", "-out", publicKey]).accepted
        )
        let digest = try OpenSSL.run(["dgst", "-sha256", "-r", publicKey]).text.prefix(64)
        #expect(digest == key.fingerprint.bytes.map { Self.hexadecimal($0) }.joined())
        #expect(try folder.content(of: "public.der") == KeyHandshakeTests.publicKey(of: key))
    }

    @Test func aKeyThatOpenSSLMadeIsTaken() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("key.pem")
        #expect(try OpenSSL.run(["genpkey", "-algorithm", "ed25519", "-out", path]).accepted)
        let key = try Self.read(folder.content(of: "key.pem"))
        #expect(
            try ConnectedPair(.tls, clientKey: key).completeHandshake().server.provedKey == key.fingerprint
        )
    }

    @Test(arguments: [KeyAlgorithm.p256, .rsa(bits: 2_048)])
    func aKeyOfAnotherKindIsRefused(algorithm: KeyAlgorithm) throws {
        let key = try X509PrivateKey.generate(algorithm)
        let pem = try key.exportPEM().withBytes { Array($0) }
        #expect(throws: ClientKeyFault.notEd25519) { _ = try Self.read(pem) }
    }

    @Test func whatIsNoKeyIsNamed() throws {
        let certificate = TestAuthority.shared.authorityPEM
        let cases: [([UInt8], ClientKeyFault)] = [
            ([], .content(.unknown)), (Array("hello".utf8), .content(.unknown)),
            (certificate, .content(.certificate)),
            (Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\n".utf8), .content(.encryptedKey(inDER: false))),
            (Array("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8), .content(.openSSHKey)),
        ]
        for (bytes, fault) in cases {
            #expect(throws: fault) { _ = try Self.read(bytes) }
        }
        let broken = Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8)
        let fault = #expect(throws: ClientKeyFault.self) { _ = try Self.read(broken) }
        guard case .damaged = fault else { throw fault ?? .notEd25519 }
    }

    @Test func aFingerprintIsWrittenAsAPinIs() throws {
        let fingerprint = try ClientKey.random().fingerprint
        #expect(ExpectedServer.isWellFormed(pin: fingerprint.description))
        #expect(fingerprint.bytes.count == 32)
        #expect(
            fingerprint.short.count == 16 && fingerprint.description.hasPrefix(fingerprint.short.dropLast())
        )
    }

    private static func read(_ pem: [UInt8]) throws -> ClientKey {
        try ClientKey(pem: SecretBytes(copying: pem.span.bytes))
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
