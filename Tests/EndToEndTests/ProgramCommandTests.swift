// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugLab
import SnugSystem
import TestSupport
import Testing

/// `snug send`, `tail` and `who` with a real server that is killed, stopped or away.
@Suite(.timeLimit(.minutes(30))) struct ProgramCommandTests {
    private static func start(
        _ words: [String],
        _ name: String,
        port: UInt16,
        _ authority: String,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let options = ["--host=localhost", "--port=\(port)", "--name=\(name)", "--ca=\(authority)"]
        return try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            words + options,
            environment: environment
        )
    }

    private static func start(_ words: [String], _ name: String, _ server: ServerProcess) throws
        -> ChildProcess
    {
        try start(words, name, port: server.port, server.authority)
    }

    private static func objects(_ process: ChildProcess) throws -> [[String: Any]] {
        try process.lines(of: .output).map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private static func said(_ process: ChildProcess) throws -> [String] {
        try objects(process).filter { $0["type"] as? String == "said" }.compactMap { $0["text"] as? String }
    }

    // MARK: send

    @Test(arguments: TransportKind.allCases)
    func aLineThatIsSentIsConfirmedAndHeardByEverybodyInItsRoom(kind: TransportKind) throws {
        let server = try ServerProcess(plain: true)
        let listener = try TestClient(kind, port: server.port(kind), name: "ben")
        let options = kind == .plain ? ["--plain"] : []
        let program = try Self.start(
            ["send", "//done: 100 %"] + options,
            "cron",
            port: server.port(kind),
            server.authority
        )
        #expect(try program.finish() == 0, "\(program.lines(of: .errors))")
        try listener.expect("* cron joined the chat *")
        try listener.expect("cron: //done: 100 %")
        try listener.expect("* cron left *")
        #expect(program.bytes(of: .output).isEmpty)
        #expect(try server.stop() == 0)
    }

    @Test func wordsAreOneLineWithBlanksBetweenThem() throws {
        let server = try ServerProcess()
        let listener = try TestClient(.tls, port: server.port, name: "ben")
        // Neither a subcommand's name nor a link is anything else where text is meant.
        for words in [["disk", "full"], ["who", "tail"], ["snug://chat.example"], ["--", "-v"]] {
            let process = try ChildProcess(
                BuiltPrograms.path(of: "snug"),
                ["send", "--port=\(server.port)", "--ca=\(server.authority)", "--name=cron"] + words
            )
            #expect(try process.finish() == 0, "\(process.lines(of: .errors))")
            _ = try listener.skip(to: "cron: " + words.filter { $0 != "--" }.joined(separator: " "))
        }
        #expect(try server.stop() == 0)
    }

    @Test(arguments: [[], ["-"]])
    func eachLineOfTheInputIsSaidInItsOrderAsItComes(words: [String]) throws {
        let server = try ServerProcess(["--rate=0"])
        let listener = try TestClient(.tls, port: server.port, name: "ben")
        let program = try Self.start(["send"] + words, "cron", server)
        try program.type("first")
        _ = try listener.skip(to: "cron: first")
        try program.write(
            Array("\n".utf8) + (1...300).flatMap { Array("line \($0)\n".utf8) } + Array("last".utf8)
        )
        #expect(try program.finish() == 0, "\(program.lines(of: .errors))")
        for number in 1...300 { _ = try listener.skip(to: "cron: line \(number)") }
        _ = try listener.skip(to: "cron: last")
        #expect(program.bytes(of: .output).isEmpty && program.bytes(of: .errors).isEmpty)
        #expect(try server.stop() == 0)
    }

    @Test func ofAnInputThatFailsItIsSaidWhichLineWasTheFirstThatIsNotConfirmed() throws {
        let server = try ServerProcess()
        let program = try Self.start(["send"], "cron", server)
        let long = String(repeating: "x", count: 9_000)
        try program.write(Array("one\ntwo\n\(long)\nfour\n".utf8))
        #expect(try program.finish() == 1)
        let lines = program.lines(of: .errors)
        #expect(
            lines.first?.hasPrefix("2 lines were confirmed, and this one was not: xxx") == true,
            "\(lines)"
        )
        let reader = try TestClient(.tls, port: server.port, name: "ben")
        try reader.send("/history")
        _ = try reader.skip(to: "* history of #main, 2 lines; times are in UTC *")
    }

    @Test func anInputWithNothingInItIsDoneAtOnce() throws {
        let folder = try TemporaryFolder.withCertificates()
        let program = try Self.start(["send"], "cron", port: 1, folder.path("ca.pem"))
        #expect(try program.finish() == 0)
    }

    @Test func aServerThatDoesNotAnswerIsGivenUpWhenTheTimeIsOver() throws {
        let server = try ServerProcess()
        let mute = try TestClient(.tls, port: server.port, name: "ben")
        try server.process.pause()
        let program = try Self.start(["who", "--json", "--timeout=2"], "cron", server)
        #expect(try program.finish() == 69)
        #expect(program.lines(of: .errors).first == "error: the server did not answer within 2 s")
        server.process.resume()
        _ = mute
    }

    @Test func theOptionsOfCommandsHaveVariables() throws {
        let server = try ServerProcess()
        let variables = ["SNUG_ROOM": "ops", "SNUG_TIMEOUT": "60", "SNUG_SINCE": "0", "SNUG_EPOCH": "other"]
        let sender = try Self.start(
            ["send", "x"],
            "cron",
            port: server.port,
            server.authority,
            environment: variables
        )
        #expect(try sender.finish() == 0, "\(sender.lines(of: .errors))")
        let reader = try Self.start(
            ["tail", "--json"],
            "tailer",
            port: server.port,
            server.authority,
            environment: variables
        )
        try reader.expect(#""type":"gap""#)
        try reader.expect(#""text":"x""#)
        let tooMany = try Self.start(["send", "x", "--room=a", "--room=b"], "cron", server)
        #expect(try tooMany.finish() == 64)
        #expect(tooMany.lines(of: .errors).first == "error: this is for one room, and there are 2: a, b")
    }

    @Test func aLineWaitsForItsServerAndIsSaidOnceWhenThatIsThere() throws {
        let port = try ReservedPort()
        let folder = try TemporaryFolder.withCertificates()
        let program = try Self.start(["send", "late"], "cron", port: port.number, folder.path("ca.pem"))
        try program.expect("cannot be reached", on: .errors)
        let server = try ServerProcess(["--port=\(port.number)"])
        #expect(try program.finish() == 0, "\(program.lines(of: .errors))")
        let reader = try TestClient(.tls, port: server.port, name: "ben")
        try reader.send("/history")
        _ = try reader.skip(to: "* history of #main, 1 line; times are in UTC *")
        #expect(try reader.next().hasSuffix(" cron: late *"))
    }

    @Test func aServerThatWasKilledIsTriedAgainAndThenSaidToBeUnreachable() throws {
        let server = try ServerProcess()
        server.process.signal(SIGKILL)
        _ = try server.process.waitForExit()
        let program = try Self.start(["send", "x", "--timeout=2"], "cron", server)
        #expect(try program.finish() == 69)
        let lines = program.lines(of: .errors)
        #expect(lines.first?.hasSuffix("; trying again") == true, "\(lines)")
        #expect(lines.dropLast().last?.hasPrefix("error: localhost:") == true, "\(lines)")
    }

    @Test func aLineThatAStoppedServerDoesNotConfirmIsNotCalledSaid() throws {
        let server = try ServerProcess()
        let mute = try TestClient(.tls, port: server.port, name: "ben")
        try server.process.pause()
        let program = try Self.start(["send", "x", "--timeout=2"], "cron", server)
        #expect([69, 76].contains(try program.finish()), "\(program.lines(of: .errors))")
        server.process.resume()
        _ = mute
    }

    @Test(arguments: [("   ", [], 1), ("x", ["--room=###"], 1)])
    func whatTheServerRefusesIsSaidInItsWords(text: String, options: [String], code: Int32) throws {
        let server = try ServerProcess()
        let program = try Self.start(["send", text] + options, "cron", server)
        #expect(try program.finish() == code)
        #expect(program.lines(of: .errors).first?.hasPrefix("error: the server refused: ") == true)
        // Nobody is waited for who will not come back.
        try server.expectLog("left as cron: quit")
    }

    @Test(arguments: [
        ["tail"], ["who"], ["send", "x", "--timeout=0"], ["who", "--json", "--timeout=0"],
        ["tail", "--json", "--epoch=e"],
    ])
    func whatCannotBeMeantIsWrongUsage(words: [String]) throws {
        let program = try ChildProcess(BuiltPrograms.path(of: "snug"), words)
        #expect(try program.finish() == 64)
        let lines = program.lines(of: .errors)
        #expect(lines.count == 2 && lines[1].hasSuffix("help \(words[0]) lists what it takes"), "\(lines)")
    }

    @Test func aServerOfTheLessonIsSaidToLackTheLevelAndHearsNoName() throws {
        let folder = try TemporaryFolder.withCertificates()
        let (process, port) = try PythonPeer.startServer("lesson_server.py", folder.certificateOptions)
        let program = try Self.start(["who", "--json"], "cron", port: port, folder.path("ca.pem"))
        #expect(try program.finish() == 76)
        #expect(
            program.lines(of: .errors).first
                == "error: the server does not speak level 1 of the protocol, which this needs"
        )
        #expect(!process.lines(of: .output).contains { $0.contains("cron") })
    }

    // MARK: who

    @Test func everybodyInARoomIsListedAndEveryOpenRoom() throws {
        let server = try ServerProcess()
        let others = try ["ann", "ben"].map { try TestClient(.tls, port: server.port, name: $0) }
        try others[1].send("/join ops")
        try others[0].skip(to: "* ben left *")
        let program = try Self.start(["who", "--json", "--room=ops"], "cron", server)
        #expect(try program.finish() == 0, "\(program.lines(of: .errors))")
        let objects = try Self.objects(program)
        let people = objects.filter { $0["type"] as? String == "room" }.map { room in
            (room["people"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        }
        #expect(people == [["ann", "cron"], ["ben", "cron"]])
        let rooms = (objects.last?["rooms"] as? [[String: Any]] ?? []).compactMap { $0["room"] as? String }
        #expect(rooms == ["main", "ops"])
        try server.expectLog("left as cron: quit")
    }

    // MARK: tail

    @Test func aReaderThatHasEnoughEndsItInGoodOrder() throws {
        let server = try ServerProcess()
        let words = ["tail", "--json", "--port=\(server.port)", "--ca=\(server.authority)", "--name=tailer"]
        let command = "'\(try BuiltPrograms.path(of: "snug"))' \(words.joined(separator: " ")) | head -1"
        let shell = try ChildProcess("/bin/bash", ["-c", command + "; echo ${PIPESTATUS[0]}"])
        #expect(try shell.finish() == 0)
        #expect(shell.lines(of: .output).last == "0", "\(shell.lines(of: .errors))")
        #expect(shell.lines(of: .output).first?.hasPrefix(#"{"type":"hello","protocol":1,"#) == true)
        #expect(shell.lines(of: .errors).isEmpty)
        try server.expectLog("left as tailer: quit")
    }

    @Test(arguments: [SIGHUP, SIGINT, SIGTERM])
    func whoIsToldToEndSaysGoodbye(signal: Int32) throws {
        let server = try ServerProcess()
        let program = try Self.start(["tail", "--json"], "tailer", server)
        try program.expect(#""type":"joined""#)
        program.signal(signal)
        #expect(try program.waitForExit() == 0)
        try server.expectLog("left as tailer: quit")
    }

    @Test func killNineAndRestartsOfAServerWithAFileCostNeitherALineNorBringOneTwice() throws {
        let port = try ReservedPort()
        let folder = try TemporaryFolder()
        let options = ["--port=\(port.number)", "--rate=0", "--history=\(folder.path("history"))"]
        var server = try ServerProcess(options)
        let program = try Self.start(["tail", "--json"], "tailer", server)
        try program.expect(#""type":"joined""#)
        var expected: [String] = []
        for round in 0..<3 {
            for number in 0..<20 {
                expected.append("round \(round), line \(number)")
                let sender = try Self.start(["send", expected.last ?? ""], "cron", server)
                // It is confirmed, and so it is stored.
                #expect(try sender.finish() == 0, "\(sender.lines(of: .errors))")
            }
            server.process.signal(SIGKILL)
            _ = try server.process.waitForExit()
            server = try ServerProcess(options)
        }
        expected.append("the last")
        #expect(try Self.start(["send", "the last"], "cron", server).finish() == 0)
        try program.expect("the last")
        #expect(try Self.said(program) == expected)
        #expect(!program.lines(of: .output).contains { $0.hasPrefix(#"{"type":"gap""#) })
        #expect(program.lines(of: .errors).contains { $0.contains("coming back in") })
        #expect(!program.lines(of: .output).contains { $0.contains("token") })
    }

    @Test func whoComesBackToAnImpostorIsNotHeardThere() throws {
        let port = try ReservedPort()
        let server = try ServerProcess(["--port=\(port.number)"])
        let program = try Self.start(["tail", "--json"], "tailer", server)
        try program.expect(#""type":"joined""#)
        let folder = try TemporaryFolder()
        try folder.write(LabAuthority().issue(names: ["localhost"]), to: "server")
        server.process.signal(SIGKILL)
        _ = try server.process.waitForExit()
        let impostor = try ServerProcess(["--port=\(port.number)"] + folder.certificateOptions)
        #expect(try program.waitForExit() == 77)
        let lines = program.lines(of: .errors)
        #expect(lines.contains { $0.hasPrefix("error: the server's certificate was refused: ") }, "\(lines)")
        #expect(try impostor.stop() == 0)
        #expect(!impostor.process.lines(of: .errors).contains { $0.contains("tailer") })
    }

    @Test func whoRemembersANumberGoesOnBehindIt() throws {
        let server = try ServerProcess()
        for text in ["one", "two", "three"] {
            #expect(try Self.start(["send", text], "cron", server).finish() == 0)
        }
        let first = try Self.start(["tail", "--json", "--since=0"], "tailer", server)
        try first.expect("three")
        let objects = try Self.objects(first)
        #expect(try Self.said(first) == ["one", "two", "three"])
        let one = try #require(objects.first { $0["text"] as? String == "one" }?["seq"] as? UInt64)
        let epoch = try #require(objects.first?["epoch"] as? String)
        first.signal(SIGTERM)
        #expect(try first.waitForExit() == 0)
        let second = try Self.start(
            ["tail", "--json", "--since=\(one)", "--epoch=\(epoch)"],
            "tailer",
            server
        )
        try second.expect("three")
        #expect(try Self.said(second) == ["two", "three"])
        // Of another epoch nothing is known: what may be missing is told.
        let third = try Self.start(["tail", "--json", "--since=\(one)", "--epoch=other"], "other", server)
        try third.expect("three")
        #expect(try Self.objects(third).contains { $0["type"] as? String == "gap" })
        #expect(try Self.said(third) == ["one", "two", "three"])
    }

    /// Of what is said while it stands still, a server that keeps all loses nothing for it, and one that keeps less says so.
    @Test(arguments: [100_000, 500])
    func aReaderThatStopsBlocksNobodyAndMissesNothingUnlessItIsTold(kept: Int) throws {
        let server = try ServerProcess(["--rate=0", "--history-lines=\(kept)", "--backlog=65536"])
        let program = try Self.start(["tail", "--json"], "tailer", server)
        try program.expect(#""type":"joined""#)
        let (ann, ben) = (
            try TestClient(.tls, port: server.port, name: "ann"),
            try TestClient(.tls, port: server.port, name: "ben")
        )
        // Far more than pipe, program, sockets and server hold together; nobody reads the pipe meanwhile.
        let count = 20_000
        let filler = String(repeating: "x", count: 400)
        for number in 1...count {
            try ann.send("\(number) \(filler)")
            if number % 20 == 0 { try ben.skip(to: "ann: \(number) \(filler)") }
        }
        try program.wait(for: "the last line") {
            program.bytes(of: .output).suffix(2_000).contains(Array("\(count) \(filler)".utf8))
        }
        var next = 1
        var hasGap = false
        for object in try Self.objects(program) {
            switch object["type"] as? String {
            case "gap": hasGap = true
            case "said":
                let text = object["text"] as? String ?? ""
                let number = try #require(text.split(separator: " ").first.flatMap { Int($0) })
                #expect(number == next || hasGap && number > next, "\(number) instead of \(next)")
                (next, hasGap) = (number + 1, false)
            default: break
            }
        }
        #expect(next == count + 1)
        // It was cut off for its standing still, and has come back.
        #expect(program.lines(of: .errors).contains { $0.contains("coming back in") })
        #expect(program.lines(of: .output).contains { $0.hasPrefix(#"{"type":"gap""#) } == (kept == 500))
        #expect(try server.stop() == 0)
    }
}
