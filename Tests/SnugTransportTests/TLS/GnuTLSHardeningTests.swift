// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Each in a process of its own: what these change belongs to the whole process.
@Suite struct GnuTLSHardeningTests {
    @Test func gnuTLSIsNotToldToWriteKeys() async {
        await #expect(processExitsWith: .success) {
            setenv("SSLKEYLOGFILE", "/nowhere", 1)
            ProcessHardening.removeKeyLogVariable()
            #expect(getenv("SSLKEYLOGFILE") == nil)
        }
    }

    @Test func aKeyLogIsForItsOwnerAlone() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let path = try folder.write(Array("older\n".utf8), to: "keys.log", mode: 0o644)
            try ProcessHardening.logSessionKeys(to: path)
            #expect(try folder.mode(of: "keys.log") == 0o600)
            #expect(try folder.content(of: "keys.log") == Array("older\n".utf8))
            #expect(getenv("SSLKEYLOGFILE").map { String(cString: $0) } == path)
        }
    }

    @Test func aKeyLogThatCannotBeWrittenIsAnError() async {
        await #expect(processExitsWith: .success) {
            unsetenv("SSLKEYLOGFILE")
            #expect(throws: SystemError.self) { try ProcessHardening.logSessionKeys(to: "/nowhere/keys.log") }
            #expect(getenv("SSLKEYLOGFILE") == nil)
        }
    }

    @Test func thisGnuTLSIsNewEnough() throws {
        try ProcessHardening.requireGnuTLS()
        try ProcessHardening.requireGnuTLS(atLeast: gnuTLSVersion)
    }

    @Test func anOlderGnuTLSThanNeededIsRefused() {
        let error = #expect(throws: ProcessHardening.OutdatedGnuTLS.self) {
            try ProcessHardening.requireGnuTLS(atLeast: "99.0.0")
        }
        #expect(error?.description == "GnuTLS \(gnuTLSVersion) is too old: 99.0.0 or newer is needed")
    }
}
