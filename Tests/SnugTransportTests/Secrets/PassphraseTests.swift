// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SnugTransport
import TestSupport
import Testing

@Suite struct PassphraseTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: [
        ("open sesame", "open sesame"), ("open sesame\n", "open sesame"), ("open sesame\r\n", "open sesame"),
        ("open sesame\n\n", "open sesame\n"), ("open sesame\r", "open sesame\r"), (" \t\n", " \t"),
        ("\n\r\n", "\n"),
    ])
    func oneNewlineAtTheEndOfAFileDoesNotCount(_ content: String, _ expected: String) throws {
        let path = try folder.write(Array(content.utf8), to: "secret", mode: 0o600)
        let passphrase = try Passphrase(contentsOfFile: path)
        #expect(passphrase.withBytes { Array($0) } == Array(expected.utf8))
    }

    @Test(arguments: ["", "\n", "\r\n"])
    func aFileWithNothingButANewlineIsEmpty(_ content: String) throws {
        let path = try folder.write(Array(content.utf8), to: "secret", mode: 0o600)
        #expect(refusal(path) == .empty(.file(path)))
    }

    @Test func aFileThatOthersCanReadIsRefused() throws {
        let path = try folder.write(Array("open sesame".utf8), to: "secret", mode: 0o644)
        let error = refusal(path)
        #expect(error?.description == "the passphrase file \(path) is open to other users (mode 0644)")
        #expect(error?.hint == "chmod 600 \(path)")
    }

    @Test func aMissingFileIsNamed() {
        let path = folder.path("secret")
        #expect(refusal(path)?.description == "the passphrase file \(path) does not exist")
    }

    @Test(.timeLimit(.minutes(30)))
    func aPipeWithoutAWriterDoesNotHoldUpTheStart() {
        let path = folder.path("secret")
        #expect(mkfifo(path, 0o600) == 0)
        #expect(refusal(path) == .empty(.file(path)))
    }

    @Test func aPassphraseMayHave8192BytesAndNoMore() throws {
        let longest = Array(repeating: UInt8(ascii: "a"), count: 8_192)
        let path = try folder.write(longest + Array("\r\n".utf8), to: "secret", mode: 0o600)
        #expect(refusal(path) == nil)
        for longer in [longest + Array("a".utf8), longest + Array("aa\n".utf8), longest + longest] {
            try folder.write(longer, to: "secret", mode: 0o600)
            #expect(refusal(path) == .tooLong(.file(path), limitBytes: 8_192))
        }
    }

    @Test(
        arguments: [[0xFF], [0x61, 0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]
            as [[UInt8]]
    )
    func whatIsNotUTF8IsRefused(_ bytes: [UInt8]) throws {
        let path = try folder.write(bytes, to: "secret", mode: 0o600)
        #expect(refusal(path) == .notUTF8(.file(path)))
    }

    @Test func aNULByteIsRefused() throws {
        let path = try folder.write([0x61, 0, 0x62], to: "secret", mode: 0o600)
        #expect(refusal(path) == .containsNUL(.file(path)))
    }

    @Test func noErrorTellsThePassphrase() throws {
        let secret = "xyzzy"
        let faults: [[UInt8]] = [[0xFF], [0], Array(repeating: UInt8(ascii: "a"), count: 9_000)]
        for fault in faults {
            let path = try folder.write(Array(secret.utf8) + fault, to: "file", mode: 0o600)
            let error = try #require(refusal(path))
            #expect(!"\(error) \(error.hint) \(String(reflecting: error))".contains(secret))
        }
    }

    private func refusal(_ path: String) -> PassphraseError? {
        do throws(PassphraseError) {
            _ = try Passphrase(contentsOfFile: path)
            return nil
        } catch {
            return error
        }
    }
}

/// Each in a process of its own: the environment belongs to the process, and other tests run in this one.
@Suite(.serialized) struct PassphraseEnvironmentTests {
    @Test func withoutVariablesThereIsNoPassphrase() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            let passphrase = try takeBytes()
            #expect(passphrase == nil)
        }
    }

    @Test func theVariableIsTakenAsItIsAndRemoved() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            setenv("CHAT_SECRET", " open sésame\n", 1)
            let passphrase = try #require(try takeBytes())
            #expect(passphrase == Array(" open sésame\n".utf8))
            #expect(getenv("CHAT_SECRET") == nil)
        }
    }

    @Test func theVariablesMemoryIsOverwritten() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            setenv("CHAT_SECRET", "open sesame", 1)
            // unsetenv(3) forgets the memory and does not free it, so it can still be looked at.
            let value = try #require(getenv("CHAT_SECRET"))
            _ = try takeBytes()
            #expect(UnsafeRawBufferPointer(start: value, count: 11).allSatisfy { $0 == 0 })
        }
    }

    @Test func theVariablesMemoryIsOverwrittenEvenIfItIsRefused() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            setenv("CHAT_SECRET", "open sesame", 1)
            setenv("CHAT_SECRET_FILE", "/nowhere", 1)
            let value = try #require(getenv("CHAT_SECRET"))
            #expect(throws: PassphraseError.bothVariablesSet) { _ = try takeBytes() }
            #expect(getenv("CHAT_SECRET") == nil)
            #expect(UnsafeRawBufferPointer(start: value, count: 11).allSatisfy { $0 == 0 })
        }
    }

    @Test func procNoLongerShowsAVariableThatTheProcessWasStartedWith() async {
        await #expect(processExitsWith: .success) {
            let path = try #require(getenv("PATH").map { String(cString: $0) })
            let before = try environmentShownByTheKernel()
            wipe_environment_variable("PATH")
            let after = try environmentShownByTheKernel()
            #expect(before.contains(path))
            #expect(!after.contains(path))
            #expect(getenv("PATH") == nil)
        }
    }

    @Test(arguments: ["CHAT_SECRET", "CHAT_SECRET_FILE"])
    func setButEmptyIsAnError(_ name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            clearVariables()
            setenv(name, "", 1)
            let error = #expect(throws: PassphraseError.empty(.variable(name))) { _ = try takeBytes() }
            #expect(error?.description == "\(name) is set but empty")
        }
    }

    @Test func anInvalidVariableIsAnError() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            setenv("CHAT_SECRET", [CChar(bitPattern: 0xFF), 0], 1)
            #expect(throws: PassphraseError.notUTF8(.variable("CHAT_SECRET"))) { _ = try takeBytes() }
            setenv("CHAT_SECRET", String(repeating: "a", count: 8_193), 1)
            #expect(throws: PassphraseError.tooLong(.variable("CHAT_SECRET"), limitBytes: 8_192)) {
                _ = try takeBytes()
            }
        }
    }

    @Test func theFileThatAVariableNamesIsRead() async {
        await #expect(processExitsWith: .success) {
            clearVariables()
            let folder = try TemporaryFolder()
            setenv(
                "CHAT_SECRET_FILE",
                try folder.write(Array("open sesame\n".utf8), to: "secret", mode: 0o600),
                1
            )
            #expect(try takeBytes() == Array("open sesame".utf8))
        }
    }
}

private func clearVariables() {
    unsetenv("CHAT_SECRET")
    unsetenv("CHAT_SECRET_FILE")
}

private func takeBytes() throws -> [UInt8]? {
    guard let passphrase = try Passphrase.fromEnvironment() else { return nil }
    return passphrase.withBytes { Array($0) }
}

private func environmentShownByTheKernel() throws -> String {
    String(decoding: try CertificateFiles.readCertificates("/proc/self/environ"), as: UTF8.self)
}
