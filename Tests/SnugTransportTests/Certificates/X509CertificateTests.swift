// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugSystem
import TestSupport
import Testing

@testable import SnugTransport

/// What is read out of certificates that the openssl program made.
@Suite struct X509CertificateTests {
    let lab: OpenSSLLab

    init() throws {
        lab = try OpenSSLLab()
    }

    private func read(_ name: String) throws -> X509Certificate {
        try lab.folder.content(of: "\(name).pem").withUnsafeBytes { try X509Certificate(pem: $0) }
    }

    /// What a pipeline of the openssl program prints of a certificate.
    private func printed(_ command: String) throws -> String {
        try lab.run("(\(command)) >printed")
        let text = String(decoding: try lab.folder.content(of: "printed"), as: UTF8.self)
        return String(text.prefix { $0 != "\n" })
    }

    @Test func whoIssuedWhomIsToldByNameAndKey() throws {
        let (root, middle) = (try read("root"), try read("middle"))
        #expect(root.isSelfSigned && !middle.isSelfSigned)
        #expect(middle.isIssued(by: root) && !root.isIssued(by: middle))
        #expect(root.isAuthority && middle.isAuthority)
        #expect(middle.issuer == "CN=Root" && middle.subject == "CN=Middle")
        try lab.issue("leaf")
        let leaf = try read("leaf")
        #expect(leaf.isIssued(by: middle) && !leaf.isIssued(by: root) && !leaf.isAuthority)
    }

    @Test func allNamesAreReadWhateverTheirKindAndInTheirOrder() throws {
        try lab.issue(
            "leaf",
            "subjectAltName=URI:https://a.example,DNS:b.example,IP:192.0.2.1,email:c@d.e,IP:::1"
        )
        #expect(
            try read("leaf").names == [
                .other, .host(Array("b.example".utf8)), .address([192, 0, 2, 1]), .other,
                .address([UInt8](repeating: 0, count: 15) + [1]),
            ]
        )
        try lab.issue("nameless", "basicConstraints=CA:FALSE")
        #expect(try read("nameless").names.isEmpty)
    }

    @Test(arguments: [
        ("basicConstraints=CA:FALSE", true, true), ("keyUsage=digitalSignature", true, true),
        ("keyUsage=keyAgreement", false, true), ("extendedKeyUsage=serverAuth", true, true),
        ("extendedKeyUsage=clientAuth", true, false), ("extendedKeyUsage=clientAuth,serverAuth", true, true),
    ])
    func whatItsKeyMayDoIsReadAndNothingSaidIsEverythingAllowed(
        extensions: String,
        allowsSigning: Bool,
        isForServers: Bool
    ) throws {
        try lab.issue("leaf", extensions)
        let leaf = try read("leaf")
        #expect(leaf.allowsSigning == allowsSigning && leaf.isForServers == isForServers)
    }

    @Test func ofItsCriticalExtensionsTheUnusualOnesAreNamedAndNotThousands() throws {
        let extensions = (1...8).map { "1.2.3.\($0)=critical,DER:0500" }.joined(separator: "\n")
        try lab.issue("leaf", "basicConstraints=critical,CA:FALSE\n1.2.3.99=DER:0500\n\(extensions)")
        #expect(try read("leaf").unusualCriticalExtensions == (1...5).map { "1.2.3.\($0)" })
    }

    @Test func itsTimeIsFromTheFirstToTheLastSecond() throws {
        let root = try read("root")
        #expect(root.expiry.seconds - root.begin.seconds == 90 * 86_400)
        #expect(root.begin <= .now && .now < root.expiry)
    }

    @Test(arguments: [
        ("ec -pkeyopt ec_paramgen_curve:P-256", KeyKind.ecdsa(curve: "SECP256R1"), 256, true),
        ("ec -pkeyopt ec_paramgen_curve:P-384", .ecdsa(curve: "SECP384R1"), 384, true),
        ("ec -pkeyopt ec_paramgen_curve:P-521", .ecdsa(curve: "SECP521R1"), 528, false),
        ("ed25519", .ed25519, 256, true), ("rsa:2048", .rsa, 2_048, true),
    ])
    func theKindOfItsKeyIsRead(algorithm: String, kind: KeyKind, bits: Int, isOffered: Bool) throws {
        try lab.issue("leaf", algorithm: algorithm)
        let read = try read("leaf").keyKind
        #expect(read.kind == kind && read.bits == bits && read.kind.isOffered == isOffered)
    }

    @Test func thePinIsTheSHA256OfThePublicKeyAsEveryToolMakesIt() throws {
        let expected = try printed(
            """
            openssl x509 -in root.pem -noout -pubkey | openssl pkey -pubin -outform DER |
              openssl dgst -sha256 -binary | openssl base64 -A
            """
        )
        let root = try read("root")
        #expect(root.pin == "sha256:\(expected)")
        #expect(root.keyIdentifier(GNUTLS_KEYID_USE_SHA256).count == 32)
    }

    @Test func anAuthoritiesKeyIsCalledWhatItsCertificateSaysOrElseByItsSHA1() throws {
        try lab.issue("named", "subjectKeyIdentifier=01:02:03")
        #expect(try read("named").subjectKeyIdentifier == [1, 2, 3])
        try lab.issue("unnamed", "subjectKeyIdentifier=none")
        let unnamed = try read("unnamed")
        #expect(unnamed.subjectKeyIdentifier == unnamed.keyIdentifier(GNUTLS_KEYID_USE_SHA1))
        #expect(unnamed.subjectKeyIdentifier.count == 20)
    }

    @Test func whatIsWrittenOutIsReadAgain() throws {
        let root = try read("root")
        let copy = try root.exportPEM().withUnsafeBytes { try X509Certificate(pem: $0) }
        #expect(copy.pin == root.pin && copy.subject == root.subject && copy.expiry == root.expiry)
    }

    @Test func whatIsNoCertificateIsRefused() {
        for text in ["", "words", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"] {
            #expect(throws: GnuTLSFailure.self) {
                try Array(text.utf8).withUnsafeBytes { try X509Certificate(pem: $0) }
            }
            #expect(Array(text.utf8).withUnsafeBytes { X509Certificate(der: $0) } == nil)
        }
    }
}
