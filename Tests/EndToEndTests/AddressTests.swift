// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Hosts as people write them, given to the real programs.
@Suite(.timeLimit(.minutes(30))) struct AddressTests {
    private static let hasIPv6 = SocketAddress.ofThisMachine.contains("::1")

    private func join(_ server: ServerProcess, at host: String, as name: String) throws {
        let client = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--host", host, "--port", "\(server.port)", "--name", name, "--ca", server.authority]
        )
        try client.expect("* \(name) joined the chat *")
        #expect(try client.finish() == 0)
    }

    @Test(.enabled(if: hasIPv6, "needs IPv6"))
    func aServerOnLocalhostIsThereAtBothAddresses() throws {
        let server = try ServerProcess(["--host=localhost"], plain: true)
        for (port, kind) in [(server.port, "encrypted"), (server.port(.plain), "plain")] {
            try server.expectLog("\(kind) chat on 127.0.0.1:\(port) ")
            try server.expectLog("\(kind) chat on [::1]:\(port) ")
        }
        for (number, host) in ["127.0.0.1", "::1", "[::1]", "localhost", "LOCALHOST."].enumerated() {
            try join(server, at: host, as: "guest \(number)")
        }
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: hasIPv6, "needs IPv6"))
    func aServerOnAStarIsThereAtAllAddressesOfBothFamilies() throws {
        let server = try ServerProcess(["--host=*"])
        try server.expectLog("encrypted chat on 0.0.0.0:\(server.port) ")
        try server.expectLog("encrypted chat on [::]:\(server.port) ")
        try server.expectLog("anyone who reaches [::]:\(server.port) may enter")
        try join(server, at: "127.0.0.1", as: "ann")
        try join(server, at: "::1", as: "ben")
        // A family of its own for each: nobody is logged with an address that was mapped into the other.
        #expect(try server.expectLog("joined as ann").contains(" 127.0.0.1:"))
        #expect(try server.expectLog("joined as ben").contains(" [::1]:"))
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: hasIPv6, "needs IPv6"), arguments: ["::1", "[::1]", "0:0:0:0:0:0:0:1", " ::1 "])
    func anIPv6AddressIsTakenAsPeopleWriteItAndPrintedInBrackets(host: String) throws {
        let server = try ServerProcess(["--host=\(host)"])
        try server.expectLog("encrypted chat on [::1]:\(server.port) (TLS)")
        try join(server, at: host, as: "ann")
        #expect(try server.stop() == 0)
        let client = try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--host", host, "--port", "\(server.port)", "--ca", server.authority]
        )
        #expect(try client.finish() == 69)
        #expect(
            client.lines(of: .errors).prefix(2) == [
                "connecting to [::1]:\(server.port)",
                "error: [::1]:\(server.port) cannot be reached ([::1]:\(server.port): Connection refused)",
            ]
        )
    }

    // MARK: Names

    /// A hosts file of one's own (mount_namespaces(7)).
    private struct OwnHosts {
        static let isAvailable: Bool = {
            guard !Inspection.isSanitized else { return false }
            let arguments = ["-rm", "/bin/mount", "--bind", "/etc/hosts", "/etc/hosts"]
            return (try? ChildProcess("/usr/bin/unshare", arguments).finish()) == 0
        }()

        static let whyNot: Comment = "needs the right to make a mount namespace"

        let folder: TemporaryFolder

        init(_ lines: String...) throws {
            folder = try TemporaryFolder()
            try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "hosts", mode: 0o644)
        }

        func run(_ program: String, _ arguments: [String]) throws -> ChildProcess {
            let script = "mount --bind \(folder.path("hosts")) /etc/hosts && exec \"$@\""
            let words = ["-rm", "/bin/sh", "-c", script, "sh", try BuiltPrograms.path(of: program)]
            return try ChildProcess("/usr/bin/unshare", words + arguments)
        }
    }

    @Test(.enabled(if: OwnHosts.isAvailable, OwnHosts.whyNot))
    func everyAddressOfANameThatFailedIsNamed() throws {
        let server = try ServerProcess()
        #expect(try server.stop() == 0)
        let hosts = try OwnHosts("127.0.0.2 gone.example", "127.0.0.3 gone.example", "::1 gone.example")
        let client = try hosts.run(
            "snug",
            ["--host=gone.example", "--port=\(server.port)", "--ca=\(server.authority)"]
        )
        #expect(try client.finish() == 69)
        let error = try client.expect("error: gone.example:\(server.port) cannot be reached", on: .errors)
        for address in ["127.0.0.2", "127.0.0.3", "[::1]"] {
            #expect(error.contains("\(address):\(server.port): "), "\(error)")
        }
    }

    @Test(.enabled(if: OwnHosts.isAvailable, OwnHosts.whyNot))
    func aNameWithAnAddressThatDoesNotAnswerIsJoinedByTheOther() throws {
        let reserved = try ReservedPort("127.0.0.2", "127.0.0.3")
        let server = try ServerProcess(["--host=127.0.0.3", "--port=\(reserved.number)"])
        let silent = try SilentAddress(host: "127.0.0.2", port: server.port)
        let hosts = try OwnHosts("127.0.0.2 localhost.example", "127.0.0.3 localhost.example")
        let authority = try TestAuthority(names: ["localhost.example"])
        try server.folder.write(authority.certificate, to: "server")
        try server.folder.write(authority.authorityPEM, to: "ca.pem", mode: 0o644)
        server.process.signal(1)
        try server.expectLog("reloaded")
        let client = try hosts.run(
            "snug",
            [
                "--host=localhost.example", "--port=\(silent.address.port)", "--ca=\(server.authority)",
                "--name=ann",
            ]
        )
        try client.expect("* ann joined the chat *")
        #expect(try client.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: OwnHosts.isAvailable, OwnHosts.whyNot))
    func aNameInAnyScriptIsLookedUpAndVerifiedInItsASCIIForm() throws {
        let folder = try TemporaryFolder()
        let made = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["make-certs", "--out=\(folder.path)", "--name=bücher.example"]
        )
        #expect(try made.finish() == 0)
        let hosts = try OwnHosts("127.0.0.1 xn--bcher-kva.example")
        let server = try hosts.run(
            "snug-server",
            ["--host=bücher.example", "--port=0"] + folder.certificateOptions
        )
        let line = try server.expect("encrypted chat on 127.0.0.1:", on: .errors)
        let port = try #require(line.split(separator: ":").last?.prefix { $0.isNumber })
        let client = try hosts.run(
            "snug",
            ["--host=BÜCHER.example", "--port=\(port)", "--ca=\(folder.path("ca.pem"))", "--name=ann"]
        )
        try client.expect("* ann joined the chat *")
        #expect(try client.finish() == 0)
        try client.expect("to xn--bcher-kva.example", on: .errors)
        server.signal(15)
        #expect(try server.waitForExit() == 0)
    }

    @Test(.enabled(if: OwnHosts.isAvailable, OwnHosts.whyNot))
    func ofANameOneAddressIsEnoughAndTheLogNamesTheOther() throws {
        let folder = try TemporaryFolder.withCertificates()
        let hosts = try OwnHosts("192.0.2.1 half.example", "127.0.0.1 half.example")
        let server = try hosts.run(
            "snug-server",
            ["--host=half.example", "--port=0"] + folder.certificateOptions
        )
        try server.expect("encrypted chat on 127.0.0.1:", on: .errors)
        let notice = try server.expect("nobody can come in by 192.0.2.1:", on: .errors)
        #expect(notice.contains(" notice: ") && notice.hasSuffix("this machine does not have that address"))
        server.signal(15)
        #expect(try server.waitForExit() == 0)
    }

    @Test(arguments: ["snug", "snug-server"])
    func aNameThatIsNobodysIsSaidToBe(program: String) throws {
        let folder = try TemporaryFolder.withCertificates()
        let options = program == "snug" ? ["--ca=\(folder.path("ca.pem"))"] : folder.certificateOptions
        let process = try ChildProcess(
            BuiltPrograms.path(of: program),
            ["--host=nobody.invalid"] + options
        )
        #expect(try process.finish() == (program == "snug" ? 69 : 78))
        try process.expect("error: the address of nobody.invalid cannot be found: ", on: .errors)
        try process.expect("hint: ", on: .errors)
    }
}
