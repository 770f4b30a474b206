// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

@Suite struct StagedFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func stage(_ names: [String], replacing: Bool, _ byte: UInt8 = 1) throws {
        var files = try StagedFiles(folder: folder.path)
        for name in names { try files.stage(name, isForEverybody: name == "open", [byte].span.bytes) }
        try files.publish(replacing: replacing)
    }

    // MARK: Before the work

    @Test func aFolderThatIsThereIsAskedForWhatItHasAndNotChanged() throws {
        try folder.write([], to: "a", mode: 0o600)
        symlink("nowhere", folder.path("b"))
        #expect(try StagedFiles.probe(folder: folder.path, for: ["a", "b", "c"]) == ["a", "b"])
        #expect(try folder.entries() == ["a", "b"])
    }

    @Test func aFolderThatCouldBeMadeIsNotMade() throws {
        #expect(try StagedFiles.probe(folder: folder.path("new"), for: ["a"]).isEmpty)
        #expect(try StagedFiles.probe(folder: folder.path("new//"), for: ["a"]).isEmpty)
        #expect(try folder.entries().isEmpty)
    }

    @Test func whereNoFolderCouldBeMadeTheErrorSaysWhy() throws {
        try folder.write([], to: "file", mode: 0o600)
        symlink("nowhere", folder.path("link"))
        for (path, code) in [
            (folder.path("no/new"), ENOENT), (folder.path("file"), ENOTDIR),
            (folder.path("file/new"), ENOTDIR),
            (folder.path("link"), ENOENT), ("", ENOENT),
        ] {
            let error = #expect(throws: SystemError.self) { try StagedFiles.probe(folder: path, for: ["a"]) }
            #expect(error?.code == code, "\(path)")
        }
    }

    // MARK: All or nothing

    @Test func filesAppearTogetherAndPrivateUnlessTheyAreForEverybody() throws {
        try stage(["a", "open"], replacing: false)
        #expect(try folder.entries() == ["a", "open"])
        #expect(try folder.mode(of: "a") == 0o600)
        #expect(try folder.mode(of: "open") & 0o044 != 0)
        #expect(try folder.content(of: "a") == [1])
    }

    @Test func aFileOfOnesOwnIsReplacedWithItsRightsAndALinkIsNotFollowed() throws {
        try folder.write([9, 9], to: "elsewhere", mode: 0o644)
        symlink(folder.path("elsewhere"), folder.path("a"))
        for byte: UInt8 in [1, 2] {
            try StagedFiles.replace(folder.path("a"), [byte].span.bytes)
            #expect(try folder.content(of: "a") == [byte] && folder.mode(of: "a") == 0o600)
        }
        #expect(try folder.content(of: "elsewhere") == [9, 9])
        #expect(try folder.entries() == ["a", "elsewhere"])
    }

    @Test func aNameThatIsTakenLeavesAllAsItWas() throws {
        try folder.write([9], to: "b", mode: 0o600)
        let error = #expect(throws: SystemError.self) { try stage(["a", "b"], replacing: false) }
        #expect(error?.code == EEXIST)
        #expect(try folder.entries() == ["b"])
        #expect(try folder.content(of: "b") == [9])
    }

    @Test func whatIsReplacedIsReplacedWhole() throws {
        try stage(["a", "b"], replacing: false)
        try stage(["b", "a"], replacing: true, 2)
        #expect(try folder.entries() == ["a", "b"])
        #expect(try folder.content(of: "a") == [2] && folder.content(of: "b") == [2])
    }

    @Test func aFolderInTheWayIsFoundBeforeAnythingIsReplaced() throws {
        try stage(["a"], replacing: false)
        mkdir(folder.path("b"), 0o700)
        let error = #expect(throws: SystemError.self) { try stage(["a", "b"], replacing: true, 2) }
        #expect(error?.code == EISDIR)
        #expect(try folder.content(of: "a") == [1])
        #expect(try folder.entries() == ["a", "b"])
    }

    @Test func whatIsKeptHasAFreeNameOfTheSameKind() throws {
        for name in ["ca.pem", "ca.old-1.pem"] { try folder.write([7], to: name, mode: 0o600) }
        #expect(try StagedFiles(folder: folder.path).keep(["ca.pem"]) == ["ca.old-2.pem"])
        #expect(try folder.content(of: "ca.old-2.pem") == [7])
    }

    @Test(arguments: ["", ".", "..", "new/", "new/.."])
    func whatIsNoFileNameIsRefusedBeforeAFolderIsMade(name: String) throws {
        let path = folder.path(name)
        let error = #expect(throws: SystemError.self) {
            try StagedFiles.create(path, isForEverybody: false, [1].span.bytes)
        }
        #expect(error?.code == EISDIR)
        #expect(try folder.entries().isEmpty)
    }
}
