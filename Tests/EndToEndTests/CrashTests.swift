// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugSystem
import TestSupport
import Testing

/// A program that crashes ends at once and tells nothing of what was in its memory.
@Suite(.timeLimit(.minutes(30))) struct CrashTests {
    @Test(arguments: [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP])
    func aServerThatCrashesEndsAtOnceAndPrintsNothing(signal: Int32) throws {
        let server = try ServerProcess()
        // The last of what it says at its start.
        try server.expectLog("others join with: ")
        let printed = server.process.bytes(of: .errors)
        let start = MonotonicTime.now
        server.process.signal(signal)
        #expect(try server.process.waitForExit() == 128 + signal)
        #expect(start.duration(to: .now) < .seconds(20))
        #expect(server.process.bytes(of: .errors) == printed)
        #expect(server.process.bytes(of: .output).isEmpty)
    }

    @Test(arguments: [SIGABRT, SIGSEGV])
    func aClientThatCrashesEndsAtOnceAndPrintsNothing(signal: Int32) throws {
        let server = try ServerProcess()
        let client = try ClientProcess.start("aisha", port: server.port, authority: server.authority)
        try client.expect("* aisha joined the chat *")
        let printed = client.bytes(of: .output)
        let said = client.bytes(of: .errors)
        client.signal(signal)
        #expect(try client.waitForExit() == 128 + signal)
        #expect(client.bytes(of: .output) == printed)
        #expect(client.bytes(of: .errors) == said)
        #expect(try server.stop() == 0)
    }

    /// The comparison has no moment at which it waits to be crashed, so its handlers are looked at instead.
    @Test func theComparisonHandlesNoCrashEither() throws {
        let folder = try TemporaryFolder()
        let wire = try ChildProcess(BuiltPrograms.path(of: "snug-wire"), ["--out=\(folder.path("out"))"])
        defer { wire.signal(SIGKILL) }
        #expect(
            try Inspection.comesTrue {
                let status = try String(contentsOfFile: "/proc/\(wire.pid)/status", encoding: .utf8)
                let caught = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
                let mask = try #require(caught.flatMap { UInt64($0.dropFirst(8), radix: 16) })
                let faults = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]
                return faults.allSatisfy { mask & 1 << UInt64($0 - 1) == 0 }
            }
        )
    }

    /// A function pointer that can be written is what an overflow would be aimed at.
    @Test(arguments: ["snug", "snug-server", "snug-wire"])
    func aProgramsAddressTableIsReadOnlyOnceItRuns(program: String) throws {
        let path = try BuiltPrograms.path(of: program)
        let readelf = try ChildProcess(
            "/usr/bin/readelf",
            ["--wide", "--dynamic", "--program-headers", path]
        )
        #expect(try readelf.finish() == 0)
        let headers = String(decoding: readelf.bytes(of: .output), as: UTF8.self)
        #expect(headers.contains("GNU_RELRO"))
        #expect(headers.contains("BIND_NOW"))
    }
}
