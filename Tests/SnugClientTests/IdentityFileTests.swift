// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// A key is made once, for its owner alone, and what is wrong with its file is said.
@Suite(.timeLimit(.minutes(30))) struct IdentityFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aKeyThatWasMadeIsReadAgain() throws {
        let file = IdentityFile(path: folder.path("identity.pem"))
        #expect(!file.exists)
        let made = try file.create()
        #expect(file.exists)
        #expect(try file.read().fingerprint == made.fingerprint)
    }

    @Test func theFileAndTheFoldersThatWereMissingAreForTheirOwnerAlone() throws {
        _ = try IdentityFile(path: folder.path("share/snug/identity.pem")).create()
        #expect(try folder.mode(of: "share/snug/identity.pem") == 0o600)
        #expect(try folder.mode(of: "share/snug") == 0o700)
        #expect(try folder.mode(of: "share") == 0o700)
    }

    @Test func aFolderThatWasThereKeepsItsRights() throws {
        #expect(mkdir(folder.path("share"), 0o755) == 0 && chmod(folder.path("share"), 0o755) == 0)
        _ = try IdentityFile(path: folder.path("share/snug/identity.pem")).create()
        #expect(try folder.mode(of: "share") == 0o755)
    }

    /// Whatever is in the way: the key that one had is never lost, and nothing half-made is left behind.
    @Test(arguments: ["file", "folder", "link to nowhere", "pipe"])
    func whatIsThereIsNeverReplaced(kind: String) throws {
        let path = folder.path("identity.pem")
        switch kind {
        case "file": try folder.write([1, 2, 3], to: "identity.pem", mode: 0o600)
        case "folder": #expect(mkdir(path, 0o700) == 0)
        case "pipe": #expect(mkfifo(path, 0o600) == 0)
        default: #expect(symlink("/nonexistent", path) == 0)
        }
        let file = IdentityFile(path: path)
        #expect(file.exists)
        #expect(throws: IdentityError.exists(path: path)) { _ = try file.create() }
        #expect(try folder.entries() == ["identity.pem"])
        if kind == "file" { #expect(try folder.content(of: "identity.pem") == [1, 2, 3]) }
    }

    @Test func ofManyThatMakeTheKeyAtOnceOneDoes() async throws {
        let path = folder.path("share/snug/identity.pem")
        let fingerprints = await withTaskGroup(of: KeyFingerprint?.self) { group in
            for _ in 0..<16 { group.addTask { try? IdentityFile(path: path).create().fingerprint } }
            return await group.reduce(into: []) { all, one in all += one.map { [$0] } ?? [] }
        }
        #expect(fingerprints == [try IdentityFile(path: path).read().fingerprint])
    }

    @Test func aFileThatCannotBeWrittenIsNamed() throws {
        let blocked = try folder.write([1], to: "file", mode: 0o600) + "/snug/identity.pem"
        let failure = #expect(throws: IdentityError.self) { _ = try IdentityFile(path: blocked).create() }
        #expect(failure?.description.hasPrefix("\(blocked) cannot be written: ") == true)
        #expect(!IdentityFile(path: blocked).exists)
    }

    @Test(arguments: [0o644, 0o604, 0o660])
    func aKeyThatOthersCanReadIsRefusedWithTheCommandThatMendsIt(mode: mode_t) throws {
        let path = folder.path("identity.pem")
        _ = try IdentityFile(path: path).create()
        // Of a group with other members only: that of this test's user may have none.
        #expect(chown(path, geteuid(), mode == 0o660 ? Self.groupOfOthers : getegid()) == 0)
        #expect(chmod(path, mode) == 0)
        let failure = #expect(throws: IdentityError.self) { _ = try IdentityFile(path: path).read() }
        #expect(failure?.description.contains("is open to other users") == true)
        #expect(failure?.hint.hasSuffix("chmod 600 \(path)") == true)
        #expect(chmod(path, 0o600) == 0)
        _ = try IdentityFile(path: path).read()
    }

    @Test func whatIsNoKeyIsNamed() throws {
        let certificate = TestAuthority.shared.authorityPEM
        let rsa = TestAuthority.shared.certificate.privateKeyPEM.withBytes { Array($0) }
        let cases: [([UInt8], String)] = [
            ([], "is empty"), (Array("hello\n".utf8), "holds no private key in PEM"),
            (certificate, "holds a certificate in place of a private key in PEM"),
            (
                rsa,
                "holds a private key of another kind than Ed25519, which is the only one that servers take"
            ),
            (
                Array("-----BEGIN OPENSSH PRIVATE KEY-----\n".utf8),
                "holds a private key in OpenSSH's own form"
            ),
            (Array("-----BEGIN ENCRYPTED PRIVATE KEY-----\n".utf8), "is protected by a password"),
            ([UInt8](repeating: 65, count: 20_000), "is larger than 16384 bytes"),
        ]
        for (bytes, sentence) in cases {
            let path = try folder.write(bytes, to: "identity.pem", mode: 0o600)
            let failure = #expect(throws: IdentityError.self) { _ = try IdentityFile(path: path).read() }
            #expect(failure?.description.hasPrefix("\(path) \(sentence)") == true, "\(failure as Any)")
            #expect(failure?.hint.isEmpty == false)
        }
    }

    @Test func aFolderADeviceAndNothingAtAllAreNoKeys() throws {
        for (path, fault) in [
            (folder.path, FileFault.notRegularFile), ("/dev/null", .notRegularFile),
            (folder.path("missing"), .missing),
        ] {
            #expect(throws: IdentityError.unusableFile(path: path, fault)) {
                _ = try IdentityFile(path: path).read()
            }
        }
    }

    @Test func aKeyCanComeOutOfAPipe() throws {
        let made = try IdentityFile(path: folder.path("identity.pem")).create()
        let path = folder.path("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let both = OwnedDescriptor(owning: open(path, O_RDWR | O_CLOEXEC))
        try Polling.write(folder.content(of: "identity.pem"), to: both.number)
        // A reader that is there when the last writer goes sees the end.
        let reader = OwnedDescriptor(owning: open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        both.close()
        #expect(try IdentityFile(path: path).read().fingerprint == made.fingerprint)
        reader.close()
    }

    /// Debian's `games`, of which the user `games` is.
    private static var groupOfOthers: gid_t { getgrnam("games")?.pointee.gr_gid ?? getegid() }
}
