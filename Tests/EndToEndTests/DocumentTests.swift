// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct DocumentTests {
    @Test func theClientInTheProtocolDocumentChats() throws {
        let program = try #require(try Document.blocks("python client", of: "docs/protocol.md").first)
        let running = try RunningServer(passphrase: "open sesame")
        defer { running.stop() }
        let witness = try TestClient(.tls, port: running.port(.tls))
        for frame in ["open sesame", "witness"] { try witness.send(frame) }
        for text in ["ok", "* witness joined the chat *"] { try witness.expect(text) }

        let guest = try PythonClient(program, port: running.port(.tls), name: "guest")
        try witness.expect("* guest joined the chat *")
        try guest.type("hello from python 🐍\n")
        try witness.expect("guest: hello from python 🐍")
        try witness.send("hello, guest\u{1B}[2J")
        #expect(guest.output(upTo: "witness: ") == ["ok", "* guest joined the chat *"])
        try guest.endInput()
        try witness.expect("* guest left *")
        #expect(guest.exitCode() == 0)
    }
}

/// A process that runs a client in Python, with pipes for keyboard and screen.
private final class PythonClient {
    private let process = Process()
    private let keyboard = Pipe()
    private let screen = Pipe()
    private let authorityFile: URL
    private var unread = ""

    init(_ program: String, port: UInt16, name: String) throws {
        authorityFile = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pem")
        try Data(TestAuthority.shared.authorityPEM).write(to: authorityFile)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program, "localhost", "\(port)", name, authorityFile.path]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["CHAT_SECRET": "open sesame", "PYTHONIOENCODING": "utf-8"]
        ) { _, new in new }
        process.standardInput = keyboard
        process.standardOutput = screen
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        try? FileManager.default.removeItem(at: authorityFile)
    }

    func type(_ text: String) throws {
        try keyboard.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    }

    func endInput() throws { try keyboard.fileHandleForWriting.close() }

    /// The whole lines before the first that begins with `text`; at the end of the output, all of them.
    func output(upTo text: String) -> [String] {
        while true {
            let lines = unread.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                String.init
            )
            if let end = lines.firstIndex(where: { $0.hasPrefix(text) }) { return Array(lines[..<end]) }
            let more = screen.fileHandleForReading.availableData
            guard !more.isEmpty else { return lines }
            unread += String(decoding: more, as: UTF8.self)
        }
    }

    func exitCode() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}
