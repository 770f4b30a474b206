// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Whether a secret is one is told by who can really read it: the mode's bits alone say too little and too much.
@Suite struct FileReadersTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A group of ours alone, as every user of Debian has one.
    @Test(arguments: [mode_t(0o640), 0o440, 0o660, 0o610])
    func aGroupWithNobodyElseInItMayHaveRights(_ mode: mode_t) throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: mode)
        #expect(chown(path, geteuid(), isRoot ? 54_321 : getegid()) == 0)
        #expect(fault(path) == nil)
    }

    @Test(
        .enabled(if: isRoot, "only root can give a file to any group"),
        arguments: [mode_t(0o640), 0o620, 0o610]
    )
    func aGroupWithSomebodyElseInItMayHaveNone(_ mode: mode_t) throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: mode)
        let nobody = try #require(getpwnam("nobody")).pointee
        #expect(chown(path, 0, nobody.pw_gid) == 0)
        let names = try #require(openToUsers(path))
        #expect(names.contains("nobody"))
        let error = #expect(throws: CertificateFileError.self) {
            _ = try CertificateFiles.readPrivateKey(path)
        }
        #expect(error?.description == "\(path) is open to other users (\(names.joined(separator: ", ")))")
        // Root cannot know whether it is a service that reads it.
        #expect(error?.hint.hasPrefix("run this as the service's user") == true)
        #expect(error?.hint.hasSuffix(": chmod 600 \(path)") == true)
        #expect(chmod(path, 0o600) == 0)
        #expect(fault(path) == nil)
    }

    @Test(.enabled(if: hasLists, "needs a file system with access control lists"))
    func aListThatNamesSomebodyElseIsRefusedAndOneThatNamesUsIsNot() throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: 0o400)
        try setList(path, "u:\(geteuid()):r")
        #expect(try folder.mode(of: "key.pem") == 0o440)
        #expect(fault(path) == nil)
        try setList(path, "u:nobody:r")
        #expect(openToUsers(path) == ["nobody"])
        try setList(path, "u:nobody:r,m::-")
        #expect(fault(path) == nil)
        try setList(path, "u:nobody:-,g:54321:r")
        #expect(fault(path) == nil)
    }

    /// Its group has no right to it then, although the mode's bits say so.
    @Test(.enabled(if: hasLists && isRoot, "needs access control lists, and root"))
    func theGroupsBitsAreTheMaskOfAList() throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: 0o400)
        let nobody = try #require(getpwnam("nobody")).pointee
        #expect(chown(path, 0, nobody.pw_gid) == 0)
        try setList(path, "u:0:r,g::-")
        #expect(try folder.mode(of: "key.pem") == 0o440)
        #expect(fault(path) == nil)
        try setList(path, "g::r")
        #expect(openToUsers(path)?.contains("nobody") == true)
    }

    @Test(.timeLimit(.minutes(30)))
    func aPipeIsReadToItsEndHoweverSlowlyItsWriterIs() async throws {
        let path = folder.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let pipe = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        try #require(pipe >= 0)
        try Polling.write(Array("open ".utf8), to: pipe)
        let writer = try RunningThread(name: "writer") {
            var waiting: Int32 = 1
            // Until the reader has taken what was there, and has to wait.
            while waiting > 0 {
                sched_yield()
                guard ioctl(pipe, UInt(FIONREAD), &waiting) == 0 else { break }
            }
            try? Polling.write(Array("sesame\n".utf8), to: pipe)
            close(pipe)
        }
        let passphrase = try Passphrase(contentsOfFile: path)
        #expect(passphrase.withBytes { Array($0) } == Array("open sesame".utf8))
        writer.join()
    }

    @Test func aPipeThatOthersCanOpenIsRefused() throws {
        let path = folder.path("pipe")
        #expect(mkfifo(path, 0o600) == 0 && chmod(path, 0o644) == 0)
        #expect(fault(path) == .openToEverybody(mode: 0o644))
    }

    private func fault(_ path: String) -> FileFault? {
        do throws(CertificateFileError) {
            _ = try CertificateFiles.readPrivateKey(path)
            return nil
        } catch {
            return error.fault
        }
    }

    private func openToUsers(_ path: String) -> [String]? {
        if case .openToUsers(let names, _) = fault(path) { names } else { nil }
    }

    private func setList(_ path: String, _ entries: String) throws {
        let process = try ChildProcess("/usr/bin/setfacl", ["-m", entries, path])
        try #require(try process.finish() == 0, "\(process.lines(of: .errors))")
    }
}

private let isRoot = geteuid() == 0

private let hasLists: Bool = {
    guard let folder = try? TemporaryFolder(), let path = try? folder.write([], to: "file", mode: 0o600),
        let trial = try? ChildProcess("/usr/bin/setfacl", ["-m", "u:0:r", path])
    else { return false }
    return (try? trial.finish()) == 0
}()
