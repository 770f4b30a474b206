// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct LabAuthorityTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [KeyAlgorithm.p256, .ed25519, .rsa(bits: 2_048)])
    func opensslAcceptsALeafWithAnyKindOfKey(_ algorithm: KeyAlgorithm) throws {
        let authority = try LabAuthority(commonName: "Room 101")
        let issued = try authority.issue(names: ["localhost"], algorithm: algorithm)
        let verdict = try judge(issued.certificateChainPEM, by: authority.certificatePEM)
        #expect(verdict.accepted, "\(verdict.text)")
    }

    @Test(arguments: [KeyAlgorithm.p256, .ed25519, .rsa(bits: 2_048)])
    func theKeyBelongsToTheLeaf(_ algorithm: KeyAlgorithm) throws {
        let issued = try LabAuthority().issue(names: ["localhost"], algorithm: algorithm)
        _ = try TLSContext(
            certificateChain: issued.certificateChainPEM,
            privateKey: issued.privateKeyPEM,
            policy: .modern
        )
    }

    @Test func theKeyOfOneLeafDoesNotBelongToAnother() throws {
        let authority = try LabAuthority()
        let one = try authority.issue(names: ["localhost"])
        let other = try authority.issue(names: ["localhost"])
        let error = #expect(throws: TLSConfigurationError.self) {
            _ = try TLSContext(
                certificateChain: one.certificateChainPEM,
                privateKey: other.privateKeyPEM,
                policy: .modern
            )
        }
        #expect(error == .key(.ofAnotherCertificate))
    }

    @Test func everySerialNumberIsPositiveAndNew() throws {
        let authority = try LabAuthority()
        var serials: Set<String> = []
        for _ in 0..<4 {
            let issued = try authority.issue(names: ["localhost"])
            let leaf = try folder.write(issued.certificateChainPEM, to: "leaf.pem", mode: 0o600)
            let serial = try OpenSSL.run(["x509", "-in", leaf, "-noout", "-serial"]).text
            // 20 octets, the first from 40 to 7F.
            #expect(try serial.wholeMatch(of: Regex("serial=[4-7][0-9A-F]{39}\n")) != nil)
            serials.insert(serial)
        }
        #expect(serials.count == 4)
    }

    @Test func anExpiredLeafCanBeIssuedAndIsRefused() throws {
        let authority = try LabAuthority(notBefore: .now + .seconds(-864_000))
        let issued = try authority.issue(
            names: ["localhost"],
            notBefore: .now + .seconds(-86_400),
            notAfter: .now + .seconds(-60)
        )
        let verdict = try judge(issued.certificateChainPEM, by: authority.certificatePEM)
        #expect(verdict.text.contains("certificate has expired"))
    }

    @Test func aLeafOfTheFutureCanBeIssuedAndIsRefused() throws {
        let authority = try LabAuthority()
        let issued = try authority.issue(names: ["localhost"], notBefore: .now + .seconds(3_600))
        let verdict = try judge(issued.certificateChainPEM, by: authority.certificatePEM)
        #expect(verdict.text.contains("certificate is not yet valid"))
    }

    @Test func aClientsLeafIsNoServers() throws {
        let authority = try LabAuthority()
        let issued = try authority.issue(names: ["localhost"], purpose: .client)
        let chain = issued.certificateChainPEM
        #expect(try judge(chain, by: authority.certificatePEM, ["-purpose", "sslclient"]).accepted)
        let verdict = try judge(chain, by: authority.certificatePEM, ["-purpose", "sslserver"])
        #expect(verdict.text.contains("unsuitable certificate purpose"))
    }

    @Test func aLeafOfAnAuthorityOfTheSameNameIsRefused() throws {
        let trusted = try LabAuthority(commonName: "Snug lab CA")
        let impostor = try LabAuthority(commonName: "Snug lab CA")
        let issued = try impostor.issue(names: ["localhost"])
        #expect(try !judge(issued.certificateChainPEM, by: trusted.certificatePEM).accepted)
    }

    @Test(arguments: [KeyAlgorithm.p256, .ed25519])
    func aSelfSignedLeafIsTrustedByNobodyButItself(_ algorithm: KeyAlgorithm) throws {
        let issued = try IssuedCertificate.selfSigned(names: ["localhost"], algorithm: algorithm)
        let authority = try LabAuthority()
        let verdict = try judge(issued.certificateChainPEM, by: authority.certificatePEM)
        #expect(verdict.text.contains("self-signed certificate"))
        #expect(try judge(issued.certificateChainPEM, by: issued.certificateChainPEM).accepted)
    }

    @Test func aNameGivenTwiceIsInTheCertificateOnce() throws {
        let issued = try LabAuthority().issue(names: ["::1", "0:0:0:0:0:0:0:1", "localhost", "localhost"])
        let leaf = try folder.write(issued.certificateChainPEM, to: "leaf.pem", mode: 0o600)
        let text = try OpenSSL.run(["x509", "-in", leaf, "-noout", "-ext", "subjectAltName"]).text
        #expect(text.contains("IP Address:0:0:0:0:0:0:0:1, DNS:localhost\n"))
    }

    @Test func aHostNameTooLongForACommonNameIsStillVerified() throws {
        let name = Array(repeating: String(repeating: "a", count: 60), count: 4).joined(separator: ".")
        let authority = try LabAuthority()
        let issued = try authority.issue(names: [name])
        let verdict = try judge(
            issued.certificateChainPEM,
            by: authority.certificatePEM,
            ["-verify_hostname", name]
        )
        #expect(verdict.accepted, "\(verdict.text)")
    }

    @Test(arguments: [
        "", " ", "a b", "-a", "a-", "a..b", ".a", "a.", "*", "*.example", "mün chen.example",
        "127.0.0.256",
        "127.1", "1", "fe80::1%lo", "::1::", "[::1]", "localhost:9443", "localhost\0.example", "127.0.0.1\0",
        String(repeating: "a", count: 64), String(repeating: "a.", count: 126) + "ab",
    ])
    func whatIsNeitherAHostNameNorAnAddressIsRefused(_ name: String) throws {
        let authority = try LabAuthority()
        #expect(throws: CertificateError.invalidName(name)) {
            _ = try authority.issue(names: ["localhost", name])
        }
    }

    @Test(arguments: ["", String(repeating: "a", count: 65), String(repeating: "ä", count: 33)])
    func anAuthoritysNameHasOneTo64Bytes(_ name: String) {
        #expect(throws: CertificateError.invalidCommonName(name)) { _ = try LabAuthority(commonName: name) }
    }

    private func judge(
        _ chain: [UInt8],
        by authority: [UInt8],
        _ options: [String] = []
    ) throws -> OpenSSL.Verdict {
        let leaf = try folder.write(chain, to: "leaf.pem", mode: 0o600)
        let trusted = try folder.write(authority, to: "ca.pem", mode: 0o600)
        return try OpenSSL.verify(leaf, authority: trusted, options)
    }
}
