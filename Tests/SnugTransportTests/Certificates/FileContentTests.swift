// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugTransport

/// What somebody gave in place of certificates or a key, made by the openssl program.
@Suite struct FileContentTests {
    private static let made: [(command: String, content: FileContent)] = [
        ("cat root.pem", .certificate),
        ("openssl x509 -in root.pem -outform DER", .certificateInDER),
        ("cat root-key.pem", .key),
        ("openssl ec -in root-key.pem", .key),
        ("openssl pkey -in root-key.pem -outform DER", .keyInDER),
        ("openssl pkey -in root-key.pem -aes256 -passout pass:open", .encryptedKey(inDER: false)),
        ("openssl ec -in root-key.pem -aes256 -passout pass:open", .encryptedKey(inDER: false)),
        ("openssl pkcs8 -topk8 -in root-key.pem -outform DER -passout pass:open", .encryptedKey(inDER: true)),
        ("cat middle.csr", .certificateRequest),
        ("openssl req -in middle.csr -outform DER", .certificateRequest),
        ("openssl x509 -in root.pem -trustout", .opensslTrustedCertificate),
        ("openssl pkcs12 -export -in root.pem -inkey root-key.pem -passout pass:open", .pkcs12),
        ("openssl crl2pkcs7 -nocrl -certfile root.pem", .pkcs7(inDER: false)),
        ("openssl crl2pkcs7 -nocrl -certfile root.pem -outform DER", .pkcs7(inDER: true)),
        ("openssl pkey -in root-key.pem -pubout", .publicKey),
        ("ssh-keygen -q -t ed25519 -N '' -f id >&2; cat id", .openSSHKey),
        ("printf '\\377\\376-\\000'", .utf16),
        ("iconv -f UTF-8 -t UTF-16BE root.pem | (printf '\\376\\377'; cat)", .utf16),
        ("echo words", .unknown),
        ("true", .unknown),
        ("printf '0\\202\\001\\000garbage'", .unknown),
    ]

    @Test func whatAFileHoldsInsteadIsRecognised() throws {
        let lab = try OpenSSLLab()
        for (number, (command, content)) in Self.made.enumerated() {
            try lab.run("(\(command)) >file-\(number)")
            let bytes = try lab.folder.content(of: "file-\(number)")
            #expect(bytes.withUnsafeBytes { FileContent(of: $0) } == content, "\(command)")
        }
    }

    @Test func theFirstBlockThatSaysAnythingCounts() throws {
        let lab = try OpenSSLLab()
        let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        let key = try lab.folder.content(of: "root-key.pem")
        let certificate = try lab.folder.content(of: "root.pem")
        for (bytes, content) in [
            (Array(parameters.utf8) + key, FileContent.key), (certificate + key, .certificate),
            (key + certificate, .key), (Array(parameters.utf8), .unknown),
        ] {
            #expect(bytes.withUnsafeBytes { FileContent(of: $0) } == content)
        }
    }

    @Test func eachIsANounOfItsOwn() {
        let contents: [FileContent] = [
            .certificate, .certificateInDER, .certificateRequest, .encryptedKey(inDER: true), .key, .keyInDER,
            .openSSHKey, .opensslTrustedCertificate, .pkcs12, .pkcs7(inDER: true), .publicKey,
            .revocationList,
            .utf16, .unknown,
        ]
        #expect(Set(contents.map(\.description)).count == contents.count)
    }
}
