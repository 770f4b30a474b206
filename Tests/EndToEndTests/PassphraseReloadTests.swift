// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// A reload reads the passphrase again where it can have changed.
@Suite(.timeLimit(.minutes(30))) struct PassphraseReloadTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @discardableResult
    private func write(_ passphrase: String, mode: mode_t = 0o600) throws -> String {
        try folder.write(Array("\(passphrase)\n".utf8), to: "secret", mode: mode)
    }

    /// Whether somebody who says `passphrase` comes in.
    private func enters(_ server: ServerProcess, with passphrase: String) throws -> Bool {
        let client = try TestClient(.tls, port: server.port)
        defer { client.close() }
        try client.send(passphrase)
        return try client.next("an answer") == "ok"
    }

    @Test func anotherPassphraseInTheFileIsInUseAfterAReloadAndTheLogSaysSo() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": try write("the old passphrase")])
        let old = try TestClient(.tls, port: server.port)
        for frame in ["the old passphrase", "old"] { try old.send(frame) }
        for text in ["ok", "* old joined the chat *"] { try old.expect(text) }
        try write("a new passphrase")
        #expect(try enters(server, with: "the old passphrase"))
        server.process.signal(SIGHUP)
        try server.expectLog("certificate, key and passphrase reloaded, in use for new connections")
        #expect(try !enters(server, with: "the old passphrase"))
        #expect(try enters(server, with: "a new passphrase"))
        try old.send("/who")
        try old.expectNotice(containing: "online: old")
        old.close()
        #expect(try server.stop() == 0)
    }

    @Test func aNewPassphraseThatIsWeakIsWarnedOf() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": try write("the old passphrase")])
        try write("123456")
        server.process.signal(SIGHUP)
        #expect(try server.expectLog("the passphrase has only 6 characters").contains(" warning: "))
        #expect(try server.stop() == 0)
    }

    @Test func aPassphraseFromTheEnvironmentStaysAndTheLogSaysSo() throws {
        let server = try ServerProcess(environment: ["CHAT_SECRET": "the old passphrase"])
        server.process.signal(SIGHUP)
        try server.expectLog("certificate and key reloaded, in use for new connections; the passphrase stays")
        #expect(try enters(server, with: "the old passphrase"))
        #expect(try server.stop() == 0)
    }

    /// A file of no use, and a certificate of no use beside a good file.
    @Test(arguments: ["missing", "empty", "open to others", "beside a bad certificate"])
    func whatCannotBeReadAgainChangesNothing(fault: String) throws {
        let path = try write("the old passphrase")
        let server = try ServerProcess(environment: ["CHAT_SECRET_FILE": path])
        switch fault {
        case "missing": unlink(path)
        case "empty": try write("")
        case "open to others": try write("a new passphrase", mode: 0o644)
        default:
            try write("a new passphrase")
            try server.folder.write(Array("garbage\n".utf8), to: "server.pem", mode: 0o644)
        }
        server.process.signal(SIGHUP)
        let line = try server.expectLog("the files were not reloaded, the old ones stay in use: ")
        #expect(line.contains(fault == "beside a bad certificate" ? "server.pem" : path))
        #expect(try enters(server, with: "the old passphrase"))
        #expect(try !enters(server, with: "a new passphrase"))
        #expect(try server.stop() == 0)
    }
}
