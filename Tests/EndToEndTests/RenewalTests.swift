// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import TestSupport
import Testing

/// Three months later: the certificate of a room that people use comes to its end.
@Suite(.timeLimit(.minutes(30))) struct RenewalTests {
    @Test func aRenewedCertificateIsTakenByEverybodyWhoHasTheOldAuthorityAndPin() throws {
        let folder = try TemporaryFolder()
        let almostOver = UnixTime.now + .seconds(-90 * 86_400 + 3_600)
        try LabCertificates.write(to: folder.path, now: almostOver)
        let authority = try folder.content(of: "ca.pem")
        let server = try start(folder)
        let first = try join(server, folder, [])
        try first.process.expect("* aisha joined the chat *")
        let line = try first.process.expect("server key sha256:", on: .errors)
        let pin = try #require(line.split(separator: " ").last)
        #expect(try first.process.finish() == 0)

        let renewal = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["make-certs", "--out=\(folder.path)", "--renew"]
        )
        #expect(try renewal.finish() == 0)
        let words = renewal.lines(of: .errors)
        #expect(
            words.first?.hasPrefix("wrote server.pem to \(folder.path)/, good until 20") == true,
            "\(words)"
        )
        #expect(words.first?.hasSuffix(" for localhost, 127.0.0.1, ::1") == true, "\(words)")
        #expect(words.last == "a server that runs reads it on SIGHUP")
        server.process.signal(SIGHUP)
        try server.process.expect("certificate and key reloaded", on: .errors)
        try server.process.wait(for: "the new end") {
            server.process.lines(of: .errors).count { $0.contains("the certificate is good until ") } == 2
        }
        #expect(try folder.content(of: "ca.pem") == authority)
        let second = try join(server, folder, ["--pin=\(pin)"])
        try second.process.expect("* aisha joined the chat *")
        #expect(try second.process.finish() == 0)
        server.process.signal(SIGTERM)
        #expect(try server.process.waitForExit() == 0)
    }

    @Test func theEndIsLoggedAtTheStartAtAReloadAndInACheck() throws {
        let server = try ServerProcess()
        try server.expectLog("info: the certificate is good until 20")
        server.process.signal(SIGHUP)
        try server.process.wait(for: "the end again") {
            server.process.lines(of: .errors).count { $0.contains("the certificate is good until 20") } == 2
        }
        #expect(try server.stop() == 0)
        let check = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--check", "--port=0"] + server.folder.certificateOptions
        )
        #expect(try check.finish() == 0)
        #expect(check.lines(of: .errors).first?.hasPrefix("the certificate is good until 20") == true)
    }

    @Test func anAuthorityThatWasRemovedIsMissedAtTheStartAndWrittenAgain() throws {
        let folder = try TemporaryFolder()
        try LabCertificates.write(to: folder.path)
        let authority = try folder.content(of: "ca.pem")
        #expect(unlink(folder.path("ca.pem")) == 0)
        let server = try start(folder)
        let line = try server.process.expect("/ca.pem, which clients need, is missing: ", on: .errors)
        #expect(line.contains(" warning: "))
        let refused = try join(server, folder, [])
        #expect(try refused.process.waitForExit() == 78)
        let hint = try #require(refused.process.lines(of: .errors).last)
        #expect(hint.hasPrefix("hint: this writes it again: "), "\(hint)")
        for words in [line, hint] {
            let command = try #require(words.split(separator: ": ").last.map(String.init))
            unlink(folder.path("ca.pem"))
            #expect(try ChildProcess("/bin/sh", ["-c", command]).finish() == 0)
            #expect(try folder.content(of: "ca.pem") == authority)
        }
        let joined = try join(server, folder, [])
        try joined.process.expect("* aisha joined the chat *")
        #expect(try joined.process.finish() == 0)
        server.process.signal(SIGTERM)
        #expect(try server.process.waitForExit() == 0)
    }

    @Test(.enabled(if: FakedTime.isAvailable, FakedTime.whyNot))
    func aCertificateThatIsNotValidYetMentionsTheClock() throws {
        let folder = try TemporaryFolder.withCertificates()
        let time = try FakedTime()
        try time.set("-2d")
        // By way of a shell: started with that library at once, Swift's runtime finds no arguments.
        let words =
            ["-c", "exec \"$@\"", "sh", try BuiltPrograms.path(of: "snug-server"), "--check", "--port=0"]
            + folder.certificateOptions
        let check = try ChildProcess("/bin/sh", words, environment: time.environment)
        #expect(try check.finish() == 78)
        let lines = check.lines(of: .errors)
        #expect(lines.first?.contains("server.pem is not valid yet: it begins on 20") == true, "\(lines)")
        #expect(lines.first?.contains(", and this machine's clock says 20") == true, "\(lines)")
        #expect(lines.last == "hint: set this machine's clock if it is wrong, or wait until then")
        try time.set("+0d")
        let later = try ChildProcess("/bin/sh", words, environment: time.environment)
        #expect(try later.finish() == 0, "\(later.lines(of: .errors))")
    }

    @Test func replacingSparesNobodysAuthority() throws {
        let folder = try TemporaryFolder.withCertificates()
        let key = try folder.write(Array("another authority's key".utf8), to: "ca-key.pem", mode: 0o600)
        let forced = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["make-certs", "--out=\(folder.path)", "--force"]
        )
        #expect(try forced.finish() == 0)
        try forced.expect("kept what was there as ca.old-1.pem, ca-key.old-1.pem, ", on: .errors)
        #expect(try folder.content(of: "ca-key.old-1.pem") == Array("another authority's key".utf8))
        #expect(try folder.content(of: "ca-key.pem") != folder.content(of: "ca-key.old-1.pem"), "\(key)")
    }

    @Test func renewingAndReplacingAtOnceIsWrongUsage() throws {
        let both = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["make-certs", "--renew", "--force"]
        )
        #expect(try both.finish() == 64)
    }

    // MARK: -

    private struct Running {
        let process: ChildProcess
        var port: UInt16 = 0
    }

    private func start(_ folder: TemporaryFolder) throws -> Running {
        let process = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0"] + folder.certificateOptions
        )
        let address = "encrypted chat on 127.0.0.1:"
        let line = try process.expect(address, on: .errors)
        return Running(
            process: process,
            port: try #require(UInt16(line.dropFirst(address.count).prefix(while: \.isNumber)))
        )
    }

    private func join(_ server: Running, _ folder: TemporaryFolder, _ options: [String]) throws -> Running {
        Running(
            process: try ClientProcess.start(
                "aisha",
                port: server.port,
                authority: folder.path("ca.pem"),
                options: options
            )
        )
    }
}
