// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// Files that somebody replaces while they are watched, with a clock that the test turns.
@Suite final class FileWatchTests {
    private let folder: TemporaryFolder
    private let paths: [String]
    private var watch: FileWatch
    private var now = MonotonicTime(nanoseconds: 1_000)

    init() throws {
        folder = try TemporaryFolder()
        paths = [folder.path("a"), folder.path("b")]
        for name in ["a", "b"] { try folder.write([1], to: name, mode: 0o600) }
        watch = FileWatch(paths, every: .seconds(60), now: now)
    }

    private func findsChange(after time: Duration = .seconds(60)) -> Bool {
        now = now + time
        return watch.findsChange(now: now)
    }

    private func wasBad() -> Bool { watch.wasBad() }

    private func replace(_ name: String) throws {
        try folder.write([2], to: "\(name).new", mode: 0o600)
        try #require(rename(folder.path("\(name).new"), folder.path(name)) == 0)
    }

    @Test func nothingIsFoundWhereNothingHasChangedNorBeforeItIsTime() throws {
        #expect(!findsChange())
        try replace("a")
        #expect(!findsChange(after: .seconds(59)))
        now = now + .seconds(-59)
        #expect(watch.nextLook == now + .seconds(60))
        #expect(findsChange())
    }

    @Test(arguments: ["a", "b"])
    func aFileThatIsReplacedOrWrittenOrGoneIsFoundOnce(_ name: String) throws {
        try replace(name)
        #expect(findsChange())
        watch.wasRead()
        #expect(!findsChange())
        try folder.write([3, 4], to: name, mode: 0o600)
        #expect(findsChange())
        watch.wasRead()
        #expect(unlink(folder.path(name)) == 0)
        #expect(findsChange())
        watch.wasRead()
        #expect(!findsChange())
    }

    @Test func whatALinkLeadsToIsWatched() throws {
        try #require(symlink(folder.path("a"), folder.path("link")) == 0)
        watch = FileWatch([folder.path("link")], every: .seconds(60), now: now)
        #expect(!findsChange())
        try folder.write([9], to: "next", mode: 0o600)
        try #require(symlink(folder.path("next"), folder.path("link.new")) == 0)
        try #require(rename(folder.path("link.new"), folder.path("link")) == 0)
        #expect(findsChange())
    }

    /// What is half written at one look is whole at the next.
    @Test func whatIsBadIsToldOnceAndOnlyIfItStaysAsItIs() throws {
        try replace("a")
        #expect(findsChange())
        #expect(!wasBad())
        try replace("b")
        #expect(findsChange())
        #expect(!wasBad())
        #expect(findsChange())
        #expect(wasBad())
        for _ in 0..<3 { #expect(!findsChange()) }
        try replace("a")
        #expect(findsChange())
        watch.wasRead()
        #expect(!findsChange())
    }

    @Test func whatWasReadForAnotherReasonIsNotFoundAgain() throws {
        try replace("a")
        watch.look()
        watch.wasRead()
        #expect(!findsChange())
    }
}
