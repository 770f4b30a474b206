// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Who may ban everybody is what this file says, and only its owner decides what that is.
@Suite struct OperatorsFileTests {
    private static let first = "sha256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24="
    private static let second = "sha256:" + String(repeating: "A", count: 43) + "="

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func keys(_ text: String, mode: mode_t = 0o644) throws -> [String] {
        try keys(Array(text.utf8), mode: mode)
    }

    private func keys(_ bytes: [UInt8], mode: mode_t = 0o644) throws -> [String] {
        let path = try folder.write(bytes, to: "operators", mode: mode)
        return try OperatorsFile(path: path).read().map(\.description)
    }

    private func fault(_ body: () throws -> [String]) -> OperatorsFileError? {
        #expect(throws: OperatorsFileError.self) { try body() }
    }

    @Test func keysAreReadWithWhatPeopleWriteAroundThem() throws {
        let text = """
            # who may ban
            \(Self.first) aisha, on call
               \(Self.second)\t# ben's laptop

            \(Self.first)
            """
        #expect(try keys(text) == [Self.first, Self.second, Self.first])
        #expect(try keys(text.replacing("\n", with: "\r\n")).count == 3)
        #expect(try keys("\u{FEFF}" + text).count == 3)
        #expect(try keys("\(Self.first)") == [Self.first])
    }

    @Test func aFileThatNamesNobodyIsNoMistake() throws {
        for text in ["", "\n", "# nobody yet", "   \n\t\n"] { #expect(try keys(text) == []) }
    }

    @Test func aBadLineIsNamedByItsNumberAndNeverQuoted() throws {
        let lines = [
            ("aisha", "does not begin with a key's fingerprint"),
            ("\(Self.first)#aisha", "does not begin with a key's fingerprint"),
            ("sha256:short", "does not begin with a key's fingerprint"),
            ("-----BEGIN PRIVATE KEY-----", "begins a key or certificate in PEM"),
            ("ssh-ed25519 AAAA aisha@here", "begins with what OpenSSH knows a key by"),
            ("SHA256:lW2tiXQLcxhzDxOvFYjIBuX4QnnkRTnV6W4cdLR4b24", "begins with what OpenSSH knows a key by"),
        ]
        for (line, fault) in lines {
            let error = try #require(self.fault { try keys("# a comment\n\n\(Self.first)\n\(line)\n") })
            let sentence = "\(error)"
            #expect(sentence.hasPrefix("line 4 of ") && sentence.hasSuffix(fault), "\(sentence)")
            #expect(error.hint.contains("as snug identity prints them"))
            for word in line.split(separator: " ") { #expect(!sentence.contains(word)) }
        }
        let error = try #require(fault { try keys(Array("\(Self.first)\n".utf8) + [0x23, 0xFF, 0x0A]) })
        #expect("\(error)".hasPrefix("line 2 of ") && "\(error)".hasSuffix(" is not UTF-8"))
    }

    @Test(arguments: [mode_t(0o666), 0o602, 0o646, 0o777])
    func aFileThatEverybodyCanChangeIsRefused(_ mode: mode_t) throws {
        let error = try #require(fault { try keys(Self.first, mode: mode) })
        let path = folder.path("operators")
        #expect(error == .unusableFile(path: path, .openToEverybody(mode: mode, .change)))
        #expect("\(error)" == "\(path) can be changed by other users (mode 0\(String(mode, radix: 8)))")
        #expect(error.hint == "chmod go-w \(path)")
    }

    @Test func everybodyMayReadIt() throws {
        for mode in [mode_t(0o444), 0o644, 0o600, 0o755] {
            #expect(try keys(Self.first, mode: mode).count == 1)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file to somebody else"))
    func aFileOfSomebodyElseOrOfAGroupIsRefused() throws {
        _ = try keys(Self.first)
        let path = folder.path("operators")
        let nobody = try #require(getpwnam("nobody")).pointee
        #expect(chown(path, nobody.pw_uid, 0) == 0)
        let foreign = fault { try OperatorsFile(path: path).read().map(\.description) }
        #expect(foreign == .unusableFile(path: path, .foreignOwner(userID: nobody.pw_uid)))
        #expect(chown(path, 0, nobody.pw_gid) == 0 && chmod(path, 0o664) == 0)
        let shared = fault { try OperatorsFile(path: path).read().map(\.description) }
        #expect("\(try #require(shared))".contains("can be changed by other users ("))
        #expect(chmod(path, 0o644) == 0)
        #expect(try OperatorsFile(path: path).read().count == 1)
    }

    @Test func whatIsNoFileIsRefusedAndNothingIsWaitedFor() throws {
        #expect(
            fault { try OperatorsFile(path: folder.path("none")).read().map(\.description) }
                == .unusableFile(path: folder.path("none"), .missing)
        )
        #expect(
            fault { try OperatorsFile(path: folder.path).read().map(\.description) }
                == .unusableFile(path: folder.path, .notRegularFile)
        )
        let many = String(repeating: "\(Self.first)\n", count: 22_000)
        #expect(
            fault { try keys(many) }
                == .unusableFile(path: folder.path("operators"), .tooLarge(limitBytes: 1_048_576))
        )
    }
}
