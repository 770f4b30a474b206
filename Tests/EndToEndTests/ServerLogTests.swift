// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import TestSupport
import Testing

/// What an operator reads in the log of a real server.
@Suite(.timeLimit(.minutes(30))) struct ServerLogTests {
    @Test func ofThirtyWhoComeAtOnceAllAreNamedAsTheyComeAndAsTheyGo() throws {
        let server = try ServerProcess()
        let crowd = try (1...30).map { try TestClient(.tls, port: server.port, name: "member-\($0)") }
        for client in crowd { client.close() }
        for number in 1...30 { try server.expectLog(" left as member-\(number): ") }
        #expect(try server.stop() == 0)
        let lines = server.process.lines(of: .errors)
        for number in 1...30 { #expect(lines.count { $0.contains(" joined as member-\(number) (") } == 1) }
        #expect(!lines.contains { $0.contains("left out") })
    }

    @Test(arguments: ["info", "debug"])
    func healthChecksAreNoLinesUnlessOneAsksForThem(level: String) throws {
        let server = try ServerProcess(["--log-level=\(level)"])
        for _ in 0..<30 { try SilentPeer(port: server.port).reset() }
        for _ in 0..<5 { try TestClient(.tls, port: server.port).close() }
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        aisha.close()
        try server.expectLog(" left as aisha")
        #expect(try server.stop() == 0)
        let visits = server.process.lines(of: .errors).filter { !Self.isExpected($0) }
        guard level == "debug" else { return #expect(visits == []) }
        #expect(visits.count { $0.hasSuffix("came and left without a name") } == 10)
        #expect(
            visits.last?.hasSuffix(
                "debug: 25 more log lines of the kind \"visited\" were left out, all from 127.0.0.1"
            ) == true
        )
        #expect(visits.count == 11)
    }

    private static func isExpected(_ line: String) -> Bool {
        [
            "encrypted chat on ", "the certificate is good until ", "others join with: ", " joined as aisha ",
            " left as aisha: ",
            " stopping: ", ": stopped", " confined by ", " not confined: ",
        ].contains {
            line.contains($0)
        }
    }

    @Test func aFloodFromOneAddressHidesNoOther() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "open sesame"])
        for source in ["127.0.0.1", "127.0.0.2"] {
            for _ in 0..<(source == "127.0.0.1" ? 40 : 1) {
                try Self.send("GET / HTTP/1.1\r\n\r\n", to: server.port, from: source)
            }
        }
        try server.expectLog("127.0.0.2:")
        #expect(try server.stop() == 0)
        let lines = server.process.lines(of: .errors)
        #expect(lines.count { $0.contains("an HTTP request on the TLS port") } == 11)
        #expect(
            lines.contains {
                $0.hasSuffix(
                    "30 more log lines of the kind \"an HTTP request\" were left out, all from 127.0.0.1"
                )
            }
        )
        #expect(lines.last?.hasSuffix("stopped") == true)
    }

    /// Sends words from an address of this machine's, and waits for the end of the connection.
    private static func send(_ text: String, to port: UInt16, from source: String) throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(number >= 0)
        defer { close(number) }
        for (host, port, call) in [(source, 0, bind), ("127.0.0.1", port, connect)]
            as [(String, UInt16, Call)]
        {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            try #require(inet_pton(AF_INET, host, &address.sin_addr) == 1)
            let outcome = withUnsafePointer(to: address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(outcome == 0)
        }
        try Polling.write(Array(text.utf8), to: number)
        while case let answer = try? Polling.read(number, atMost: 100), answer?.isEmpty == false {}
    }

    private typealias Call = (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32

    // MARK: A log that fails

    @Test func peopleChatOnWhileTheLogHasNoReaderAndTheLossIsToldToTheNextOne() throws {
        let folder = try TemporaryFolder.withCertificates()
        let path = folder.path("log")
        try #require(mkfifo(path, 0o600) == 0)
        var log: LogReader? = try LogReader(path)
        let server = try ChildProcess(
            "/bin/sh",
            [
                "-c", "exec \"$@\" 2>\(path)", "sh", try BuiltPrograms.path(of: "snug-server"), "--port=0",
            ] + folder.certificateOptions
        )
        let address = "encrypted chat on 127.0.0.1:"
        let line = try #require(log).line(with: address)
        let port = try #require(UInt16(line.dropFirst(address.count).prefix(while: \.isNumber)))
        // The last line of a start: it must not be among those that are lost.
        _ = try #require(log).line(with: "the certificate is good until")
        log = nil
        let aisha = try TestClient(.tls, port: port, name: "aisha")
        let ben = try TestClient(.tls, port: port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        try ben.send("does anyone read the log?")
        try aisha.expect("ben: does anyone read the log?")
        let next = try LogReader(path)
        let chen = try TestClient(.tls, port: port, name: "chen")
        let told = try next.line(with: " lost: write failed: Broken pipe")
        _ = try next.line(with: " joined as chen ")
        let lost = told.split(separator: ": ")[1].prefix(while: \.isNumber)
        #expect(Int(lost) == 3 - next.lines.count { $0.contains(" joined as ") }, "\(next.lines)")
        for client in [aisha, ben, chen] { client.close() }
        server.signal(SIGTERM)
        _ = try next.line(with: ": stopped")
        #expect(try server.waitForExit() == 0)
    }

    @Test func peopleChatOnWhileTheDiskIsFull() throws {
        let folder = try TemporaryFolder.withCertificates()
        // A server whose log goes nowhere cannot say which one it took.
        let reserved = try ReservedPort()
        let port = reserved.number
        let sink = try LogSink(.fullDisk)
        let server = try sink.startServer(["--port=\(port)"], in: folder)
        let aisha = try TestClient(.tls, port: port, name: "aisha")
        let ben = try TestClient(.tls, port: port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        try ben.send("no room for a log")
        try aisha.expect("ben: no room for a log")
        aisha.close()
        ben.close()
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    // MARK: Warnings

    @Test func aCertificateThatIsAboutToExpireIsWarnedOfAtTheStartAndInACheck() throws {
        let folder = try Self.folder(certificateFor: .seconds(13 * 86_400 + 60))
        let program = try BuiltPrograms.path(of: "snug-server")
        let server = try ChildProcess(program, ["--port=0"] + folder.certificateOptions)
        let line = try server.expect("the certificate expires on ", on: .errors)
        #expect(line.contains(" warning: ") && line.contains(", in 13 days: renew it"))
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
        let check = try ChildProcess(program, ["--check", "--port=0"] + folder.certificateOptions)
        #expect(try check.waitForExit() == 0)
        let lines = check.lines(of: .errors)
        #expect(lines.count == 3 && lines.last == "the configuration is good", "\(lines)")
        #expect(lines.first?.hasPrefix("the certificate is good until ") == true)
        #expect(lines.dropFirst().first?.hasPrefix("warning: the certificate expires on ") == true)
    }

    @Test func aCertificateThatExpiresWhileItIsInUseIsWarnedOfAndMembersStay() throws {
        let server = try ServerProcess()
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        let short = try Self.folder(certificateFor: .seconds(10))
        for name in ["server.pem", "server-key.pem"] {
            try server.folder.write(short.content(of: name), to: name, mode: 0o600)
        }
        server.process.signal(SIGHUP)
        try server.expectLog("certificate and key reloaded")
        #expect(try server.expectLog("the certificate expires on ").contains(", in 0 hours: renew it"))
        #expect(try server.expectLog("the certificate has expired on ").contains(" error: "))
        let lines = server.process.lines(of: .errors)
        #expect(lines.count { $0.contains("the certificate expires ") } == 1)
        #expect(lines.count { $0.contains("the certificate has expired ") } == 1)
        try aisha.send("/who")
        try aisha.expectNotice(containing: "aisha")
        aisha.close()
        #expect(try server.stop() == 0)
    }

    private static func folder(certificateFor time: Duration) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let authority = try LabAuthority()
        try folder.write(authority.issue(names: ["localhost"], notAfter: .now + time), to: "server")
        return folder
    }

    @Test(arguments: [
        (host: "0.0.0.0", secret: "", isWarned: true), ("::", "", true),
        ("127.0.0.1", "", false), ("::1", "", false), ("0.0.0.0", "long enough to be none", false),
    ])
    func aRoomThatAnyoneCanReachAndEnterIsWarnedOf(host: String, secret: String, isWarned: Bool) throws {
        let folder = try TemporaryFolder.withCertificates()
        let check = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--check", "--host=\(host)", "--port=0"] + folder.certificateOptions,
            environment: secret.isEmpty ? [:] : ["CHAT_SECRET": secret]
        )
        #expect(try check.waitForExit() == 0)
        let lines = check.lines(of: .errors)
        #expect(lines.contains { $0.hasPrefix("warning: anyone who reaches ") } == isWarned, "\(lines)")
        #expect(lines.last == "the configuration is good")
    }

    /// In a network of its own, which nobody can reach.
    @Test(.enabled(if: canUnshare, "needs a machine on which one may make network namespaces"))
    func aServerThatAnyoneCanReachAndEnterSaysSoAtItsStart() throws {
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/usr/bin/unshare",
            ["--net", try BuiltPrograms.path(of: "snug-server"), "--host=0.0.0.0", "--port=0"]
                + folder.certificateOptions
        )
        let line = try server.expect("may enter", on: .errors)
        #expect(line.contains(" warning: anyone who reaches 0.0.0.0:"))
        #expect(line.hasSuffix(" may enter, no passphrase is set: set CHAT_SECRET or CHAT_SECRET_FILE"))
        #expect(server.lines(of: .errors).first?.hasPrefix("encrypted chat on 0.0.0.0:") == true)
        server.signal(SIGTERM)
        #expect(try server.waitForExit() == 0)
    }

    private static let canUnshare: Bool = {
        let trial = try? ChildProcess("/usr/bin/unshare", ["--net", "/bin/true"])
        return (try? trial?.finish()) == 0
    }()
}

/// A reader of a log that is a named pipe; with it the log's reader goes.
private final class LogReader {
    private let pipe: Int32
    private var bytes: [UInt8] = []

    init(_ path: String) throws {
        pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(pipe >= 0)
    }

    deinit { close(pipe) }

    var lines: [String] { String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }

    /// Waits for a line with `text`.
    func line(with text: String) throws -> String {
        var line: String?
        let cameTrue = try Inspection.comesTrue {
            // Without a writer it is at its end, which passes.
            var entries = [Polling.Entry(pipe, for: .readable)]
            Polling.wait(for: &entries, until: .now)
            if !entries[0].readiness.isEmpty { bytes += try Polling.read(pipe, atMost: 65_536) }
            line = lines.first { $0.contains(text) }
            return line != nil
        }
        try #require(cameTrue, "no \"\(text)\"")
        return line ?? ""
    }
}
