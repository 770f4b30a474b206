// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import TestSupport
import Testing

/// A way to start snug-server wrongly, with what its error and its hint must say.
///
/// It runs beside a good server.pem and server-key.pem. `FOLDER` stands for their folder.
struct StartMistake: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var options: [String] = []
    var environment: [String: String] = [:]
    /// Puts files into the folder, or spoils those there.
    var prepare: @Sendable (TemporaryFolder) throws -> Void = { _ in }
    let error: String
    let hint: String

    /// Starts the server, which will not run for long.
    func start(in folder: TemporaryFolder, _ moreOptions: [String] = []) throws -> ChildProcess {
        try folder.write(TestAuthority.shared.certificate, to: "server")
        try prepare(folder)
        let options = options.map { $0.replacing("FOLDER", with: folder.path) }
        return try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0"] + folder.certificateOptions + options + moreOptions,
            environment: environment.mapValues { $0.replacing("FOLDER", with: folder.path) }
        )
    }
}

extension StartMistake {
    static let withFiles = [
        StartMistake(
            testDescription: "a key of another certificate",
            prepare: { try $0.write(TestAuthority().certificate.key, to: "server-key.pem", mode: 0o600) },
            error: "server-key.pem holds a private key that does not belong to the certificate",
            hint: "give the key that the certificate was made with"
        ),
        StartMistake(
            testDescription: "a key that everybody can read",
            prepare: {
                try $0.write(TestAuthority.shared.certificate.key, to: "server-key.pem", mode: 0o644)
            },
            error: "server-key.pem is open to other users (mode 0644)",
            hint: "chmod 600 "
        ),
        StartMistake(
            testDescription: "a key that cannot be opened",
            options: ["--key=FOLDER/server.pem/key.pem"],
            error: "server.pem/key.pem cannot be read: open failed: Not a directory",
            hint: "check the path"
        ),
        StartMistake(
            testDescription: "no key",
            options: ["--key=FOLDER/none.pem"],
            error: "none.pem does not exist",
            hint: "make lab certificates and give those: "
        ),
        StartMistake(
            testDescription: "no certificate",
            options: ["--cert=FOLDER/none.pem"],
            error: "none.pem does not exist",
            hint: "make lab certificates and give those: "
        ),
        StartMistake(
            testDescription: "a folder as certificate",
            options: ["--cert=FOLDER"],
            error: "is not a regular file",
            hint: "check that "
        ),
        StartMistake(
            testDescription: "an empty certificate",
            prepare: { try $0.write([], to: "server.pem", mode: 0o644) },
            error: "server.pem is empty",
            hint: "check that "
        ),
        StartMistake(
            testDescription: "a certificate that is none",
            prepare: { try $0.write(Array("garbage\n".utf8), to: "server.pem", mode: 0o644) },
            error: "server.pem holds no certificate in PEM",
            hint: "make-certs --out "
        ),
        StartMistake(
            testDescription: "a key that is none",
            prepare: { try $0.write(Array("garbage\n".utf8), to: "server-key.pem", mode: 0o600) },
            error: "server-key.pem holds no private key in PEM",
            hint: "make-certs --out "
        ),
        StartMistake(
            testDescription: "an expired certificate",
            prepare: { folder in
                let names = ["localhost"]
                let expired = UnixTime.now + .seconds(-86_400)
                try folder.write(LabAuthority().issue(names: names, notAfter: expired), to: "server")
            },
            error: "server.pem has expired: it was good until ",
            hint: "make-certs --out "
        ),
        StartMistake(
            testDescription: "a client's certificate",
            prepare: {
                try $0.write(LabAuthority().issue(names: ["localhost"], purpose: .client), to: "server")
            },
            error: "server.pem is not meant for servers",
            hint: "make-certs --out "
        ),
        StartMistake(
            testDescription: "session keys that cannot be written",
            options: ["--insecure-keylog=FOLDER/none/keys"],
            error: "session keys cannot be written to",
            hint: "name a file in a folder you may write to"
        ),
    ]

    static let withPassphrases = [
        StartMistake(
            testDescription: "an empty CHAT_SECRET",
            environment: ["CHAT_SECRET": ""],
            error: "error: CHAT_SECRET is set but empty",
            hint: "give it a passphrase, or unset CHAT_SECRET"
        ),
        StartMistake(
            testDescription: "an empty CHAT_SECRET_FILE",
            environment: ["CHAT_SECRET_FILE": ""],
            error: "error: CHAT_SECRET_FILE is set but empty",
            hint: "or unset CHAT_SECRET_FILE"
        ),
        StartMistake(
            testDescription: "both variables",
            environment: ["CHAT_SECRET": "open sesame", "CHAT_SECRET_FILE": "FOLDER/secret"],
            error: "error: CHAT_SECRET and CHAT_SECRET_FILE are both set",
            hint: "unset one of them"
        ),
        StartMistake(
            testDescription: "a passphrase file that is missing",
            environment: ["CHAT_SECRET_FILE": "FOLDER/secret"],
            error: "/secret does not exist",
            hint: "check the path"
        ),
        StartMistake(
            testDescription: "a passphrase file that is empty",
            environment: ["CHAT_SECRET_FILE": "FOLDER/secret"],
            prepare: { try $0.write(Array("\n".utf8), to: "secret", mode: 0o600) },
            error: "/secret is empty",
            hint: "write the passphrase into it"
        ),
        StartMistake(
            testDescription: "a passphrase file that everybody can read",
            environment: ["CHAT_SECRET_FILE": "FOLDER/secret"],
            prepare: { try $0.write(Array("open sesame\n".utf8), to: "secret", mode: 0o644) },
            error: "/secret is open to other users (mode 0644)",
            hint: "chmod 600 "
        ),
        StartMistake(
            testDescription: "a passphrase that is not text",
            environment: ["CHAT_SECRET_FILE": "FOLDER/secret"],
            prepare: { try $0.write([0xC0, 0x80], to: "secret", mode: 0o600) },
            error: "/secret is not UTF-8 text",
            hint: "choose a passphrase of printable characters"
        ),
        StartMistake(
            testDescription: "a plain port that others can reach",
            options: ["--host=0.0.0.0", "--plain-port=0"],
            error: "the plain port is for loopback addresses only, and 0.0.0.0:0 is none",
            hint: "leave --plain-port out"
        ),
    ]
}

extension IssuedCertificate {
    fileprivate var key: [UInt8] { privateKeyPEM.withBytes { Array($0) } }
}
