// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import TestSupport
import Testing

extension CertificateMistake {
    static let inFiles = [
        CertificateMistake(
            testDescription: "a certificate in DER",
            certificate: "server.der",
            error: "server.der is in DER, not in PEM",
            prepare: commands("openssl x509 -in server.pem -outform DER -out server.der"),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "PKCS #12 as certificate",
            certificate: "server.p12",
            error:
                "server.p12 holds a PKCS #12 store of keys and certificates in place of certificates in PEM",
            prepare: commands(storing),
            mend: newFile(certificate: true, key: true, typing: "open")
        ),
        CertificateMistake(
            testDescription: "PKCS #12 as key",
            key: "server.p12",
            error:
                "server.p12 holds a PKCS #12 store of keys and certificates in place of a private key in PEM",
            prepare: commands(storing),
            mend: newFile(certificate: true, key: true, typing: "open")
        ),
        CertificateMistake(
            testDescription: "PKCS #7",
            certificate: "server.p7b",
            error: "server.p7b holds certificates in a PKCS #7 envelope in place of certificates in PEM",
            prepare: commands("openssl crl2pkcs7 -nocrl -certfile server-chain.pem -out server.p7b"),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "PKCS #7 in DER",
            certificate: "server.p7b",
            error: "server.p7b holds certificates in a PKCS #7 envelope in place of certificates in PEM",
            prepare: commands(
                "openssl crl2pkcs7 -nocrl -certfile server-chain.pem -outform DER -out server.p7b"
            ),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "OpenSSL's trusted certificate",
            certificate: "trusted.pem",
            error: "trusted.pem holds a certificate in OpenSSL's own form in place of certificates in PEM",
            prepare: commands("openssl x509 -in server.pem -trustout -out trusted.pem"),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "UTF-16",
            certificate: "wide.pem",
            error: "wide.pem holds text in UTF-16 in place of certificates in PEM",
            prepare: commands("iconv -f UTF-8 -t UTF-16 server-chain.pem >wide.pem"),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "a path with spaces and quotes",
            certificate: "it's a server.der",
            error: "it's a server.der is in DER, not in PEM",
            prepare: commands("openssl x509 -in server.pem -outform DER -out \"it's a server.der\""),
            mend: newFile(certificate: true)
        ),
        CertificateMistake(
            testDescription: "certificate and key are swapped",
            certificate: "server-key.pem",
            key: "server-chain.pem",
            error: "server-key.pem holds a private key in place of certificates in PEM",
            prepare: { try $0.issue("server") },
            mend: { _, hint in
                #expect(hint.contains("perhaps the two are swapped"))
                return ("server-chain.pem", "server-key.pem")
            }
        ),
        CertificateMistake(
            testDescription: "a request in place of a certificate",
            certificate: "server.csr",
            error: "server.csr holds a request for a certificate in place of certificates in PEM",
            prepare: { try $0.issue("server") },
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "a public key in place of a private one",
            key: "public.pem",
            error: "public.pem holds a public key in place of a private key in PEM",
            prepare: commands("umask 077; openssl pkey -in server-key.pem -pubout -out public.pem"),
            mend: newCertificates
        ),
    ]

    private static let storing =
        "umask 077; openssl pkcs12 -export -in server-chain.pem -inkey server-key.pem -passout pass:open -out server.p12"

