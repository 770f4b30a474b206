// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

@testable import SnugProgram

/// A configuration file sets what it says, or ends the program with the line that is wrong.
@Suite struct ConfigurationFileTests {
    private let folder: TemporaryFolder
    private let file: ConfigurationFile
    private let keys = ["host", "port", "plain-output", "ca"]

    init() throws {
        folder = try TemporaryFolder()
        file = ConfigurationFile(path: folder.path("config"))
    }

    @Test func linesAreReadWithTheirNumbersAndCommentsAreNone() throws {
        let text = "\u{FEFF}# the house\n\n  host = chat.example  \r\n\tport=7000\n#port = 1\nca = a = b.pem"
        try folder.write(Array(text.utf8), to: "config", mode: 0o644)
        #expect(
            try file.read(knowing: keys) == [
                .init(line: 3, key: "host", value: "chat.example"),
                .init(line: 4, key: "port", value: "7000"),
                .init(line: 6, key: "ca", value: "a = b.pem"),
            ]
        )
    }

    @Test func noFileAndAnEmptyOneSayNothing() throws {
        #expect(try file.read(knowing: keys).isEmpty && !file.exists)
        try folder.write([], to: "config", mode: 0o644)
        #expect(try file.read(knowing: keys).isEmpty && file.exists)
    }

    @Test(arguments: [
        (
            "hots = x", "there is no setting \"hots\"",
            "the nearest one is host; settings are the options that snug --help lists"
        ),
        (
            "Host = x", "there is no setting \"Host\"",
            "the nearest one is host; settings are the options that snug --help lists"
        ),
        ("plain_output = yes", "there is no setting \"plain_output\"", "the nearest one is plain-output; "),
        ("= x", "there is no setting \"\"", "the nearest one is "),
        ("host", "host has no value", "write host = VALUE"),
        ("host =", "host has no value", "write host = VALUE"),
        ("port = 1\nport = 2", "port is set already, in line 3", "take one of the two out"),
        ("host = \"chat.example\"", "the value of host is in quotes", "write it without them"),
        ("host = a\u{202E}b", "there are characters in it that nobody can see", "write the line again"),
        ("[snug]", "there is no setting \"[snug]\"", "the nearest one is "),
    ])
    func whatIsWrongIsNamedByFileAndLineWithWhatToDo(text: String, sentence: String, hint: String) throws {
        try folder.write(Array("# one\n\n\(text)\n".utf8), to: "config", mode: 0o644)
        let failure = try #require(throws: Failure.self) { try file.read(knowing: keys) }
        let line = text.contains("\n") ? 4 : 3
        #expect(failure.sentence == "\(file.path):\(line): \(sentence)")
        #expect(failure.hint.hasPrefix(hint) && failure.code == .badConfiguration)
    }

    @Test func bytesThatAreNoTextAndAFileOfTheWrongKindAreRefused() throws {
        try folder.write(Array("host = ".utf8) + [0xFF], to: "config", mode: 0o644)
        let failure = try #require(throws: Failure.self) { try file.read(knowing: keys) }
        #expect(failure.sentence == "\(file.path):1: this is not UTF-8")
        try folder.write([UInt8](repeating: 0x0A, count: 70_000), to: "config", mode: 0o644)
        #expect(throws: Failure.self) { try file.read(knowing: keys) }
        #expect(unlink(file.path) == 0 && mkdir(file.path, 0o700) == 0)
        #expect(throws: Failure.self) { try file.read(knowing: keys) }
    }

    @Test func whoCouldChangeItCouldSayWhomToTrust() throws {
        try folder.write(Array("host = a\n".utf8), to: "config", mode: 0o602)
        let failure = try #require(throws: Failure.self) { try file.read(knowing: keys) }
        #expect(failure.sentence == "\(file.path) can be changed by other users (mode 0602)")
        #expect(failure.hint == "chmod go-w \(file.path)")
    }

    @Test func aPathBeginsFromTheFilesFolderOrFromHome() {
        #expect(file.resolved("/etc/ca.pem") == "/etc/ca.pem")
        #expect(file.resolved("house.pem") == folder.path("house.pem"))
        #expect(file.resolved("../a.pem") == folder.path("../a.pem"))
        guard let home = getenv("HOME").map({ String(cString: $0) }) else { return }
        #expect(file.resolved("~/a.pem") == "\(home)/a.pem")
    }

    @Test func noBytesTrap() {
        var random = SeededGenerator(seed: 2)
        let letters = Array("host port=# \"'[]\n\r\t\0é".utf8) + [0xFF, 0xEF, 0xBB, 0xBF]
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                letters[Int.random(in: 0..<letters.count, using: &random)]
            }
            let entries = (try? file.entries(in: bytes, knowing: keys)) ?? []
            #expect(entries.allSatisfy { keys.contains($0.key) && !$0.value.isEmpty && $0.line > 0 })
        }
    }
}
