// SPDX-License-Identifier: Apache-2.0

import CLinux
import Foundation
import Glibc
import SnugSystem
import TestSupport
import Testing

/// Each in a process of its own: what these change belongs to the whole process.
@Suite struct ProcessHardeningTests {
    @Test func aBrokenPipeIsAnErrorAndNotTheEnd() async {
        await #expect(processExitsWith: .success) {
            ProcessHardening.ignoreBrokenPipeSignal()
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            close(ends[0])
            #expect(write(ends[1], "x", 1) == -1)
            #expect(errno == EPIPE)
        }
    }

    @Test func thereAreNoCoreDumpsAndOurOwnDescriptorsCanStillBeListed() async {
        await #expect(processExitsWith: .success) {
            ProcessHardening.forbidCoreDumps()
            let dumpable = try isDumpable()
            #expect(!dumpable)
            var limit = rlimit(rlim_cur: 1, rlim_max: 1)
            #expect(getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit) == 0)
            #expect(limit.rlim_cur == 0)
            #expect(limit.rlim_max == 0)
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            #expect(descriptors.count >= 3)
        }
    }

    @Test func theProcessorsThatWeMayUseAreCounted() {
        #expect((1...sysconf(Int32(_SC_NPROCESSORS_CONF))).contains(Int(usable_processor_count())))
    }
}

/// PR_GET_DUMPABLE (prctl(2)), by way of the dynamic linker: Swift imports no variadic functions.
private func isDumpable() throws -> Bool {
    let symbol = try #require(dlsym(nil, "prctl"))
    typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
    return unsafeBitCast(symbol, to: Control.self)(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1
}
