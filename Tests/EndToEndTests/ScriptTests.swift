// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// What the scripts say and do where something is missing, and that they do not build again what is there.
@Suite(.timeLimit(.minutes(30))) struct ScriptTests {
    /// A checkout with nothing in it but what the scripts look at, for any user to read.
    private let checkout: TemporaryFolder

    init() throws {
        checkout = try TemporaryFolder()
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        for folder in ["scripts", "Sources", "Tests", "Tests/ScreenProbe", ".build", ".build/debug"] {
            try #require(mkdir(checkout.path(folder), 0o755) == 0)
        }
        let setup = try Data(contentsOf: URL(fileURLWithPath: "/\(root)/scripts/setup.sh"))
        try checkout.write(Array(setup), to: "scripts/setup.sh", mode: 0o755)
        for file in ["Package.swift", "Sources/main.swift"] { try checkout.write([], to: file, mode: 0o644) }
        try #require(chmod(checkout.path, 0o755) == 0)
    }

    /// Runs a line of a script; nothing but the folder `tools` and the shell's own programs is on its PATH.
    private func run(_ line: String, as prefix: [String] = []) throws -> (code: Int32, errors: [String]) {
        let words = prefix + ["/bin/bash", "-c", ". \(checkout.path)/scripts/setup.sh; \(line)"]
        let environment = ["PATH": "\(checkout.path)/tools:/usr/bin:/bin"]
        let process = try ChildProcess(words[0], Array(words.dropFirst()), environment: environment)
        return (try process.finish(), process.lines(of: .errors))
    }

    /// By another process: a file that this one has open to write is so in each child that begins just then, and
    /// nobody may run it meanwhile (ETXTBSY, execve(2)).
    private func makeTool(_ name: String, _ text: String) throws {
        let line = "mkdir -p \"$1\" && printf '%s' \"$3\" >\"$1/$2\" && chmod 755 \"$1/$2\""
        let shell = try ChildProcess("/bin/sh", ["-c", line, "sh", checkout.path("tools"), name, text])
        try #require(try shell.finish() == 0)
    }

    @Test func aToolchainThatDoesNotStartSaysWhyAndWhatToInstall() throws {
        try makeTool("swift", "#!/nonexistent/loader\n")
        let outcome = try run("require_swift")
        #expect(outcome.code == 1)
        #expect(outcome.errors.first?.hasPrefix("error: the Swift toolchain does not start: ") == true)
        #expect(outcome.errors.first?.contains("tools/swift: ") == true, "\(outcome.errors)")
        #expect(
            outcome.errors.last?.hasPrefix("hint: install what it uses, as root: apt-get update && ") == true
        )
    }

    @Test(arguments: [
        ("6.2.3", false), ("5.10", false), ("6.3", true), ("6.3.1", true), ("6.10", true), ("7.0", true),
    ])
    func anOlderSwiftThanNeededIsRefused(version: String, isTaken: Bool) throws {
        try makeTool("swift", "#!/bin/sh\necho 'Swift Package Manager - Swift \(version)'\n")
        let outcome = try run("require_swift")
        #expect((outcome.code == 0) == isTaken)
        guard !isTaken else { return }
        let short = version.split(separator: ".").prefix(2).joined(separator: ".")
        #expect(outcome.errors.first == "error: Swift \(short) is too old")
        #expect(outcome.errors.last?.hasPrefix("hint: install Swift 6.3 or later: https://") == true)
    }

    @Test(.enabled(if: geteuid() == 0, "needs root, to be somebody else"))
    func withoutRootTheLineForSomeoneWhoIsRootIsSaid() throws {
        let nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        // Where there is sudo, it asks nobody for a password, and is told none.
        let outcome = try run(
            "install_packages no-such-package-one no-such-package-two </dev/null",
            as: nobody
        )
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.last?.hasSuffix(
                ": apt-get update && apt-get install no-such-package-one no-such-package-two"
            ) == true,
            "\(outcome.errors)"
        )
    }

    /// Without Swift on the PATH, to see whether anything is asked of it.
    @Test func whatIsBuiltAlreadyIsNotBuiltAgainUntilASourceChanges() throws {
        let build = "build && echo \"$programs\""
        #expect(try run(build).code == 1)
        for program in ["snug", "snug-server", "snug-wire"] {
            try checkout.write([], to: ".build/debug/\(program)", mode: 0o755)
        }
        try checkout.write([], to: ".build/built-debug", mode: 0o644)
        let outcome = try run(build)
        #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let changes: [() throws -> Void] = [
            { try checkout.write([], to: "Sources/main.swift", mode: 0o644) },
            { try checkout.write([], to: "Sources/new.swift", mode: 0o644) },
            { try #require(unlink(checkout.path("Sources/new.swift")) == 0) },
            { try checkout.write([], to: "Package.swift", mode: 0o644) },
            { try #require(unlink(checkout.path(".build/debug/snug")) == 0) },
        ]
        for change in changes {
            // A clock tick of the kernel is the shortest time between two changes that can be told apart.
            try checkout.write([], to: ".build/built-debug", mode: 0o644)
            #expect(try run(build).code == 0)
            try change()
            let outcome = try run(build)
            #expect(
                outcome.code == 1 && outcome.errors.first == "error: there is no Swift toolchain on the PATH"
            )
        }
    }
}
