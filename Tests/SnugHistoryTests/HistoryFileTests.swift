// SPDX-License-Identifier: Apache-2.0

import CSQLite
import Glibc
import SnugHistory
import SnugRooms
import TestSupport
import Testing

/// What a history file can be instead of a good one.
///
/// Each is refused with a hint, and left as it is.
struct HistoryFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("history")
    }

    private func fault(_ path: String? = nil) -> HistoryFault? {
        do throws(HistoryError) {
            try SQLiteHistory(path: path ?? self.path, clock: { noon }, report: { _ in }).close()
            return nil
        } catch {
            #expect(!error.hint.isEmpty && !error.description.contains("\n"))
            return error.fault
        }
    }

    private func makeHistory(lines: UInt64 = 500) throws {
        let history = try SQLiteHistory(path: path, clock: { noon }, report: { _ in })
        for number in UInt64(1)...lines { history.append(.line(.sample(number))) }
        history.close()
    }

    /// What another program does to the file.
    private func change(_ sql: String) {
        var database: OpaquePointer?
        #expect(sqlite3_open(path, &database) == SQLITE_OK)
        #expect(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK, "\(sql)")
        sqlite3_close(database)
    }

    /// The same fault, and the same bytes behind it.
    private func expectUntouched(_ expected: HistoryFault?, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let before = try folder.content(of: "history")
        let entries = try folder.entries()
        #expect(fault() == expected, sourceLocation: sourceLocation)
        #expect(try folder.content(of: "history") == before, sourceLocation: sourceLocation)
        #expect(try folder.entries() == entries, sourceLocation: sourceLocation)
    }

    @Test func aFolderIsNoHistoryFile() throws {
        #expect(mkdir(path, 0o700) == 0)
        #expect(fault() == .notRegularFile)
        #expect(fault(path + "/") == .notRegularFile)
        #expect(fault(folder.path(".")) == .notRegularFile)
        #expect(fault("") == .notRegularFile)
    }

    @Test func aPipeIsNotWaitedFor() throws {
        #expect(mkfifo(path, 0o600) == 0)
        #expect(fault() == .notRegularFile)
        #expect(fault("/dev/null") != nil)
    }

    @Test func aFolderThatIsMissingIsNotMade() throws {
        #expect(fault(folder.path("none/history")) == .system(call: "open", code: ENOENT))
        #expect(try folder.entries() == [])
        try folder.write([1], to: "file", mode: 0o600)
        #expect(fault(folder.path("file/history")) == .system(call: "open", code: ENOTDIR))
    }

    @Test func aLinkIsNotFollowedEvenToAFileThatIsNotThere() throws {
        #expect(symlink(folder.path("target"), path) == 0)
        let real = try #require(realpath(folder.path, nil))
        defer { free(real) }
        #expect(fault() == .symbolicLink(path: String(cString: real) + "/history"))
        #expect(try folder.entries() == ["history"])
    }

    @Test func aFolderMayBeReachedThroughALink() throws {
        #expect(mkdir(folder.path("real"), 0o700) == 0 && symlink("real", folder.path("link")) == 0)
        #expect(fault(folder.path("link/history")) == nil)
        #expect(try folder.mode(of: "real/history") == 0o600)
    }

    @Test(arguments: ["-wal", "-shm", "-journal"]) func aLinkInThePlaceOfItsLogIsRefused(suffix: String)
        throws
    {
        try makeHistory()
        #expect(symlink("/etc/passwd", path + suffix) == 0)
        if case .symbolicLink(let link)? = fault() {
            #expect(link.hasSuffix("history\(suffix)"))
        } else {
            Issue.record("it was not refused")
        }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o602, 0o666] as [mode_t])
    func aFileThatOthersHaveARightToIsRefused(mode: mode_t) throws {
        try makeHistory()
        #expect(chmod(path, mode) == 0)
        guard case .openToOthers(_, let told)? = fault() else {
            throw HistoryEvents.Missing(description: "refusal")
        }
        #expect(told == UInt32(mode))
    }

    @Test func aFolderInWhichAnybodyCouldReplaceTheFileIsRefused() throws {
        #expect(mkdir(folder.path("open"), 0o700) == 0 && chmod(folder.path("open"), 0o777) == 0)
        if case .openFolder? = fault(folder.path("open/history")) {
        } else {
            Issue.record("it was not refused")
        }
        #expect(chmod(folder.path("open"), 0o1777) == 0)
        #expect(fault(folder.path("open/history")) == nil)
    }

    @Test func whatIsNoDatabaseIsLeftAsItIs() throws {
        for content in ["#!/bin/sh\n", String(repeating: "x", count: 5_000), "SQLite format 3\0"] {
            try folder.write(Array(content.utf8), to: "history", mode: 0o600)
            try expectUntouched(.notADatabase)
        }
    }

    @Test func nobodyIsToldToCloseAFileThatIsNotThisPrograms() throws {
        try folder.write(Array("a configuration that all may read\n".utf8), to: "history", mode: 0o644)
        #expect(fault() == .notADatabase)
    }

    @Test func anotherProgramsDatabaseIsLeftAsItIs() throws {
        change("CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')")
        #expect(chmod(path, 0o600) == 0)
        try expectUntouched(.otherProgram)
    }

    @Test func aFileOfALaterVersionIsLeftAsItIs() throws {
        try makeHistory()
        change("PRAGMA user_version = 2")
        try expectUntouched(.newerSchema(2))
    }

    @Test func aFileOfAnotherChatThanSeveralServersShareIsRefusedAndANewOneIsOfTheirs() throws {
        let open = { (epoch: UInt64?) throws in
            try SQLiteHistory(path: path, epoch: epoch, clock: { noon }, report: { _ in })
        }
        try open(77).close()
        for epoch in [77, nil] as [UInt64?] {
            let history = try open(epoch)
            #expect(history.epoch == 77)
            history.close()
        }
        #expect(throws: HistoryError(path: path, fault: .otherOrder)) { try open(78) }
        let history = try open(77)
        #expect(history.epoch == 77)
        history.close()
    }

    @Test(arguments: [
        "CREATE TRIGGER evil AFTER INSERT ON lines BEGIN DELETE FROM bans; END",
        "CREATE VIEW evil AS SELECT 1", "CREATE TABLE more (x)", "ALTER TABLE key_names ADD COLUMN x TEXT",
        "DROP TABLE sanctions",
        "CREATE INDEX slow ON lines (text)", "PRAGMA user_version = 0",
    ]) func tablesThatSomebodyChangedAreRefused(sql: String) throws {
        try makeHistory()
        change(sql)
        #expect(fault() == .foreignSchema)
    }

    @Test func bytesThatFlippedAnywhereAreRefusedOrReadButNeverTrap() throws {
        try makeHistory()
        let good = try folder.content(of: "history")
        var random = SeededGenerator(seed: 4)
        var refused = 0
        for _ in 0..<60 {
            var bad = good
            // In the middle of a page, where cells are, or in its head.
            let page = Int.random(in: 1..<good.count / 4_096, using: &random) * 4_096
            let start = Bool.random(using: &random) ? page : page + Int.random(in: 0..<4_000, using: &random)
            for offset in start..<min(start + 40, bad.count) { bad[offset] ^= 0xFF }
            try folder.write(bad, to: "history", mode: 0o600)
            switch fault() {
            case nil: break
            case .corrupt, .notADatabase, .foreignSchema, .failing: refused += 1
            case let other: Issue.record("\(String(describing: other))")
            }
            // A read that finds a fault says so.
            let archive = try? HistoryArchive(path: path)
            try? archive?.eachLine { $0.text.utf8.count < 100_000 }
        }
        #expect(refused > 20)
    }

    @Test func aFileThatWasCutOffIsLeftAsItIs() throws {
        try makeHistory()
        let good = try folder.content(of: "history")
        try folder.write(Array(good.prefix(good.count / 2 / 4_096 * 4_096)), to: "history", mode: 0o600)
        let before = try folder.content(of: "history")
        guard case .corrupt? = fault() else {
            throw HistoryEvents.Missing(description: "refusal: \(String(describing: fault()))")
        }
        #expect(try folder.content(of: "history") == before)
    }

    @Test func aLogWhoseFileIsGoneIsNotThrownAway() throws {
        try folder.write([1, 2, 3], to: "history-wal", mode: 0o600)
        #expect(fault() == .leftoverLog)
        #expect(try folder.content(of: "history-wal") == [1, 2, 3])
    }

    @Test func anEmptyFileIsANewOne() throws {
        try folder.write([], to: "history", mode: 0o600)
        #expect(fault() == nil)
        #expect(try folder.content(of: "history").count > 4_096)
    }

    @Test func aSecondServerIsToldWhoHasTheFile() throws {
        let probe = try ChildProcess(try BuiltPrograms.path(of: "history-probe"), ["hold", path])
        try probe.expect("open")
        #expect(fault() == .inUse(processID: probe.pid))
        #expect(try probe.finish() == 0)
        #expect(fault() == nil)
    }

    @Test func aProgramThatIsBeingStartedDoesNotHoldAFileThatWasClosed() throws {
        let history = try SQLiteHistory(path: path, clock: { noon }, report: { _ in })
        let program = try StartingProgram(sharing: path)
        history.close()
        #expect(fault() == nil)
        #expect(program.sharesSomething)
    }

    @Test(.enabled(if: geteuid() == 0, "another user is needed"))
    func aFileThatMayNotBeWrittenIsRefusedWithAHint() throws {
        let program = try BuiltPrograms.path(of: "history-probe")
        #expect(chmod(folder.path, 0o755) == 0)
        let nobody = ["--reuid", "65534", "--clear-groups", program, "hold"]
        let here = try ChildProcess("/usr/bin/setpriv", nobody + [path])
        try here.expect("cannot be used: open failed: Permission denied")
        #expect(try here.finish() == 1)
        try makeHistory()
        let other = try ChildProcess("/usr/bin/setpriv", nobody + [path])
        try other.expect("Permission denied")
        #expect(try other.finish() == 1)
        #expect(chown(path, 65_534, 65_534) == 0 && chmod(path, 0o400) == 0)
        let readOnly = try ChildProcess("/usr/bin/setpriv", nobody + [path])
        try readOnly.expect("Permission denied")
        #expect(try readOnly.finish() == 1)
    }
}
