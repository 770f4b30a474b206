// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// A certificate or a key that a server cannot use, with what is said about it and how somebody does what is said.
struct CertificateMistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var certificate = "server-chain.pem"
    var key = "server-key.pem"
    let error: String
    let prepare: @Sendable (OpenSSLLab) throws -> Void
    /// Returns the files to give then.
    let mend: @Sendable (OpenSSLLab, String) throws -> (certificate: String, key: String)
    /// Existing files that the hint means to change.
    var touches: Set<String> = []

    static let all = inChains + inKeys + inFiles + inDates
}

extension CertificateMistake {
    /// Makes a good certificate, and then runs commands.
    static func commands(_ text: String) -> @Sendable (OpenSSLLab) throws -> Void {
        { lab in
            try lab.issue("server")
            try lab.run(text)
        }
    }

    /// Runs the command at the hint's end, and takes the file that it makes for one of the two or for both.
    static func newFile(
        certificate: Bool = false,
        key: Bool = false,
        typing input: String = ""
    ) -> @Sendable (OpenSSLLab, String) throws -> (String, String) {
        { lab, hint in
            let file = try Hints.runConversion(hint, lab, typing: input)
            return (certificate ? file : "server-chain.pem", key ? file : "server-key.pem")
        }
    }

    /// Makes lab certificates with the command at the hint's end, and takes those.
    static let newCertificates: @Sendable (OpenSSLLab, String) throws -> (String, String) = { lab, hint in
        let command = try #require(hint.split(separator: ": ").last.map(String.init))
        try #require(command.contains("snug-server make-certs --out "), "\(hint)")
        try lab.run(command)
        let folder = try #require(command.split(separator: " ").last)
        let prefix = folder == "." ? "" : "\(folder)/"
        return ("\(prefix)server.pem", "\(prefix)server-key.pem")
    }

    private static let inChains = [
        CertificateMistake(
            testDescription: "the leaf is behind its issuer",
            certificate: "turned.pem",
            error: "turned.pem does not begin with the server's own certificate, which is number 2 in it",
            prepare: commands("cat middle.pem server.pem root.pem >turned.pem"),
            mend: { lab, hint in
                #expect(hint.contains("put the leaf first: move certificate number 2 of turned.pem"))
                try lab.run("cat server.pem middle.pem root.pem >turned.pem")
                return ("turned.pem", "server-key.pem")
            },
            touches: ["turned.pem"]
        ),
        CertificateMistake(
            testDescription: "the chain is upside down",
            certificate: "turned.pem",
            error: "which is number 3 in it",
            prepare: commands("cat root.pem middle.pem server.pem >turned.pem"),
            mend: { lab, hint in
                #expect(hint.contains("put the leaf first"))
                try lab.run("cat server.pem root.pem middle.pem >turned.pem")
                return ("turned.pem", "server-key.pem")
            },
            touches: ["turned.pem"]
        ),
        CertificateMistake(
            testDescription: "one certificate of a chain is broken",
            certificate: "broken.pem",
            error: "broken.pem is damaged: certificate 2 of 3 cannot be read",
            prepare: commands("sed s/^MII/MIX/ middle.pem | cat server.pem - root.pem >broken.pem"),
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "a certificate that was cut off",
            certificate: "cut.pem",
            error: "cut.pem holds a certificate that is damaged",
            prepare: commands("head -c 300 server.pem >cut.pem"),
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "a bundle in place of a chain",
            certificate: "bundle.pem",
            error: "bundle.pem holds 21 certificates, more than a chain has (16)",
            prepare: commands(
                "cp server.pem bundle.pem; for i in $(seq 20); do cat root.pem >>bundle.pem; done"
            ),
            mend: { lab, hint in
                #expect(hint.contains("leave the server's own certificate and those between"))
                try lab.run("cat server.pem middle.pem >bundle.pem")
                return ("bundle.pem", "server-key.pem")
            },
            touches: ["bundle.pem"]
        ),
        CertificateMistake(
            testDescription: "no name",
            error: "server-chain.pem names no host or address as a subject alternative name",
            prepare: { try $0.issue("server", "basicConstraints=CA:FALSE") },
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "for clients",
            error: "server-chain.pem is not meant for servers (its extended key usage lacks serverAuth)",
            prepare: { try $0.issue("server", "subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth") },
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "key usage without digitalSignature",
            error: "does not allow its key to sign handshakes (its key usage lacks digitalSignature)",
            prepare: { try $0.issue("server", "subjectAltName=DNS:localhost\nkeyUsage=keyEncipherment") },
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "signed with SHA-1",
            error: "server-chain.pem is refused by clients: ",
            prepare: { try $0.issue("server", signing: "-sha1") },
            mend: newCertificates
        ),
    ]

