// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

/// A window of a terminal emulator, tmux(1), with a program in it: its screen is what a person would see.
final class TerminalWindow {
    private let folder: TemporaryFolder

    struct NotSeen: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens the window and runs a command of the shell in it, which says at its end with which code it ended.
    init(_ command: String, columns: Int = 80) throws {
        folder = try TemporaryFolder()
        let script = """
            stty -g >\(folder.path("modes-before"))
            sh -c 'echo $$ >\(folder.path("pid")); \(command)'
            echo ended $?
            stty -g >\(folder.path("modes-after"))
            exec cat
            """
        try tmux(["new-session", "-d", "-x", "\(columns)", "-y", "24", script])
    }

    deinit {
        // It fails only where there is no window to close.
        _ = try? tmux(["kill-server"])
    }

    // MARK: Hands

    func type(_ text: String) throws { try tmux(["send-keys", "-l", text]) }

    /// Presses a key by tmux's name for it, such as `Enter` or `C-c`.
    func press(_ keys: String...) throws { try tmux(["send-keys"] + keys) }

    /// Pastes as a terminal does that was asked to mark what is pasted.
    func paste(_ text: String) throws { try tmux(["set-buffer", text, ";", "paste-buffer", "-p"]) }

    func resize(columns: Int) throws { try tmux(["resize-window", "-x", "\(columns)"]) }

    /// Closes the window; the terminal is gone for every program that has it open.
    func close() throws { try tmux(["kill-server"]) }

    /// The file of its terminal.
    func terminal() throws -> String {
        try #require(try tmux(["display-message", "-p", "#{pane_tty}"]).first)
    }

    /// Writes every byte that reaches the window from now on to a file as well.
    func record() throws { try tmux(["pipe-pane", "-o", "cat >\(folder.path("record"))"]) }

    // MARK: Eyes

    /// The rows that have anything on them.
    func screen() throws -> [String] { try tmux(["capture-pane", "-p"]).filter { !$0.isEmpty } }

    /// Waits until the screen is as wanted, and returns it.
    @discardableResult
    func expect(_ purpose: String, _ isAsWanted: ([String]) -> Bool) throws -> [String] {
        let deadline = MonotonicTime.now + .seconds(120)
        while true {
            let rows = try screen()
            if isAsWanted(rows) { return rows }
            guard MonotonicTime.now < deadline else {
                throw NotSeen(description: "no \(purpose) in:\n" + rows.joined(separator: "\n"))
            }
        }
    }

    /// Waits until the last row is `text`.
    @discardableResult
    func expect(lastRow text: String) throws -> [String] {
        try expect("last row \"\(text)\"") { $0.last == text }
    }

    func recorded() throws -> [UInt8] { try folder.content(of: "record") }

    /// Waits for the command's end, and returns its exit code and the terminal's modes before and after it.
    func end() throws -> (exitCode: String?, before: String, after: String) {
        let rows = try expect("end of the command") { $0.contains { $0.hasPrefix("ended ") } }
        let exitCode = rows.last { $0.hasPrefix("ended ") }?.split(separator: " ").last
        return (exitCode.map(String.init), try line(of: "modes-before"), try line(of: "modes-after"))
    }

    /// The process that the command began as; the same as its program if it said `exec`.
    func pid() throws -> pid_t { try #require(pid_t(try line(of: "pid"))) }

    /// Waits until a command has written a line to one of the window's files.
    func line(of name: String) throws -> String {
        var line = ""
        try expect("line in \(name)") { _ in
            line = String(decoding: (try? folder.content(of: name)) ?? [], as: UTF8.self)
            return line.hasSuffix("\n")
        }
        return String(line.dropLast())
    }

    /// A file that a command in the window can use.
    func path(_ name: String) -> String { folder.path(name) }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> [String] {
        let socket = ["-u", "-f", "/dev/null", "-S", folder.path("tmux")]
        let process = try ChildProcess("/usr/bin/tmux", socket + arguments)
        guard try process.finish() == 0 else {
            throw NotSeen(description: "tmux: " + process.lines(of: .errors).joined(separator: " "))
        }
        return process.lines(of: .output)
    }
}
