// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// What Landlock is told; that it holds is tried in ``ConfinementTests``.
@Suite struct FileRulesTests {
    private static let versions: [(Int32, UInt64)] = [
        (1, 0x1FFF), (2, 0x3FFF), (3, 0x7FFF), (4, 0x7FFF), (5, 0xFFFF), (6, 0xFFFF), (7, 0xFFFF),
        (99, 0xFFFF),
    ]

    /// As in the manual page's table of versions (landlock(7)): a right that the kernel does not know is an error to it.
    @Test(arguments: versions)
    func eachVersionIsAskedForWhatItKnows(version: Int32, rights: UInt64) {
        #expect(FileRights.known(to: version).rawValue == rights)
    }

    @Test func whatIsNoFolderIsNotGivenRightsOfFolders() {
        for right in [FileRights.list, .make, .remove] { #expect(!FileRights.ofOneFile.contains(right)) }
        #expect(FileRights.reading.isSubset(of: .keeping))
        #expect(!FileRights.keeping.contains(.execute))
    }

    @Test(.enabled(if: KernelSupport.landlockVersion > 0, "this kernel has no Landlock"))
    func aFileAloneIsAllowedAndSomethingThatIsMissingIsNoFault() async throws {
        let folder = try TemporaryFolder()
        for name in ["one", "other"] { try folder.write([1], to: name, mode: 0o600) }
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let rules = try FileRules()
            rules.allow(.reading, at: "\(path)/one")
            rules.allow(.reading, at: "\(path)/missing")
            try rules.apply()
            #expect(open("\(path)/one", O_RDONLY) >= 0)
            #expect(open("\(path)/other", O_RDONLY) == -1)
            #expect(errno == EACCES)
        }
    }
}
