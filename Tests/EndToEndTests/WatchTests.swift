// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A server that looks after its files by itself, and what renews them.
@Suite(.timeLimit(.minutes(30))) struct WatchTests {
    private static let names = ["localhost", "127.0.0.1"]

    /// A server with certificates of an authority that makes more of them.
    private final class Watched {
        let folder: TemporaryFolder
        let authority: LabAuthority
        let process: ChildProcess
        let port: UInt16

        init(_ options: [String] = ["--watch", "--watch-pause=0.02"], environment: [String: String] = [:])
            throws
        {
            folder = try TemporaryFolder()
            let authority = try LabAuthority(commonName: "An authority that renews")
            try folder.write(authority.issue(names: names), to: "server")
            try folder.write(authority.certificatePEM, to: "ca.pem", mode: 0o644)
            self.authority = authority
            process = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["--port=0"] + folder.certificateOptions + options,
                environment: environment
            )
            let address = "encrypted chat on 127.0.0.1:"
            let line = try process.expect(address, on: .errors)
            port = try #require(UInt16(line.dropFirst(address.count).prefix(while: \.isNumber)))
        }

        /// Puts a new pair into the place of the old one, each file at once.
        func renew() throws {
            try folder.write(authority.issue(names: names), to: "next")
            for name in ["server-key", "server"] {
                let next = name.replacing("server", with: "next")
                try #require(rename(folder.path("\(next).pem"), folder.path("\(name).pem")) == 0)
            }
        }

        func count(_ text: String) -> Int { process.lines(of: .errors).count { $0.contains(text) } }

        func waitUntilRead(_ times: Int) throws {
            try process.wait(for: "reload \(times)") { count("certificate and key reloaded") >= times }
        }

        func stop() throws {
            process.signal(SIGTERM)
            #expect(try process.waitForExit() == 0)
        }
    }

    @Test func aPairThatIsReplacedIsReadByItself() throws {
        let server = try Watched()
        try server.renew()
        try server.waitUntilRead(1)
        // Written in place, and so half there for a while.
        try server.folder.write(server.authority.issue(names: Self.names), to: "server")
        try server.waitUntilRead(2)
        let client = try ClientProcess.start(
            "ann",
            port: server.port,
            authority: server.folder.path("ca.pem")
        )
        try client.expect("* ann joined the chat *")
        #expect(try client.finish() == 0)
        try server.stop()
    }

    @Test func aBadPairIsToldOfOnceAndTheOldOneStays() throws {
        let server = try Watched()
        let good = try server.folder.content(of: "server.pem")
        try server.folder.write(Array(good.prefix(200)), to: "server.pem", mode: 0o644)
        try server.process.expect("the files were not reloaded, the old ones stay in use", on: .errors)
        let client = try ClientProcess.start(
            "ann",
            port: server.port,
            authority: server.folder.path("ca.pem")
        )
        try client.expect("* ann joined the chat *")
        #expect(try client.finish() == 0)
        #expect(server.count("the files were not reloaded") == 1)
        try server.folder.write(good, to: "good.pem", mode: 0o644)
        try #require(rename(server.folder.path("good.pem"), server.folder.path("server.pem")) == 0)
        try server.waitUntilRead(1)
        #expect(server.count("the files were not reloaded") == 1)
        try server.stop()
    }

    @Test func aPassphraseIsReadAgainByItselfToo() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Array("the first passphrase\n".utf8), to: "secret", mode: 0o600)
        let server = try Watched(environment: ["CHAT_SECRET_FILE": file])
        try folder.write(Array("the second passphrase\n".utf8), to: "secret", mode: 0o600)
        try server.process.expect("certificate, key and passphrase reloaded", on: .errors)
        let client = try ClientProcess.start(
            "ann",
            port: server.port,
            authority: server.folder.path("ca.pem"),
            environment: ["CHAT_SECRET_FILE": file]
        )
        try client.expect("* ann joined the chat *")
        #expect(try client.finish() == 0)
        try server.stop()
    }

    /// Whoever joins meets one pair or the other, and never half of each.
    @Test func nobodyWhoJoinsNoticesThatTheCertificateIsReplacedAgainAndAgain() throws {
        let renewals = getenv("SNUG_RENEWALS").flatMap { Int(String(cString: $0)) } ?? 40
        let server = try Watched(["--watch", "--watch-pause=0.01", "--max-per-address=0"])
        let context = try TLSContext(
            trust: .authorities(pem: server.authority.certificatePEM),
            policy: .modern,
            applicationProtocols: ["snug/0"]
        )
        let (isOver, joined, failed) = (Lock(false), Lock(0), Lock<[String]>([]))
        let triedToJoin = try LoopWaker()
        let port = server.port
        let joiners = try (0..<2).map { number in
            try RunningThread(name: "joiner-\(number)") {
                while !isOver.withLock({ $0 }) {
                    do {
                        let channel = try SocketChannel.connect(
                            to: [.loopback(port: port)],
                            timeout: .seconds(60)
                        )
                        let client = try TestClient(
                            over: SocketConnection.tlsClient(
                                channel,
                                context: context,
                                expecting: ExpectedServer(name: "localhost"),
                                paddingMultiple: 0
                            )
                        )
                        try client.send("guest\(number)")
                        _ = try client.next()
                        client.reset()
                        joined.withLock { $0 += 1 }
                    } catch { failed.withLock { $0.append("\(error)") } }
                    triedToJoin.wake()
                }
            }
        }
        for number in 1...renewals {
            let before = joined.withLock { $0 }
            try server.renew()
            try server.waitUntilRead(number)
            while joined.withLock({ $0 }) == before, failed.withLock({ $0 }).isEmpty { triedToJoin.wait() }
        }
        isOver.withLock { $0 = true }
        for joiner in joiners { joiner.join() }
        #expect(failed.withLock { $0 } == [])
        #expect(joined.withLock { $0 } >= renewals)
        try server.stop()
    }

    // MARK: What renews

    private static let hook: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/packaging/renewed"
    }()

    /// What certbot's, lego's and acme.sh's own variables and words are, with the files that they mean.
    @Test(arguments: ["certbot", "lego", "acme.sh"])
    func aDeployHookGivesTheServerARenewedPair(_ program: String) throws {
        let server = try Watched()
        let renewed = try TemporaryFolder()
        let next = try server.authority.issue(names: Self.names)
        let pem = next.certificateChainPEM
        let chain = try renewed.write(pem, to: "fullchain.pem", mode: 0o644)
        let key = try renewed.write(
            next.privateKeyPEM.withBytes { Array($0) },
            to: "privkey.pem",
            mode: 0o600
        )
        var environment = [
            "SNUG_RENEWED_TO": server.folder.path, "SNUG_RENEWED_COMMAND": "echo told",
            "SNUG_RENEWED_SERVER": try BuiltPrograms.path(of: "snug-server"),
        ]
        switch program {
        case "certbot": environment["RENEWED_LINEAGE"] = renewed.path
        case "lego":
            environment["LEGO_CERT_PATH"] = chain
            environment["LEGO_CERT_KEY_PATH"] = key
        default: break
        }
        let words = program == "acme.sh" ? [chain, key] : []
        let hook = try ChildProcess(Self.hook, words, environment: environment)
        #expect(try hook.finish() == 0, "\(hook.lines(of: .errors))")
        #expect(hook.lines(of: .output) == ["told"])
        #expect(try server.folder.content(of: "server.pem") == pem)
        #expect(try server.folder.mode(of: "server-key.pem") == 0o600)
        #expect(try server.folder.entries() == ["ca.pem", "server-key.pem", "server.pem"])
        try server.waitUntilRead(1)
        try server.stop()
    }

    @Test func aDeployHookLeavesTheOldPairWhereTheNewOneIsBad() throws {
        let server = try Watched()
        let before = try server.folder.content(of: "server.pem")
        let renewed = try TemporaryFolder()
        // The key of another certificate.
        try renewed.write(server.authority.issue(names: Self.names), to: "one")
        try renewed.write(server.authority.issue(names: Self.names), to: "two")
        let hook = try ChildProcess(
            Self.hook,
            [renewed.path("one.pem"), renewed.path("two-key.pem")],
            environment: [
                "SNUG_RENEWED_TO": server.folder.path, "SNUG_RENEWED_COMMAND": "echo told",
                "SNUG_RENEWED_SERVER": try BuiltPrograms.path(of: "snug-server"),
            ]
        )
        #expect(try hook.finish() == 1)
        #expect(hook.lines(of: .output) == [])
        #expect(hook.lines(of: .errors).contains("error: the new pair is not good, and the old one stays"))
        #expect(try server.folder.content(of: "server.pem") == before)
        #expect(try server.folder.entries() == ["ca.pem", "server-key.pem", "server.pem"])
        try server.stop()
    }

    @Test func aDeployHookThatIsToldNothingSaysHowItIsRun() throws {
        let hook = try ChildProcess(Self.hook)
        #expect(try hook.finish() == 1)
        #expect(hook.lines(of: .errors).first == "error: nobody said which certificate is new")
    }

    @Test(arguments: ["0", "-1", "x", "86401"])
    func howOftenItLooksIsANumberThatMakesSense(_ text: String) throws {
        let server = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--watch", "--watch-pause=\(text)", "--check"]
        )
        #expect(try server.waitForExit() == 64)
    }
}
