// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// aisha at a terminal, alone in a room of her own.
final class Room {
    let server: ServerProcess
    let window: TerminalWindow
    private let level: Int

    /// Waits until she is in.
    ///
    /// - Parameters:
    ///   - shell: what the window runs until the client is started by typing; nil to run the client itself.
    ///   - isWrapped: whether the shell runs another one that runs the client, as in a script: both are one job.
    ///   - input: a file for the client to read from, if not the window.
    ///   - output: a terminal for the client to draw on, if not the window's.
    ///   - environment: a variable for the client.
    ///   - passphrase: the room's.
    ///   - hasPrompt: whether the client draws one.
    ///   - level: the protocol's.
    init(
        shell: String? = nil,
        isWrapped: Bool = false,
        input: String? = nil,
        output: String? = nil,
        environment: String = "",
        passphrase: String? = nil,
        hasPrompt: Bool = true,
        level: Int = 0
    ) throws {
        self.level = level
        server = try ServerProcess(environment: passphrase.map { ["CHAT_SECRET": $0] } ?? [:])
        let program = try BuiltPrograms.path(of: "snug")
        let client =
            "env \(environment) \(program) --level=\(level) --port=\(server.port) --ca=\(server.authority) --name=aisha"
            + (input.map { " <>\($0)" } ?? "") + (output.map { " >\($0)" } ?? "")
        // It is started by a key, so that it is recorded from its first byte on.
        window = try TerminalWindow(shell ?? "read start; exec \(client)")
        try window.record()
        if shell != nil { try window.type(isWrapped ? "sh -c '\(client); echo wrapper goes on'" : client) }
        try window.press("Enter")
        guard output == nil, passphrase == nil else { return }
        try expectToBeIn(hasPrompt: hasPrompt)
    }

    func expectToBeIn(hasPrompt: Bool = true) throws {
        try window.expect("aisha") { rows in
            level == 0
                ? rows.contains("* aisha joined the chat *") && (!hasPrompt || rows.last == ">")
                : rows.last == "#main>"
        }
    }

    func expectTerminalGivenBack(exitCode: Int32) throws {
        let end = try window.end()
        #expect(end.exitCode == "\(exitCode)")
        #expect(end.after == end.before)
        let recorded = String(decoding: try window.recorded(), as: UTF8.self)
        #expect(recorded.contains("\u{1B}[?7h\u{1B}[?2004l"))
        #expect(try !window.screen().contains { $0.hasPrefix(">") })
    }

    func join(_ name: String) throws -> TestClient {
        try TestClient(.tls, port: server.port, name: name)
    }
}
