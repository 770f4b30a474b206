// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

@Suite struct FilePathTests {
    @Test func whateverHasAPathTakesItAndALinkThatLeadsNowhereDoesAsWell() throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "file", mode: 0o600)
        #expect(symlink("nowhere", folder.path("link")) == 0)
        for name in ["", "file", "link"] { #expect(FilePath.isTaken(folder.path(name)), "\(name)") }
        for name in ["nothing", "file/below", "nothing/below"] {
            #expect(!FilePath.isTaken(folder.path(name)), "\(name)")
        }
    }

    @Test func anAbsolutePathLeadsToTheSameFromAnywhereAndWithoutLinks() throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "file", mode: 0o600)
        let whole = FilePath.absolute(folder.path("file"))
        #expect(whole.hasPrefix("/") && whole.hasSuffix("/file"))
        #expect(symlink("file", folder.path("link")) == 0)
        #expect(FilePath.absolute(folder.path("link")) == whole)
        #expect(FilePath.absolute(folder.path("./file")) == whole)
        #expect(FilePath.absolute("nothing here") == "nothing here")
    }
}