    private static let inKeys =
        [
            ("ec -pkeyopt ec_paramgen_curve:P-521", "is for a key of the kind ECDSA on SECP521R1"),
            ("ed448", "is for a key of the kind EdDSA (Ed448)"),
            ("rsa-pss -pkeyopt rsa_keygen_bits:2048", "is for a key of the kind RSA-PSS"),
            ("rsa:1024", "is for an RSA key of 1024 bits, which can be broken"),
            ("ec -pkeyopt ec_paramgen_curve:secp256k1", "or of a kind that GnuTLS does not know"),
        ].map { algorithm, error in
            CertificateMistake(
                testDescription: algorithm,
                error: error,
                prepare: { try $0.issue("server", algorithm: algorithm) },
                mend: newCertificates
            )
        } + [
            CertificateMistake(
                testDescription: "the key of another certificate",
                key: "other-key.pem",
                error: "other-key.pem holds a private key that does not belong to the certificate",
                prepare: {
                    try $0.issue("server")
                    try $0.issue("other")
                },
                mend: { _, hint in
                    #expect(hint.contains("give the key that the certificate was made with"))
                    return ("server-chain.pem", "server-key.pem")
                }
            ),
            CertificateMistake(
                testDescription: "the key of the authority",
                key: "middle-key.pem",
                error: "middle-key.pem holds a private key that does not belong to the certificate",
                prepare: { try $0.issue("server") },
                mend: newCertificates
            ),
            CertificateMistake(
                testDescription: "a key that was cut off",
                key: "cut-key.pem",
                error: "cut-key.pem holds a private key that is damaged",
                prepare: commands("umask 077; head -c 100 server-key.pem >cut-key.pem"),
                mend: newCertificates
            ),
            CertificateMistake(
                testDescription: "an encrypted key",
                key: "locked.pem",
                error: "locked.pem is protected by a password",
                prepare: commands(
                    "openssl pkey -in server-key.pem -aes256 -passout pass:open -out locked.pem"
                ),
                mend: newFile(key: true, typing: "open")
            ),
            CertificateMistake(
                testDescription: "an encrypted key in the old form",
                key: "locked.pem",
                error: "locked.pem is protected by a password",
                prepare: commands("openssl ec -in server-key.pem -aes256 -passout pass:open -out locked.pem"),
                mend: newFile(key: true, typing: "open")
            ),
            CertificateMistake(
                testDescription: "an encrypted key in DER",
                key: "locked.der",
                error: "locked.der is protected by a password",
                prepare: commands(
                    "umask 077; openssl pkcs8 -topk8 -in server-key.pem -outform DER -passout pass:open -out locked.der"
                ),
                mend: newFile(key: true, typing: "open")
            ),
            CertificateMistake(
                testDescription: "a key in DER",
                key: "key.der",
                error: "key.der is in DER, not in PEM",
                prepare: commands("umask 077; openssl pkey -in server-key.pem -outform DER -out key.der"),
                mend: newFile(key: true)
            ),
            CertificateMistake(
                testDescription: "an OpenSSH key",
                key: "id_ecdsa",
                error: "id_ecdsa holds a private key in OpenSSH's own form in place of a private key in PEM",
                prepare: commands(
                    "cp -p server-key.pem id_ecdsa; ssh-keygen -q -p -N '' -f id_ecdsa; grep -q OPENSSH id_ecdsa"
                ),
                mend: newFile(key: true)
            ),
        ]
}
