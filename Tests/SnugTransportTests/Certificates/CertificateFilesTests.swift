// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct CertificateFilesTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aFileIsReadAsItIs() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = try folder.write(bytes, to: "ca.pem", mode: 0o644)
        #expect(try CertificateFiles.readCertificates(path) == bytes)
    }

    @Test(arguments: [mode_t(0o600), 0o400, 0o700])
    func aKeyForItsOwnerAloneIsRead(_ mode: mode_t) throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: mode)
        let key = try CertificateFiles.readPrivateKey(path)
        #expect(key.withBytes { Array($0) } == Array("key".utf8))
    }

    @Test(arguments: [mode_t(0o604), 0o602, 0o601, 0o646])
    func aKeyThatOthersHaveAnyRightToIsRefused(_ mode: mode_t) throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: mode)
        let error = keyError(path)
        #expect(error?.fault == .openToEverybody(mode: mode))
        #expect(error?.description == "\(path) is open to other users (mode 0\(String(mode, radix: 8)))")
        #expect(error?.hint == "chmod 600 \(path)")
    }

    @Test func aKeyBehindALinkIsJudgedByItsTarget() throws {
        let target = try folder.write(Array("key".utf8), to: "target", mode: 0o600)
        let link = folder.path("key.pem")
        #expect(symlink(target, link) == 0)
        _ = try CertificateFiles.readPrivateKey(link)
        #expect(chmod(target, 0o644) == 0)
        #expect(keyError(link)?.fault == .openToEverybody(mode: 0o644))
    }

    @Test func aCertificateBehindALinkIsRead() throws {
        let target = try folder.write(Array("certificate".utf8), to: "target", mode: 0o644)
        #expect(symlink(target, folder.path("ca.pem")) == 0)
        #expect(try CertificateFiles.readCertificates(folder.path("ca.pem")) == Array("certificate".utf8))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func aKeyThatSomebodyElseCouldChangeIsRefused() throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: 0o600)
        #expect(chown(path, 65_534, 65_534) == 0)
        let error = keyError(path)
        #expect(error?.fault == .foreignOwner(userID: 65_534))
        // Root must not take it from the service that it was given to.
        #expect(error?.hint.contains("as the user who owns it") == true)
        #expect(error?.hint.contains("setpriv --reuid 65534") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read anything"))
    func aFileThatWeMayNotReadIsNamedWithTheReason() throws {
        let path = try folder.write(Array("key".utf8), to: "key.pem", mode: 0o000)
        #expect(keyError(path)?.description == "\(path) cannot be read: open failed: Permission denied")
    }

    @Test func aMissingFileIsNamed() {
        let path = folder.path("ca.pem")
        #expect(certificateError(path)?.description == "\(path) does not exist")
    }

    @Test(.timeLimit(.minutes(30)))
    func aPipeWithoutAWriterDoesNotHoldUpTheStart() {
        let path = folder.path("key.pem")
        #expect(mkfifo(path, 0o600) == 0)
        #expect(keyError(path)?.fault == .empty)
        #expect(certificateError(path)?.fault == .empty)
    }

    @Test func aFolderIsNoFile() {
        #expect(certificateError(folder.path)?.fault == .notRegularFile)
    }

    @Test func anEndlessDeviceIsNoFile() {
        #expect(certificateError("/dev/zero")?.fault == .notRegularFile)
    }

    @Test func aFileThatIsPartOfAPathIsNamedWithTheReason() throws {
        let path = try folder.write([1], to: "file", mode: 0o600) + "/ca.pem"
        #expect(certificateError(path)?.description == "\(path) cannot be read: open failed: Not a directory")
    }

    @Test func anEmptyKeyIsRefused() throws {
        let path = try folder.write([], to: "key.pem", mode: 0o600)
        #expect(keyError(path)?.description == "\(path) is empty")
    }

    @Test func aKeyMayHave65536BytesAndNoMore() throws {
        let longest = try folder.write(Array(repeating: 1, count: 65_536), to: "a", mode: 0o600)
        #expect(keyError(longest) == nil)
        let longer = try folder.write(Array(repeating: 1, count: 65_537), to: "b", mode: 0o600)
        #expect(keyError(longer)?.fault == .tooLarge(limitBytes: 65_536))
    }

    @Test func certificatesMayHaveOneMebibyteAndNoMore() throws {
        let longest = try folder.write(Array(repeating: 1, count: 1 << 20), to: "a", mode: 0o644)
        #expect(certificateError(longest) == nil)
        let longer = try folder.write(Array(repeating: 1, count: 1_048_577), to: "b", mode: 0o644)
        #expect(certificateError(longer)?.fault == .tooLarge(limitBytes: 1 << 20))
    }

    @Test func aFileThatHidesItsSizeIsReadToItsEnd() throws {
        // The kernel says 0 bytes for all of /proc.
        #expect(try CertificateFiles.readCertificates("/proc/self/stat").count > 10)
    }

    private func keyError(_ path: String) -> CertificateFileError? {
        do throws(CertificateFileError) {
            _ = try CertificateFiles.readPrivateKey(path)
            return nil
        } catch {
            return error
        }
    }

    private func certificateError(_ path: String) -> CertificateFileError? {
        do throws(CertificateFileError) {
            _ = try CertificateFiles.readCertificates(path)
            return nil
        } catch {
            return error
        }
    }
}