    static let inDates = [
        CertificateMistake(
            testDescription: "an expired certificate of an authority that is not here",
            error: "server-chain.pem has expired: it was good until ",
            prepare: { lab in
                // By our own hand: not every openssl makes what was over before it began.
                let past = UnixTime.now + .seconds(-86_400)
                let issued = try LabAuthority().issue(
                    names: ["localhost"],
                    notBefore: past + .seconds(-86_400),
                    notAfter: past
                )
                try lab.folder.write(issued, to: "server")
                try lab.run("mv server.pem server-chain.pem")
            },
            mend: newCertificates
        ),
        CertificateMistake(
            testDescription: "an expired lab certificate",
            certificate: "lab/server.pem",
            key: "lab/server-key.pem",
            error: "lab/server.pem has expired: it was good until ",
            prepare: { lab in
                let past = UnixTime.now + .seconds(-10 * 86_400)
                try LabCertificates.write(to: lab.folder.path("lab"), days: 1, now: past)
            },
            mend: { lab, hint in
                let command = try #require(hint.split(separator: ": ").last.map(String.init))
                #expect(hint.hasPrefix("hint: renew it: ") && command.hasSuffix(" --renew"))
                try lab.run("cp lab/ca.pem lab/ca-key.pem .")
                try lab.run(command)
                // Nobody needs another authority, and who has its key still has it.
                try lab.run("cmp lab/ca.pem ca.pem && cmp lab/ca-key.pem ca-key.pem")
                return ("lab/server.pem", "lab/server-key.pem")
            }
        ),
        CertificateMistake(
            testDescription: "a lab certificate of another key",
            certificate: "lab/server.pem",
            key: "lab/server-key.pem",
            error: "lab/server-key.pem holds a private key that does not belong to the certificate",
            prepare: { lab in
                try lab.issue("other")
                try LabCertificates.write(to: lab.folder.path("lab"))
                try lab.run("cp other-key.pem lab/server-key.pem")
            },
            mend: { lab, hint in
                let command = try #require(hint.split(separator: ": ").last.map(String.init))
                try lab.run(command)
                try lab.run("cmp other-key.pem lab/server-key.pem")
                return ("lab/server.pem", "lab/server-key.pem")
            }
        ),
        CertificateMistake(
            testDescription: "a lab certificate that is missing",
            certificate: "lab/server.pem",
            key: "lab/server-key.pem",
            error: "lab/server.pem does not exist",
            prepare: { lab in
                try LabCertificates.write(to: lab.folder.path("lab"))
                try lab.run("rm lab/server.pem; cp lab/server-key.pem lab/ca.pem .")
            },
            mend: { lab, hint in
                try lab.run(try #require(hint.split(separator: ": ").last.map(String.init)))
                try lab.run("cmp server-key.pem lab/server-key.pem && cmp ca.pem lab/ca.pem")
                return ("lab/server.pem", "lab/server-key.pem")
            }
        ),
        CertificateMistake(
            testDescription: "nothing at all",
            certificate: "certs/server.pem",
            key: "certs/server-key.pem",
            error: "certs/server.pem does not exist",
            prepare: { _ in },
            mend: newCertificates
        ),
    ]
}

/// Doing what a hint says.
enum Hints {
    /// Runs the command at the hint's end, and returns the file that it made.
    static func runConversion(_ hint: String, _ lab: OpenSSLLab, typing input: String = "") throws -> String {
        let parts = hint.split(separator: "and give the new file", maxSplits: 1)
        let command = try #require(parts.last?.split(separator: ": ", maxSplits: 1).last.map(String.init))
        let before = Set(try lab.folder.entries())
        try lab.run(command, typing: input)
        let made = Set(try lab.folder.entries()).subtracting(before)
        try #require(made.count == 1, "\(command) made \(made)")
        return made.first ?? ""
    }
}

/// A file of authorities that a client cannot use.
struct AuthorityMistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let file: String
    /// Makes it from the server's `ca.pem`.
    let prepare: String
    let error: String
    let hint: String
    let mend: @Sendable (OpenSSLLab, String) throws -> String

    static let all = [
        AuthorityMistake(
            testDescription: "one broken certificate in a bundle",
            file: "bundle.pem",
            prepare: "sed s/^MII/MIX/ middle.pem | cat root.pem - ca.pem >bundle.pem",
            error: "bundle.pem is damaged: certificate 2 of 3 cannot be read",
            hint: "take certificate number 2 out of it",
            mend: { lab, _ in
                try lab.run("cat root.pem ca.pem >mended.pem")
                return "mended.pem"
            }
        ),
        AuthorityMistake(
            testDescription: "DER",
            file: "ca.der",
            prepare: "openssl x509 -in ca.pem -outform DER -out ca.der",
            error: "ca.der is in DER, not in PEM",
            hint: "openssl x509 -inform DER",
            mend: { lab, hint in
                try Hints.runConversion(hint, lab).split(separator: "/").last.map(String.init) ?? ""
            }
        ),
        AuthorityMistake(
            testDescription: "PKCS #7",
            file: "ca.p7b",
            prepare: "openssl crl2pkcs7 -nocrl -certfile ca.pem -out ca.p7b",
            error: "ca.p7b holds certificates in a PKCS #7 envelope",
            hint: "openssl pkcs7 -print_certs",
            mend: { lab, hint in try Hints.runConversion(hint, lab) }
        ),
        AuthorityMistake(
            testDescription: "PKCS #12",
            file: "root.p12",
            prepare:
                "umask 077; openssl pkcs12 -export -nokeys -in ca.pem -passout pass:open -out root.p12",
            error: "root.p12 holds a PKCS #12 store of keys and certificates",
            hint: "take the certificates alone out of it",
            mend: { lab, hint in
                let file = try Hints.runConversion(hint, lab, typing: "open")
                try lab.run("! grep -q PRIVATE \(file)")
                return file
            }
        ),
        AuthorityMistake(
            testDescription: "an OpenSSH key",
            file: "id_ecdsa",
            prepare:
                "cp -p root-key.pem id_ecdsa; ssh-keygen -q -p -N '' -f id_ecdsa; grep -q OPENSSH id_ecdsa",
            error: "id_ecdsa holds a private key in OpenSSH's own form in place of certificates in PEM",
            hint: "give the certificate that belongs to this key, and keep the key from others",
            mend: { _, _ in "ca.pem" }
        ),
        AuthorityMistake(
            testDescription: "a private key",
            file: "root-key.pem",
            prepare: "true",
            error: "root-key.pem holds a private key in place of certificates in PEM",
            hint: "give the certificate that belongs to this key, and keep the key from others",
            mend: { _, _ in "ca.pem" }
        ),
        AuthorityMistake(
            testDescription: "nothing of the kind",
            file: "words",
            prepare: "echo words >words",
            error: "words holds no certificate in PEM",
            hint: "give the file that the server's owner gave you with --ca",
            mend: { _, _ in "ca.pem" }
        ),
        AuthorityMistake(
            testDescription: "missing",
            file: "none.pem",
            prepare: "true",
            error: "none.pem does not exist",
            hint: "give the file that the server's owner gave you (its ca.pem) with --ca",
            mend: { _, _ in "ca.pem" }
        ),
    ]
}
