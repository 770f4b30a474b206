// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Keys and passphrases as service managers, containers and shells hand them over.
@Suite(.timeLimit(.minutes(30))) struct DeliveredSecretTests {
    /// systemd's credentials and Debian's ssl-cert: root owns the file, and the service's user alone may read it.
    @Test(.enabled(if: canBeNobody, "needs root"), arguments: ["list", "group"])
    func aSecretThatRootSharesWithTheServiceAloneIsTaken(way: String) throws {
        let folder = try readableFolder()
        for name in ["server-key.pem", "secret"] {
            #expect(chown(folder.path(name), 0, way == "group" ? 54_321 : 0) == 0)
            #expect(chmod(folder.path(name), way == "group" ? 0o440 : 0o400) == 0)
            guard way == "list" else { continue }
            let list = try ChildProcess("/usr/bin/setfacl", ["-m", "u:nobody:r", folder.path(name)])
            #expect(try list.finish() == 0)
            #expect(try folder.mode(of: name) == 0o440)
        }
        let server = try check(folder, as: ["--reuid=65534", "--regid=65534", "--groups=54321"])
        #expect(try server.finish() == 0, "\(server.lines(of: .errors))")
    }

    @Test(.enabled(if: canBeNobody, "needs root"))
    func theHintForASecretOfRootsShutsNobodyOut() throws {
        let folder = try readableFolder()
        #expect(chmod(folder.path("server-key.pem"), 0o644) == 0)
        for name in ["secret", "server.pem"] { #expect(chown(folder.path(name), 65_534, 65_534) == 0) }
        let service = ["--reuid=65534", "--regid=65534", "--clear-groups"]
        let refused = try check(folder, as: service)
        #expect(try refused.finish() == 78)
        let hint = try #require(refused.lines(of: .errors).last)
        let command = try #require(hint.split(separator: "as root: ").last.map(String.init))
        let before = Set(try folder.entries())
        #expect(try ChildProcess("/bin/sh", ["-c", command]).finish() == 0)
        let copy = try #require(Set(try folder.entries()).subtracting(before).first, "\(hint)")
        #expect(try folder.mode(of: copy) == 0o600)
        // Whoever else reads the file goes on with it.
        #expect(try folder.mode(of: "server-key.pem") == 0o644)
        let taken = try check(folder, as: service, key: copy)
        #expect(try taken.finish() == 0, "\(taken.lines(of: .errors))")
    }

    @Test(.enabled(if: canBeNobody, "needs root"))
    func aSecretThatIsMountedIntoAContainerIsTakenAndTheSameOutsideIsNot() throws {
        let folder = try readableFolder()
        let mount = folder.path("mount")
        #expect(mkdir(mount, 0o755) == 0)
        let inside = """
            mount -t tmpfs none \(mount) && cp \(folder.path)/*.pem \(folder.path)/secret \(mount)
            chmod 444 \(mount)/* && $0 remount,ro \(mount) && exec "$@"
            """
        for (isContainer, isReadOnly) in [(true, true), (true, false), (false, true)] {
            let words = try serverWords(mount)
            let setpriv = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            let server = try ChildProcess(
                "/usr/bin/unshare",
                ["--mount"] + (isContainer ? ["--pid", "--fork"] : [])
                    + ["/bin/sh", "-c", inside, isReadOnly ? "mount -o" : "true"] + setpriv + words,
                environment: ["CHAT_SECRET_FILE": "\(mount)/secret"]
            )
            let code = try server.finish()
            let lines = server.lines(of: .errors)
            #expect((code == 0) == (isContainer && isReadOnly), "\(isContainer) \(isReadOnly): \(lines)")
        }
    }

    @Test func aPassphraseFromAProcessSubstitutionOpensARoom() throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/bin/bash",
            [
                "-c", "CHAT_SECRET_FILE=<(printf 'open sesame to all\\n') \"$@\"", "bash",
                try BuiltPrograms.path(of: "snug-server"), "--check", "--port=0",
            ] + folder.certificateOptions
        )
        #expect(try server.finish() == 0, "\(server.lines(of: .errors))")
        let key = try ChildProcess(
            "/bin/bash",
            [
                "-c", "\"$@\" --key=<(cat \"$0\")", folder.path("server-key.pem"),
                try BuiltPrograms.path(of: "snug-server"), "--check", "--port=0",
                "--cert=\(folder.path("server.pem"))",
            ]
        )
        #expect(try key.finish() == 0, "\(key.lines(of: .errors))")
    }

    @Test(arguments: [
        ("\u{FEFF}open sesame now\n", "begins with a byte order mark"),
        ("open sesame now \n", "ends with a blank or an empty line"),
        ("open sesame now\n\n", "ends with a blank or an empty line"),
        ("open sesame now\nand then\n", "has more than one line"),
        (" open sesame now\n", "begins with a blank"),
    ])
    func whatLooksOddInAPassphraseIsSaidAtBothEndsAndCounts(content: String, words: String) throws {
        let folder = try TemporaryFolder()
        let secret = try folder.write(Array(content.utf8), to: "secret", mode: 0o600)
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": secret])
        let line = try server.expectLog("the passphrase \(words), which counts as a part of it")
        #expect(line.contains(" warning: ") && !line.contains("sesame"))
        let client = try ClientProcess.start(
            "aisha",
            port: server.port,
            authority: server.authority,
            environment: ["CHAT_SECRET_FILE": secret]
        )
        try client.expect("* aisha joined the chat *")
        #expect(try client.finish() == 0)
        #expect(client.lines(of: .errors).contains { $0.hasPrefix("warning: the passphrase \(words)") })
        #expect(try server.stop() == 0)
    }

    // MARK: -

    @Test(.enabled(if: canBeNobody, "needs root"))
    func whoeverHasTheHomeOfSomebodyElseChatsWithoutAKey() throws {
        let home = try TemporaryFolder()
        let identity = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["identity"],
            environment: ["HOME": home.path]
        )
        #expect(try identity.finish() == 0 && chmod(home.path, 0o700) == 0)
        let server = try ServerProcess()
        let folder = try TemporaryFolder()
        #expect(chmod(folder.path, 0o755) == 0)
        let copy = try ChildProcess(
            "/usr/bin/install",
            ["-m", "644", server.authority, folder.path("ca.pem")]
        )
        #expect(try copy.finish() == 0)
        let client = try ChildProcess(
            "/usr/bin/setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", try BuiltPrograms.path(of: "snug"),
                "--port=\(server.port)", "--ca=\(folder.path("ca.pem"))", "--name=aisha",
            ],
            environment: ["HOME": home.path]
        )
        try client.expect("* aisha joined the chat *")
        try client.expect("is out of this user's reach: you are known by no key", on: .errors)
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    private static let canBeNobody: Bool = {
        guard geteuid() == 0, let program = try? BuiltPrograms.path(of: "snug-server") else { return false }
        let trial = try? ChildProcess(
            "/usr/bin/unshare",
            ["--mount", "/usr/bin/setpriv", "--reuid=65534", "--clear-groups", program, "--version"]
        )
        return (try? trial?.finish()) == 0
    }()

    /// A folder with what a server needs, through which everybody can go.
    private func readableFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder.withCertificates()
        try folder.write(Array("open sesame now\n".utf8), to: "secret", mode: 0o600)
        try #require(chmod(folder.path, 0o711) == 0)
        return folder
    }

    private func serverWords(_ folder: String, key: String = "server-key.pem") throws -> [String] {
        [
            try BuiltPrograms.path(of: "snug-server"), "--check", "--port=0",
            "--cert=\(folder)/server.pem", "--key=\(folder)/\(key)",
        ]
    }

    private func check(
        _ folder: TemporaryFolder,
        as privileges: [String],
        key: String = "server-key.pem"
    ) throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/setpriv",
            privileges + serverWords(folder.path, key: key),
            environment: ["CHAT_SECRET_FILE": folder.path("secret")]
        )
    }
}
