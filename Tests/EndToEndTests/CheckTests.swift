// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

/// `--check` tries everything that a start tries: what it calls good starts, and what does not start it does not call
/// good.
@Suite(.timeLimit(.minutes(30))) struct CheckTests {
    /// A machine on which a server cannot start.
    struct Obstacle: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// Of a shell, in front of the program.
        var preparation = ""
        var options: [String] = []
        let error: String
        var hint = ""
    }

    private static let obstacles = [
        Obstacle(
            testDescription: "an address of another machine",
            options: ["--host=192.0.2.7"],
            error: "cannot listen on 192.0.2.7:"
        ),
        Obstacle(
            testDescription: "a port in use",
            options: ["--port=TAKEN"],
            error: "already listens on 127.0.0.1:"
        ),
        Obstacle(
            testDescription: "a plain port in use",
            options: ["--plain-port=TAKEN"],
            error: "already listens on 127.0.0.1:"
        ),
        Obstacle(
            testDescription: "a host without an address",
            options: ["--host=nowhere.invalid"],
            error: "nowhere.invalid"
        ),
        Obstacle(
            testDescription: "few descriptors",
            preparation: "ulimit -n 8;",
            error: "Too many open files",
            hint: "raise the limit of open files: ulimit -n"
        ),
        Obstacle(
            testDescription: "enough descriptors for the loops and not for their threads",
            preparation: "ulimit -n 24;",
            options: ["--loops=8"],
            error: "Too many open files",
            hint: "raise the limit of open files: ulimit -n"
        ),
        Obstacle(
            testDescription: "no right to write session keys",
            options: ["--insecure-keylog=/nonexistent/keys"],
            error: "session keys cannot be written to /nonexistent/keys"
        ),
    ]

    @Test(arguments: obstacles, [[], ["--check"]])
    func whateverKeepsAServerFromStartingIsFoundByACheckToo(obstacle: Obstacle, mode: [String]) throws {
        let taken = try ListeningSocket(address: .loopback(port: 0))
        let folder = try TemporaryFolder.withCertificates()
        let options = obstacle.options.map { $0.replacing("TAKEN", with: "\(taken.address.port)") }
        let server = try ChildProcess(
            "/bin/sh",
            ["-c", "\(obstacle.preparation) exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server")]
                + ["--port=0"] + folder.certificateOptions + options + mode
        )
        #expect(try server.finish() != 0)
        let lines = server.lines(of: .errors).suffix(2)
        #expect(
            lines.first?.hasPrefix("error: ") == true && lines.first?.contains(obstacle.error) == true,
            "\(lines)"
        )
        #expect(
            lines.last?.hasPrefix("hint: ") == true && lines.last?.contains(obstacle.hint) == true,
            "\(lines)"
        )
    }

    /// In a network of its own, where the ports below 1024 need a right.
    @Test(
        .enabled(if: canUnshare, "needs a machine on which one may make network namespaces"),
        arguments: [[], ["--check"]]
    )
    func aPortThatNeedsARightIsFoundByACheckToo(mode: [String]) throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/usr/bin/unshare",
            [
                "--net", "setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service",
                try BuiltPrograms.path(of: "snug-server"), "--host=0.0.0.0", "--port=443",
            ] + folder.certificateOptions + mode
        )
        #expect(try server.finish() == 78)
        #expect(server.lines(of: .errors).contains { $0.hasPrefix("error: cannot listen on 0.0.0.0:443: ") })
    }

    private static let canUnshare: Bool = {
        let trial = try? ChildProcess("/usr/bin/unshare", ["--net", "/bin/true"])
        return (try? trial?.finish()) == 0
    }()

    @Test func whatACheckCallsGoodStartsOnTheSamePortAtOnceAndLetsPeopleIn() throws {
        let folder = try TemporaryFolder.withCertificates()
        let reserved = try ReservedPort()
        let port = reserved.number
        let program = try BuiltPrograms.path(of: "snug-server")
        let options = ["--port=\(port)"] + folder.certificateOptions
        let check = try ChildProcess(program, options + ["--check"])
        #expect(try check.finish() == 0)
        let lines = check.lines(of: .errors)
        #expect(lines.count == 2 && lines[0].hasPrefix("the certificate is good until "), "\(lines)")
        #expect(lines.last == "the configuration is good")
        #expect(check.bytes(of: .output).isEmpty)
        let server = try ChildProcess(program, options)
        try server.expect("encrypted chat on 127.0.0.1:\(port)", on: .errors)
        let aisha = try TestClient(.tls, port: port, name: "aisha")
        aisha.close()
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    /// Good or not: a server of another user could not open what is left, and a link of its owner's stays.
    @Test(arguments: ["", "ulimit -f 0; "])
    func aCheckLeavesNoFileBehind(preparation: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        #expect(symlink("nowhere", folder.path("link")) == 0)
        let before = try folder.entries()
        for options in [
            ["--history=\(folder.path("history"))"], ["--insecure-keylog=\(folder.path("keys"))"],
        ] {
            let server = try ChildProcess(
                "/bin/sh",
                [
                    "-c", "\(preparation)exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server"),
                    "--port=0",
                ]
                    + folder.certificateOptions + ["--check"] + options
            )
            _ = try server.finish()
            #expect(try folder.entries() == before, "\(options): \(server.lines(of: .errors))")
        }
    }

    @Test(arguments: [[], ["--check"]])
    func aLimitOfDescriptorsThatKeepsPeopleOutIsWarnedOf(mode: [String]) throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/bin/sh",
            ["-c", "ulimit -n 500; exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server"), "--port=0"]
                + folder.certificateOptions + mode
        )
        let line = try server.expect("this process may open only 500 files at once", on: .errors)
        #expect(line.contains("warning: ") && line.contains("ulimit -n"))
        if mode.isEmpty { server.signal(SIGTERM) }
        #expect(try server.waitForExit() == 0)
    }
}
