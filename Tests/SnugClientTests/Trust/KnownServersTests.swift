// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// Keys that were given are remembered whole or not at all, whoever else writes, and what is wrong is said.
@Suite(.timeLimit(.minutes(30))) struct KnownServersTests {
    private let folder: TemporaryFolder
    private let file: KnownServers
    private let now = UnixTime(seconds: 1_700_000_000)

    init() throws {
        folder = try TemporaryFolder()
        file = KnownServers(path: folder.path("state/snug/known_servers"))
    }

    private static func pin(_ number: Int) throws -> String {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: $0 == 0 ? number : number >> 8) }
        return try #require(KeyFingerprint(bytes: bytes)).description
    }

    @Test func withoutAFileNothingIsKnownAndNothingIsMade() throws {
        #expect(try file.pins(of: "a:1").isEmpty)
        #expect(try folder.entries().isEmpty)
    }

    @Test func whatIsRememberedIsForItsOwnerAloneAndToldOnce() throws {
        let pins = [try Self.pin(1), try Self.pin(2)]
        #expect(try file.remember(pins, of: "a:1", at: now))
        #expect(try file.pins(of: "a:1") == pins.map { KnownPin(pin: $0, since: now) })
        #expect(try folder.mode(of: "state/snug/known_servers") == 0o600)
        #expect(try folder.mode(of: "state") == 0o700 && folder.mode(of: "state/snug") == 0o700)
        // The same again is no news, and leaves the time.
        #expect(try !file.remember(pins, of: "a:1", at: now + .seconds(60)))
        #expect(try file.remember([pins[1]], of: "a:1", at: now + .seconds(60)))
        #expect(try file.pins(of: "a:1") == [KnownPin(pin: pins[1], since: now)])
    }

    @Test func aHostMeansTheSameInCapitalsAndWithADotAtItsEnd() {
        for host in ["chat.example", "CHAT.Example", "chat.example."] {
            #expect(KnownServers.name(host: host, port: 9443) == "chat.example:9443")
        }
        #expect(KnownServers.name(host: "FE80::1%eth0", port: 1) == "[fe80::1%eth0]:1")
    }

    @Test func ofManyThatWriteAtOnceEachHasItsEffect() async throws {
        let file = file
        let written = await withTaskGroup(of: Int.self) { group in
            for number in 0..<32 {
                group.addTask {
                    // Whoever has to wait for too long is told so, and tries again.
                    while true {
                        do {
                            _ = try file.remember([Self.pin(number)], of: "host-\(number):1")
                            return 1
                        } catch KnownServersError.busy {} catch { return 0 }
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(written == 32)
        for number in 0..<32 {
            #expect(try file.pins(of: "host-\(number):1").map(\.pin) == [Self.pin(number)])
        }
        #expect(try folder.entries(of: "state/snug") == ["known_servers", "known_servers.lock"])
    }

    @Test func whoeverHoldsTheLockIsNotWaitedForForEver() throws {
        _ = try file.remember([Self.pin(1)], of: "a:1")
        let lock = try FileLock(path: file.path + ".lock", until: .now)
        #expect(throws: KnownServersError.busy(path: file.path)) {
            try file.remember([Self.pin(2)], of: "a:1")
        }
        #expect(try file.pins(of: "a:1").map(\.pin) == [Self.pin(1)])
        lock.giveBack()
    }

    @Test func aDamagedFileIsNeitherReadNorReplaced() throws {
        _ = try file.remember([Self.pin(1)], of: "a:1")
        let bytes = try folder.content(of: "state/snug/known_servers") + Array("b:1 sha2".utf8)
        try folder.write(bytes, to: "state/snug/known_servers", mode: 0o600)
        let error = KnownServersError.unusableLine(path: file.path, number: 2)
        #expect(throws: error) { try file.pins(of: "a:1") }
        #expect(throws: error) { try file.remember([Self.pin(2)], of: "a:1") }
        #expect(try folder.content(of: "state/snug/known_servers") == bytes)
        #expect(error.description == "line 2 of \(file.path) is damaged: it is not HOST:PORT sha256:… TIME")
    }

    @Test func aFileIsNeverMadeTooLongToBeReadAgain() throws {
        _ = try file.remember([Self.pin(1)], of: "a:1")
        let room = KnownServers.limitBytes - (try folder.content(of: "state/snug/known_servers").count)
        let comment = Array(("#" + String(repeating: "x", count: room - 2) + "\n").utf8)
        let bytes = try comment + folder.content(of: "state/snug/known_servers")
        try folder.write(bytes, to: "state/snug/known_servers", mode: 0o600)
        #expect(throws: KnownServersError.self) { try file.remember([Self.pin(2)], of: "b:1") }
        #expect(try file.pins(of: "a:1").map(\.pin) == [Self.pin(1)])
    }

    @Test func aFileThatOthersCanChangeIsNotBelieved() throws {
        _ = try file.remember([Self.pin(1)], of: "a:1")
        #expect(chmod(file.path, 0o602) == 0)
        let error = #expect(throws: KnownServersError.self) { try file.pins(of: "a:1") }
        #expect(error?.description.contains("can be changed by other users") == true)
        #expect(error?.hint == "chmod go-w \(file.path)")
        // Who can only read it learns nothing that is secret.
        #expect(chmod(file.path, 0o644) == 0)
        #expect(try file.pins(of: "a:1").count == 1)
    }

    @Test func whereNothingCanBeWrittenTheErrorSaysSo() throws {
        let blocked = try folder.write([1], to: "file", mode: 0o600) + "/snug/known_servers"
        let error = #expect(throws: KnownServersError.self) {
            try KnownServers(path: blocked).remember([Self.pin(1)], of: "a:1")
        }
        #expect(error?.description.hasPrefix("\(blocked) cannot be written: ") == true)
        #expect(try KnownServers(path: blocked).pins(of: "a:1").isEmpty)
    }
}
