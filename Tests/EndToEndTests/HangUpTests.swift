// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// Whoever closes the window of a server ends it; whoever sends it a hang-up has its files read again.
@Suite(.timeLimit(.minutes(30))) struct HangUpTests {
    /// A server in a window of its own, and what a test needs to know of it.
    private final class WindowServer {
        let window: TerminalWindow
        let folder: TemporaryFolder
        let pid: pid_t
        let port: UInt16

        /// - Parameters:
        ///   - command: what the window's shell runs; `SERVER` stands for the server with its options, `LOG` for a file.
        ///   - typed: the same, typed once the window is there.
        ///   - log: where the server's log goes, if not into the window.
        init(_ command: String, typed: String? = nil, log: String? = nil) throws {
            folder = try TemporaryFolder.withCertificates()
            let program = try BuiltPrograms.path(of: "snug-server")
            let server = ([program, "--port=0"] + folder.certificateOptions).joined(separator: " ")
            let path = folder.path("log")
            func filled(_ text: String) -> String {
                text.replacing("SERVER", with: server).replacing("LOG", with: path)
            }
            window = try TerminalWindow(filled(command), columns: 250)
            if let typed {
                try window.expect("prompt") { $0.contains { $0.hasPrefix("bash") } }
                try window.type(filled(typed))
                try window.press("Enter")
            }
            var line: Substring?
            let announced = "encrypted chat on 127.0.0.1:"
            let (window, folder) = (window, folder)
            let isUp = try Inspection.comesTrue {
                let lines =
                    try log == nil
                    ? window.screen()
                    : String(decoding: (try? folder.content(of: "log")) ?? [], as: UTF8.self)
                        .split(separator: "\n").map(String.init)
                // A shell may have written its prompt before it.
                line = lines.first { $0.contains(announced) }?.split(separator: announced).last
                return line != nil
            }
            try #require(isUp)
            port = try #require(line.flatMap { UInt16($0.prefix(while: \.isNumber)) })
            pid = try #require(Self.process(using: folder.path))
        }

        deinit { kill(pid, SIGKILL) }

        func logged(_ text: String) -> Bool {
            Inspection.comesTrue {
                String(decoding: (try? folder.content(of: "log")) ?? [], as: UTF8.self).contains(text)
            }
        }

        /// Waits until the process has ended; somebody else's child, so its exit code is not for us.
        func hasEnded() -> Bool {
            Inspection.comesTrue { Inspection.threadNames(of: pid).isEmpty }
        }

        /// The server's process, wherever below the window's shell it is.
        private static func process(using folder: String) -> pid_t? {
            let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return numbers.compactMap { pid_t($0) }.first { pid in
                let line = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))) ?? Data()
                let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
                return words.first?.hasSuffix("/snug-server") == true
                    && words.contains { $0.contains(folder) }
            }
        }
    }

    /// In place of the window's shell: its command ends, and what follows is not quoted any more.
    private static let interactiveShell = "true'; exec bash --norc -i #"

    /// In the foreground; with its log elsewhere; below a shell without jobs; as a job in the background of the shell
    /// that the window belongs to, with its log in the window and elsewhere.
    @Test(
        arguments: [
            (command: "exec SERVER", typed: nil, log: nil), ("exec SERVER 2>LOG", nil, "LOG"),
            ("sh -c \"SERVER 2>LOG; true\"", nil, "LOG"),
            (Self.interactiveShell, "SERVER &", nil), (Self.interactiveShell, "SERVER 2>LOG &", "LOG"),
        ] as [(command: String, typed: String?, log: String?)]
    )
    func whoClosesTheWindowOfAServerEndsItAndMembersAreToldGoodbye(
        command: String,
        typed: String?,
        log: String?
    ) throws {
        let server = try WindowServer(command, typed: typed, log: log)
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        try server.window.close()
        #expect(try aisha.expectEnd() == nil)
        aisha.close()
        #expect(server.hasEnded())
    }

    @Test func aHangUpWhileTheWindowIsThereIsAReload() throws {
        let server = try WindowServer("exec SERVER")
        kill(server.pid, SIGHUP)
        try server.window.expect("reload") { $0.contains { $0.contains("certificate and key reloaded") } }
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        aisha.close()
    }

    /// nohup(1) is how one says so.
    @Test func aServerThatIsToOutliveItsWindowDoesAndStillReloads() throws {
        let server = try WindowServer("exec nohup SERVER >/dev/null 2>LOG", log: "LOG")
        try server.window.close()
        kill(server.pid, SIGHUP)
        #expect(server.logged("certificate and key reloaded"))
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        aisha.close()
        kill(server.pid, SIGTERM)
        #expect(server.hasEnded())
    }

    /// The kernel tells the foreground only.
    @Test func aJobThatWasLeftBehindWithALogOfItsOwnReloads() throws {
        let server = try WindowServer("set -m; SERVER 2>LOG & sleep 0", log: "LOG")
        try server.window.close()
        kill(server.pid, SIGHUP)
        #expect(server.logged("certificate and key reloaded"))
        kill(server.pid, SIGTERM)
        #expect(server.hasEnded())
    }

    /// Nobody can read its log any more, and nobody reads it again.
    @Test func aHangUpEndsAServerWhoseLogWentToATerminalThatIsGone() throws {
        let terminal = try PseudoTerminal()
        let folder = try TemporaryFolder.withCertificates()
        let server = try ChildProcess(
            "/bin/sh",
            [
                "-c", "exec setsid \"$@\" 2>\(terminal.path)", "sh",
                try BuiltPrograms.path(of: "snug-server"), "--port=0",
            ]
                + folder.certificateOptions
        )
        let pid = server.pid
        try #require(Inspection.comesTrue { Inspection.threadNames(of: pid).contains("snug-room-0") })
        close(terminal.window)
        close(terminal.terminal)
        server.signal(SIGHUP)
        #expect(try server.waitForExit() == 0)
    }

    /// What asks another program to open its log again, to show its state or to wake up.
    @Test(arguments: [SIGALRM, SIGIO, SIGPROF, SIGUSR1, SIGUSR2, SIGVTALRM])
    func aSignalThatMeansNothingToAServerDoesNothing(signal: Int32) throws {
        let server = try ServerProcess()
        let aisha = try TestClient(.tls, port: server.port, name: "aisha")
        server.process.signal(signal)
        let ben = try TestClient(.tls, port: server.port, name: "ben")
        try aisha.expect("* ben joined the chat *")
        aisha.close()
        ben.close()
        #expect(try server.stop() == 0)
    }
}
