// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugHistory
import SnugLab
import SnugRooms
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A server that has confined itself, which is what all other tests meet, too: what it is kept from, and what goes on.
@Suite(.timeLimit(.minutes(30))) struct ConfinedServerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let hasLandlock = KernelSupport.landlockVersion > 0 && KernelSupport.canFilterCalls
    private static let whyNot: Comment = "needs a kernel with Landlock and seccomp, and no sanitizer"

    // MARK: What it is kept from

    @Test(.enabled(if: TryingCalls.isPossible, TryingCalls.whyNot))
    func noThreadOfAServerReadsRunsConnectsOrLooksElsewhere() throws {
        let trying = try TryingCalls()
        let server = try ServerProcess(
            ["--loops=2", "--history=\(folder.path("history"))", "--control=\(folder.path("control"))"],
            plain: true,
            environment: trying.environment
        )
        try server.expectLog("others join with: ")
        trying.begin()
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        #expect(try ctl("who").code == 0)
        server.process.signal(SIGHUP)
        try server.expectLog("certificate and key reloaded")
        try ben.send("nobody notices anything")
        try aisha.skip(to: "ben: nobody notices anything")
        // Whoever has had nothing to do until then is woken up by the end.
        #expect(try server.stop() == 0)
        let outcomes = trying.outcomes
        let threads = [
            "snug-server", "snug-control", "snug-history", "snug-lobby", "snug-log", "snug-room-0",
            "snug-room-1",
            "snug-storing",
        ]
        #expect(Set(threads).isSubset(of: outcomes.keys), "\(outcomes.keys)")
        let files = KernelSupport.landlockVersion > 0 ? EACCES : 0
        for (thread, codes) in outcomes {
            for (attempt, code) in zip(TryingCalls.attempts, codes) {
                let isOfFiles = TryingCalls.attempts.prefix(2).contains(attempt)
                #expect(code == (isOfFiles ? files : EPERM), "\(thread), \(attempt)")
            }
        }
    }

    @Test(.enabled(if: hasLandlock, whyNot)) func theLogSaysWhatHolds() throws {
        let server = try ServerProcess(["--history=\(folder.path("history"))"])
        let line = try server.expectLog(
            " info: confined by Landlock \(KernelSupport.landlockVersion) and seccomp: "
        )
        #expect(
            line.contains(": reads only in \(server.folder.path), reads and writes only in \(folder.path); ")
        )
        #expect(line.hasSuffix("; runs no program, opens no connection, looks into no process"))
        #expect(try server.stop() == 0)
    }

    @Test(arguments: [(["--no-sandbox"], [:]), ([], ["SNUG_NO_SANDBOX": "yes"])])
    func whoAsksForItGetsAServerWithAllRightsAndIsTold(options: [String], environment: [String: String])
        throws
    {
        let server = try ServerProcess(options, environment: environment)
        try server.expectLog(
            " notice: not confined: with --no-sandbox the server may do whatever its user may"
        )
        let status = try String(contentsOfFile: "/proc/\(server.process.pid)/status", encoding: .utf8)
        #expect(status.contains("\nSeccomp:\t0\n"))
        #expect(try server.stop() == 0)
    }

    // MARK: What goes on

    @Test func chatReloadControlAndHistoryGoOnAndTheSocketIsTakenAway() throws {
        let (history, control) = (folder.path("history"), folder.path("control"))
        try folder.write([], to: "operators", mode: 0o600)
        let secret = try folder.write(Array("the old passphrase\n".utf8), to: "secret", mode: 0o600)
        let server = try ServerProcess(
            ["--history=\(history)", "--control=\(control)", "--operators=\(folder.path("operators"))"],
            environment: ["CHAT_SECRET_FILE": secret]
        )
        let old = try TestClient(.tls, port: server.port)
        for frame in ["the old passphrase", "old", "said before"] { try old.send(frame) }
        try old.skip(to: "* old joined the chat *")

        // As editors and renewals do: another file gets the name.
        try replace("secret", by: Array("a new passphrase\n".utf8), in: folder)
        try replace("operators", by: Array("# nobody\n".utf8), in: folder)
        let authority = try TestAuthority()
        try replace("server.pem", by: authority.certificate.certificateChainPEM, in: server.folder)
        try replace(
            "server-key.pem",
            by: authority.certificate.privateKeyPEM.withBytes { Array($0) },
            in: server.folder
        )
        #expect(try ctl("reload").code == 0)
        try server.expectLog("certificate, key and passphrase reloaded")
        let new = try TestClient(
            over: SocketConnection.tlsClient(
                try SocketChannel.connect(port: server.port, from: "127.0.0.1"),
                context: try authority.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
        for frame in ["a new passphrase", "new", "said after"] { try new.send(frame) }
        try old.skip(to: "new: said after")
        #expect(try ctl("who").output.count == 2)
        for client in [old, new] { client.close() }
        #expect(try server.stop() == 0)
        #expect(!folderHas("control"))
        var texts: [String] = []
        try HistoryArchive(path: history).eachLine { line in
            texts.append("\(line.text)")
            return true
        }
        #expect(texts == ["said before", "said after"])
    }

    /// certbot's layout: live/NAME has links to archive/NAME.
    @Test(.enabled(if: hasLandlock, whyNot))
    func aRenewalByLinksIsReadAndOneIntoAnotherFolderIsToldToNeedAStart() throws {
        for name in ["live", "archive", "elsewhere"] { try #require(mkdir(folder.path(name), 0o700) == 0) }
        for (place, number) in [("archive", 1), ("archive", 2), ("elsewhere", 3)] {
            try folder.write(try TestAuthority().certificate, to: "\(place)/\(number)")
        }
        try link(to: "../archive/1")
        let server = try ServerProcess([
            "--cert=\(folder.path("live/chain.pem"))", "--key=\(folder.path("live/key.pem"))",
        ])
        try link(to: "../archive/2")
        server.process.signal(SIGHUP)
        try server.expectLog("certificate and key reloaded, in use for new connections")
        try link(to: "../elsewhere/3")
        server.process.signal(SIGHUP)
        let line = try server.expectLog("the files were not reloaded, the old ones stay in use: ")
        #expect(line.contains("live/chain.pem cannot be read: open failed: Permission denied"))
        #expect(line.hasSuffix("; a confined server reads only in the folders of its start: start it again"))
        #expect(try server.stop() == 0)
    }

    @Test func aCheckConfinesItselfAndLeavesNothingBehind() throws {
        let certificates = try TemporaryFolder.withCertificates()
        let check = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            [
                "--check", "--port=0", "--history=\(folder.path("history"))",
                "--control=\(folder.path("control"))",
            ]
                + ["--insecure-keylog=\(folder.path("keys"))"] + certificates.certificateOptions
        )
        #expect(try check.finish() == 0, "\(check.lines(of: .errors))")
        #expect(check.lines(of: .errors).last == "the configuration is good")
        #expect(try folder.entries() == [])
    }

    @Test func keysAreLoggedByAConfinedServerThatWasToldTo() throws {
        let server = try ServerProcess(["--insecure-keylog=\(folder.path("keys"))"])
        let client = try TestClient(.tls, port: server.port, name: "aisha")
        #expect(try Inspection.comesTrue { try !folder.content(of: "keys").isEmpty })
        client.close()
        #expect(try server.stop() == 0)
    }

    // MARK: -

    private func ctl(_ words: String...) throws -> (code: Int32, output: [String]) {
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["ctl", "--control=\(folder.path("control"))"] + words
        )
        return (try process.waitForExit(), process.lines(of: .output))
    }

    private func folderHas(_ name: String) -> Bool { (try? folder.entries().contains(name)) == true }

    private func replace(_ name: String, by bytes: [UInt8], in folder: TemporaryFolder) throws {
        try folder.write(bytes, to: "\(name).new", mode: 0o600)
        try #require(rename(folder.path("\(name).new"), folder.path(name)) == 0)
    }

    private func link(to number: String) throws {
        for (name, file) in [("chain.pem", "\(number).pem"), ("key.pem", "\(number)-key.pem")] {
            let path = folder.path("live/\(name)")
            unlink(path)
            try #require(symlink(file, path) == 0)
        }
    }
}
