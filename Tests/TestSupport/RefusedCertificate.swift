// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
public import Testing

/// A certificate that looks well and that every client refuses, for what GnuTLS finds on the way to its authority.
public struct RefusedCertificate: CustomTestStringConvertible, Sendable {
    public let testDescription: String

    /// What a client and `--check` call it.
    public let grounds: String

    /// What the hint asks for.
    public let remedy: String

    /// Only who has the authority can see it.
    public let needsAuthority: Bool

    private let make: @Sendable (OpenSSLLab) throws -> Void

    private init(
        _ description: String,
        _ grounds: String,
        _ remedy: String,
        needsAuthority: Bool = false,
        _ make: @escaping @Sendable (OpenSSLLab) throws -> Void
    ) {
        testDescription = description
        self.grounds = grounds
        self.remedy = remedy
        self.needsAuthority = needsAuthority
        self.make = make
    }

    /// Makes it, as `server.pem` with `server-key.pem`, by `middle.pem`, by `root.pem`.
    ///
    /// - Returns: the chain and the key to give to a server: with the authority beside them as `ca.pem`; with the
    ///   authority behind the chain; without the authority.
    public func prepare(_ lab: OpenSSLLab) throws -> [(chain: String, key: String)] {
        try make(lab)
        try lab.run(
            """
            cat server.pem middle.pem >chain.pem
            cat chain.pem root.pem >whole.pem
            mkdir beside
            cp chain.pem server-key.pem beside
            cp root.pem beside/ca.pem
            """
        )
        let beside = ("beside/chain.pem", "beside/server-key.pem")
        let others = needsAuthority ? [] : [("whole.pem", "server-key.pem"), ("chain.pem", "server-key.pem")]
        return [beside] + others
    }

    public static let all = [
        RefusedCertificate(
            "an unknown critical extension",
            "it has a critical extension that is not known here (1.2.3.4)",
            "have one made without that extension",
            { try $0.issue("server", "\(localhost)\n1.2.3.4=critical,ASN1:UTF8String:new") }
        ),
        RefusedCertificate(
            "an unknown critical extension of its issuer",
            "critical extension that is not known here",
            "have one made without that extension",
            issuing(by: "basicConstraints=critical,CA:TRUE\n1.2.3.4=critical,ASN1:UTF8String:new")
        ),
        RefusedCertificate(
            "an issuer for other names",
            "its authority may not issue one like it (name constraints, path length or key usage)",
            "have one made with names that its authority's constraints allow",
            issuing(
                by: "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:chat.example"
            )
        ),
        RefusedCertificate(
            "an issuer that excludes one of its names",
            "its authority may not issue one like it (name constraints, path length or key usage)",
            "have one made with names that its authority's constraints allow",
            issuing(
                by:
                    "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,excluded;IP:10.0.0.0/255.0.0.0",
                "subjectAltName=DNS:localhost,IP:10.1.2.3"
            )
        ),
        RefusedCertificate(
            "an issuer whose key must not sign certificates",
            "its authority may not issue one like it (name constraints, path length or key usage)",
            "whose key usage has keyCertSign",
            issuing(by: "basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature")
        ),
        RefusedCertificate(
            "an issuer that is no authority",
            "its issuer's certificate may not sign others",
            "have one made by an authority whose certificate may sign others",
            issuing(by: "basicConstraints=critical,CA:FALSE")
        ),
        RefusedCertificate(
            "an issuer for clients only",
            "it is not meant for servers",
            "have one made by an authority that may issue certificates for servers",
            issuing(by: "basicConstraints=critical,CA:TRUE\nextendedKeyUsage=clientAuth")
        ),
        RefusedCertificate(
            "an issuer whose own certificate is signed with SHA-1",
            "it is signed with an insecure algorithm or key",
            "have one made that is signed with SHA-256 or better",
            issuing(by: "basicConstraints=critical,CA:TRUE", signing: "-sha1")
        ),
        RefusedCertificate(
            "a certificate that must be stapled",
            "it demands a proof that it is not revoked (OCSP), which the server does not send",
            "have one made without the TLS feature status_request",
            { try $0.issue("server", "\(localhost)\ntlsfeature=status_request") }
        ),
        RefusedCertificate(
            "an authority that allows no authority below it",
            "its authority may not issue one like it (name constraints, path length or key usage)",
            "by an authority whose path length allows it",
            needsAuthority: true,
            issuing(below: "basicConstraints=critical,CA:TRUE,pathlen:0")
        ),
        RefusedCertificate(
            "an authority for other names",
            "its authority may not issue one like it (name constraints, path length or key usage)",
            "have one made with names that its authority's constraints allow",
            needsAuthority: true,
            issuing(
                below:
                    "basicConstraints=critical,CA:TRUE\nnameConstraints=critical,permitted;DNS:chat.example"
            )
        ),
        RefusedCertificate(
            "an unknown critical extension of the authority",
            "critical extension that is not known here",
            "have one made without that extension",
            needsAuthority: true,
            issuing(
                below: "basicConstraints=critical,CA:TRUE\n1.2.3.4=critical,ASN1:UTF8String:new"
            )
        ),
        RefusedCertificate(
            "an authority past its dates",
            "its authority has expired by this machine's clock",
            "get new certificates, with which everybody needs the new authority",
            needsAuthority: true,
            ofAuthority(from: -20, until: -10)
        ),
        RefusedCertificate(
            "an authority before its dates",
            "its authority is not valid yet by this machine's clock",
            "set this machine's clock if it is wrong",
            needsAuthority: true,
            ofAuthority(from: 10, until: 20)
        ),
    ]

