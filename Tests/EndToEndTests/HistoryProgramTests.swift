// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugHistory
import SnugRooms
import SnugSystem
import TestSupport
import Testing

/// A real server with a real history file, stopped, killed and starved.
@Suite(.timeLimit(.minutes(30))) struct HistoryProgramTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("history")
    }

    private func start(_ options: [String] = []) throws -> ServerProcess {
        try ServerProcess(
            ["--history=\(path)", "--history-lines=100000", "--rate=0"] + options,
            plain: true
        )
    }

    private func enter(_ name: String, _ server: ServerProcess) throws -> TestClient {
        let client = try TestClient(.plain, port: server.port(.plain))
        try client.send(name)
        try client.skip(to: "* \(name) joined the chat *")
        try client.expectNotice(containing: "NOT encrypted")
        try client.expectNotice(
            containing: "is kept in a file of the server: at most 100000 lines of a room, for 24"
        )
        return client
    }

    private func stored() throws -> [StoredLine] {
        var lines: [StoredLine] = []
        try HistoryArchive(path: path).eachLine { line in
            lines.append(line)
            return true
        }
        return lines
    }

    // MARK: Its end

    @Test func everyLineThatAnybodyHeardIsInTheFileWhenTheServerHasStopped() throws {
        let server = try start()
        let (ann, ben) = (try enter("ann", server), try enter("ben", server))
        for number in 1...3_000 { try ann.send("line \(number)") }
        // It is told to stop while they are still on their way.
        try ben.skip(to: "ann: line 1000")
        server.process.signal(SIGTERM)
        let heard = try ben.collectUntilEnd().filter { $0.hasPrefix("ann: ") }
        #expect(try server.process.waitForExit() == 0)
        let texts = try stored().map { "ann: \($0.text)" }
        #expect(texts.count >= 1_000 + heard.count)
        #expect(Array(texts.dropFirst(1_000).prefix(heard.count)) == heard)
        #expect(texts == (1...texts.count).map { "ann: line \($0)" })
        #expect(try folder.entries() == ["history"])
        #expect(try folder.mode(of: "history") == 0o600)
    }

    /// What another process can read is on the disk, and kill -9 takes none of it; of the rest, only the end is missing.
    @Test func killNineTakesNothingThatWasStoredAndLeavesNoHole() throws {
        var random = SeededGenerator(seed: 12)
        var said = 0
        var last: UInt64 = 0
        for round in 0..<4 {
            let server = try start()
            let (ann, ben) = (try enter("ann", server), try enter("ben", server))
            if round == 0 {
                for text in ["/join den", "/topic tea", "in the den", "/join main"] { try ann.send(text) }
                _ = try ann.skip(to: "* ann joined the chat *")
                _ = try ben.skip(to: "* ann joined the chat *")
            }
            let first = said + 1
            let enough = said + Int.random(in: 100...600, using: &random)
            var isStored = 0
            while isStored < enough {
                for _ in 0..<20 {
                    said += 1
                    try ann.send("line \(said)")
                }
                try ben.skip(to: "ann: line \(said)")
                isStored = try stored().count { $0.room == .main }
            }
            server.process.signal(SIGKILL)
            #expect(try server.process.waitForExit() == 128 + SIGKILL)

            let next = try start()
            let reader = try enter("reader", next)
            try reader.send("/history 200")
            let shown = try reader.next("a heading")
            #expect(
                shown.hasPrefix("* history of #main, 200 lines") || shown.hasPrefix("* history of #main, 1")
            )
            try reader.send("/rooms")
            _ = try reader.skip(to: "* rooms: #main (1), #den (0) *")
            #expect(try next.stop() == 0)

            let lines = try stored().filter { $0.room == .main }
            #expect(lines.count >= isStored && lines.count <= said)
            #expect(lines.map(\.text) == (1...lines.count).map { "line \($0)" })
            #expect(lines.map(\.sequence) == lines.map(\.sequence).sorted())
            // Numbers of this life are greater than all of the one before.
            #expect(lines[first - 1].sequence > last)
            last = try #require(lines.last?.sequence)
            said = lines.count
        }
    }

    // MARK: Its disk

    @Test func aDiskThatFillsUpStopsTheStoringAndNotTheChatAndTheLogSaysBoth() throws {
        let server = try start()
        let (ann, ben) = (try enter("ann", server), try enter("ben", server))
        try ann.send("before")
        try ben.expect("ann: before")
        // A file that may not grow any more is what a full disk is to who writes to it.
        try limitFiles(of: server, to: "4096:unlimited")
        let said = 50
        var notices: [String] = []
        for number in 1...said {
            try ann.send("line \(number)")
            while case let text = try ben.next(), text != "ann: line \(number)" { notices.append(text) }
        }
        #expect(try server.expectLog("nothing more is stored").contains("the history file \(path) cannot "))
        for text in ["after", "/history 1"] { try ann.send(text) }
        while case let text = try ben.next(), text != "ann: after" { notices.append(text) }
        #expect(notices == [Self.notStored])
        _ = try ann.skip(to: Self.notStored)
        _ = try ann.skip(to: "* history of #main, 1 line; times are in UTC *")
        #expect(try ann.next().hasSuffix(" ann: after *"))
        try limitFiles(of: server, to: "unlimited:unlimited")
        try server.expectLog("history is stored again")
        for person in [ann, ben] { try person.expect("* what is said here is stored again *") }
        #expect(try server.stop() == 0)
        #expect(try stored().map(\.text) == ["before"] + (1...said).map { "line \($0)" } + ["after"])
        #expect(server.process.lines(of: .errors).count { $0.contains("nothing more is stored") } == 1)
    }

    @Test(
        arguments: [
            (["one", "two", "three"], "the last 3 lines"), (["one"], "the last 1 line"),
            (["/topic tea"], "what changed last"),
        ]
    )
    func aServerThatEndsBeforeItsDiskHasRoomAgainSaysWhatIsLostAndDoesNotEndInPeace(
        last: [String],
        lost: String
    ) throws {
        let server = try start()
        let (ann, ben) = (try enter("ann", server), try enter("ben", server))
        try ann.send("before")
        try ben.expect("ann: before")
        while try stored().isEmpty {}
        try limitFiles(of: server, to: "4096:unlimited")
        for text in last { try ann.send(text) }
        try server.expectLog("nothing more is stored")
        for text in last where !text.hasPrefix("/") { try ben.skip(to: "ann: \(text)") }
        #expect(try server.stop() == 1)
        let end = Array(server.process.lines(of: .errors).suffix(3))
        try #require(end.count == 3)
        #expect(end[0].contains("error: the history file \(path) cannot "))
        #expect(end[0].hasSuffix(": it lacks \(lost)"))
        #expect(end[1] == "error: \(path) lacks what was said last")
        #expect(end[2].hasPrefix("hint: "))
        #expect(try stored().map(\.text) == ["before"])
    }

    private static let notStored =
        "* the server's disk takes nothing at the moment: what is said here may not be kept *"

    private func limitFiles(of server: ServerProcess, to limit: String) throws {
        let words = ["--pid=\(server.process.pid)", "--fsize=\(limit)"]
        #expect(try ChildProcess("/usr/bin/prlimit", words).waitForExit() == 0)
    }

    /// Another program that does not let go of the file is what a disk that is stuck is to who waits for it.
    @Test func whoHoldsTheFileDoesNotHoldUpTheEndAndThatIsSaid() throws {
        let server = try start()
        let (ann, ben) = (try enter("ann", server), try enter("ben", server))
        let holder = try ChildProcess(
            "/usr/bin/python3",
            [
                "-uc",
                """
                import sqlite3, sys
                c = sqlite3.connect(sys.argv[1], isolation_level=None)
                c.execute("BEGIN IMMEDIATE")
                print("held")
                sys.stdin.readline()
                """, path,
            ]
        )
        try holder.expect("held")
        for number in 1...20 { try ann.send("line \(number)") }
        _ = try ben.skip(to: "ann: line 20")
        let start = MonotonicTime.now
        #expect(try server.stop() == 1)
        #expect(start.duration(to: .now) < .seconds(20))
        try server.expectLog("the history file did not take the last lines in time")
        #expect(try holder.finish() == 0)
        #expect(try stored() == [])
    }

    // MARK: Its commands

    @Test func aFileThatAServerUsesIsExportedAndNotChanged() throws {
        let server = try start()
        let (ann, ben) = (try enter("ann", server), try enter("ben", server))
        try ann.send("hello")
        try ben.expect("ann: hello")
        let program = try BuiltPrograms.path(of: "snug-server")
        var exported: [String] = []
        while exported.isEmpty {
            let export = try ChildProcess(program, ["history", "export", path])
            #expect(try export.waitForExit() == 0)
            exported = export.lines(of: .output)
        }
        #expect(exported.count == 1 && exported[0].hasSuffix(" #main ann: hello"))
        let forget = try ChildProcess(program, ["history", "forget", "--name", "ann", path])
        #expect(try forget.waitForExit() == 78)
        try forget.expect("is in use by another process (pid \(server.process.pid))", on: .errors)
        #expect(try server.stop() == 0)
        let again = try ChildProcess(program, ["history", "forget", "--name", "ann", path])
        try again.expect("1 line is gone", on: .errors)
        #expect(try again.waitForExit() == 0)
    }

    // MARK: A file that cannot be used

    struct Mistake: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let error: String
        let hint: String
        /// Makes it, and returns the path to give.
        let make: @Sendable (TemporaryFolder) throws -> String
    }

    private static func history(in folder: TemporaryFolder, at offset: Int, _ bytes: [UInt8]) throws -> String
    {
        let path = folder.path("history")
        let history = try SQLiteHistory(path: path) { _ in }
        for number in UInt64(1)...500 {
            history.append(.record(.sanctionEnded(number: number)))
            history.append(.sequence(number))
        }
        history.close()
        var content = try folder.content(of: "history")
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return try folder.write(content, to: "history", mode: 0o600)
    }

    private static let mistakes = [
        Mistake(testDescription: "a directory", error: "is not a regular file", hint: "is the file you mean")
        { $0.path },
        Mistake(testDescription: "no folder", error: "No such file or directory", hint: "make the folder") {
            $0.path("missing/history")
        },
        Mistake(testDescription: "open to others", error: "is open to other users", hint: "chmod 600") {
            try $0.write([], to: "history", mode: 0o644)
        },
        Mistake(testDescription: "a text", error: "is not a database", hint: "nothing was changed") {
            try $0.write(Array("hello".utf8), to: "history", mode: 0o600)
        },
        Mistake(testDescription: "a newer schema", error: "is of a later version (9)", hint: "or a later one")
        {
            try history(in: $0, at: 60, [0, 0, 0, 9])
        },
        Mistake(testDescription: "corrupt", error: "is corrupt", hint: "put a backup in its place") {
            try history(in: $0, at: 4_096, [UInt8](repeating: 0xA5, count: 200))
        },
    ]

    @Test(arguments: mistakes)
    func aFileThatCannotBeUsedIsAReasonNotToStartNorToCallItGood(mistake: Mistake) throws {
        let certificates = try TemporaryFolder.withCertificates()
        let file = try mistake.make(folder)
        let before = try folder.entries().filter { $0 == "history" }.map { try folder.content(of: $0) }
        for check in [[], ["--check"]] {
            let server = try ChildProcess(
                BuiltPrograms.path(of: "snug-server"),
                ["--port=0", "--history=\(file)"] + certificates.certificateOptions + check
            )
            #expect(try server.waitForExit() == 78)
            let lines = server.lines(of: .errors)
            #expect(lines.count == 2, "\(lines)")
            #expect(lines.first?.hasPrefix("error: the history file \(file) ") == true)
            #expect(lines.first?.contains(mistake.error) == true, "\(lines)")
            #expect(
                lines.last?.hasPrefix("hint: ") == true && lines.last?.contains(mistake.hint) == true,
                "\(lines)"
            )
        }
        #expect(try folder.entries().filter { $0 == "history" }.map { try folder.content(of: $0) } == before)
    }

    @Test func aSecondServerIsToldWhoHasTheFile() throws {
        let server = try start()
        let second = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--history=\(path)"] + server.folder.certificateOptions
        )
        #expect(try second.waitForExit() == 78)
        #expect(
            second.lines(of: .errors) == [
                "error: the history file \(path) is in use by another process (pid \(server.process.pid))",
                "hint: give each server a file of its own, or stop the other one first",
            ]
        )
        #expect(try server.stop() == 0)
    }

    @Test func aCheckLeavesNoFileBehind() throws {
        let certificates = try TemporaryFolder.withCertificates()
        let check = try ChildProcess(
            BuiltPrograms.path(of: "snug-server"),
            ["--port=0", "--history=\(path)", "--check"] + certificates.certificateOptions
        )
        #expect(try check.waitForExit() == 0)
        try check.expect("the configuration is good", on: .errors)
        #expect(try folder.entries() == [])
    }

    @Test(arguments: [
        "--history-lines=-1", "--history-lines=x", "--history-hours=-1", "--history-hours=1000000",
    ])
    func anAmountThatMakesNoSenseIsRefused(option: String) throws {
        let server = try ChildProcess(BuiltPrograms.path(of: "snug-server"), [option])
        #expect(try server.waitForExit() == 64)
    }
}
