// SPDX-License-Identifier: Apache-2.0

import Testing

/// A folder with an authority, one below it, and whatever certificates a test has the openssl program make.
///
/// `root.pem` issued `middle.pem`, and that one issues the others.
public final class OpenSSLLab {
    public let folder: TemporaryFolder

    public init() throws {
        folder = try TemporaryFolder()
        try run(Self.authorities)
    }

    /// Makes `NAME.pem`, its `NAME-key.pem`, and the whole chain as `NAME-chain.pem`.
    ///
    /// - Parameters:
    ///   - extensions: lines as in x509v3_config(5).
    ///   - algorithm: as `openssl req -newkey` takes it.
    ///   - signing: further options of `openssl x509`.
    public func issue(
        _ name: String,
        _ extensions: String = "subjectAltName=DNS:localhost",
        algorithm: String = "ec -pkeyopt ec_paramgen_curve:P-256",
        signing: String = "-days 30"
    ) throws {
        try folder.write(Array("\(extensions)\n".utf8), to: "extensions", mode: 0o600)
        try run(
            """
            openssl req -new -newkey \(algorithm) -noenc -keyout \(name)-key.pem -out \(name).csr -subj /CN=\(name)
            openssl x509 -req -in \(name).csr -CA middle.pem -CAkey middle-key.pem -CAcreateserial \
              -extfile extensions -out \(name).pem \(signing)
            cat \(name).pem middle.pem root.pem >\(name)-chain.pem
            """
        )
    }

    /// Runs commands of sh(1) in the folder, as somebody without a terminal who types `input`.
    public func run(_ commands: String, typing input: String = "") throws {
        let shell = try ChildProcess(
            "/usr/bin/setsid",
            ["--wait", "/bin/sh", "-ec", "cd \(folder.path)\n\(commands)"]
        )
        if !input.isEmpty { try shell.type(input) }
        let code = try shell.finish()
        try #require(code == 0, "\(shell.lines(of: .errors))")
    }

    /// What `snug-server --check` says to a certificate and a key of the folder, and whether it is content.
    public func check(
        _ certificate: String,
        _ key: String,
        environment: [String: String] = [:]
    ) throws -> (isGood: Bool, lines: [String]) {
        let server = try ChildProcess(
            "/bin/sh",
            [
                "-c", "cd \(folder.path) && exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server"),
                "--check", "--port=0", "--cert=\(certificate)", "--key=\(key)",
            ],
            environment: environment
        )
        let code = try server.finish()
        try #require(code == 0 || code == 78, "\(code): \(server.lines(of: .errors))")
        return (code == 0, server.lines(of: .errors))
    }

    /// Every file of the folder with what is in it and who may read it.
    public func snapshot() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try folder.entries() {
            let mode = try folder.mode(of: name)
            files[name] = (try? folder.content(of: name)).map { $0 + Array("\(mode)".utf8) } ?? []
        }
        return files
    }

    private static let authorities = """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 90 -subj /CN=Root \
          -keyout root-key.pem -out root.pem
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=Middle \
          -keyout middle-key.pem -out middle.csr
        printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=keyCertSign\\n' >authority-extensions
        openssl x509 -req -in middle.csr -CA root.pem -CAkey root-key.pem -CAcreateserial -days 60 \
          -extfile authority-extensions -out middle.pem
        """
}