    private static let localhost = "subjectAltName=DNS:localhost"

    /// Gives `middle.pem` other extensions, and has it issue `server.pem`.
    private static func issuing(
        by extensions: String,
        _ leaf: String = localhost,
        signing: String = ""
    ) -> @Sendable (OpenSSLLab) throws -> Void {
        { lab in
            try lab.folder.write(Array("\(extensions)\n".utf8), to: "middle-extensions", mode: 0o600)
            try lab.run(
                """
                openssl x509 -req -in middle.csr -CA root.pem -CAkey root-key.pem -CAcreateserial -days 60 \
                  -extfile middle-extensions -out middle.pem \(signing)
                """
            )
            try lab.issue("server", leaf)
        }
    }

    /// Gives `root.pem` other extensions.
    private static func issuing(below extensions: String) -> @Sendable (OpenSSLLab) throws -> Void {
        { lab in
            try lab.issue("server")
            try lab.folder.write(Array("\(extensions)\n".utf8), to: "root-extensions", mode: 0o600)
            try lab.run(
                """
                openssl req -new -key root-key.pem -subj /CN=Root -out root.csr
                openssl x509 -req -in root.csr -signkey root-key.pem -days 90 -extfile root-extensions -out root.pem
                """
            )
        }
    }

    /// Has an authority that is valid for some days from now, or was, issue a certificate that is valid today.
    private static func ofAuthority(
        from first: Int,
        until last: Int
    ) -> @Sendable (OpenSSLLab) throws -> Void {
        { lab in
            let authority = try LabAuthority(
                notBefore: .now + .seconds(first * 86_400),
                notAfter: .now + .seconds(last * 86_400)
            )
            let issued = try authority.issue(names: ["localhost"], notAfter: .now + .seconds(86_400))
            try lab.folder.write(authority.certificatePEM, to: "root.pem", mode: 0o644)
            try lab.folder.write(issued.certificateChainPEM, to: "server.pem", mode: 0o644)
            try lab.folder.write(
                issued.privateKeyPEM.withBytes { Array($0) },
                to: "server-key.pem",
                mode: 0o600
            )
            // What is behind the leaf is the authority itself, which clients have.
            try lab.run("openssl x509 -in server.pem -out leaf.pem; mv leaf.pem server.pem; : >middle.pem")
        }
    }
}
