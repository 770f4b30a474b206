// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// A socket at a path, which other users must neither reach nor replace.
@Suite(.timeLimit(.minutes(30))) struct UnixSocketTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func fault(_ path: String) -> UnixSocketFault? {
        #expect(throws: UnixSocketFault.self) { _ = try UnixListeningSocket(path: path) }
    }

    /// A socket that nobody listens at any more, as a server leaves it that was killed.
    private func leaveDeadSocket(at path: String) throws {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        try #require(try UnixAddress(path).withSystemAddress { bind(number, $0, $1) } == 0)
    }

    @Test func whoConnectsIsKnownByUserAndProcessAndTheFileIsForItsUserAlone() throws {
        let path = folder.path("control")
        let listener = try UnixListeningSocket(path: path)
        #expect(try folder.mode(of: "control") == 0o600)
        if try listener.accept() != nil { Issue.record("nobody has connected yet") }
        let connection = try UnixConnection(path: path, patience: .seconds(5))
        guard let accepted = try listener.accept() else {
            Issue.record("nobody was accepted")
            return
        }
        let process = try PeerProcess(peerOf: accepted.number)
        #expect(process == PeerProcess(userID: geteuid(), processID: getpid()))
        #expect(process.isTrusted && connection.peer == process)
        #expect(!PeerProcess(userID: geteuid() + 1, processID: 1).isTrusted)
        #expect(PeerProcess(userID: 0, processID: 1).isTrusted)
    }

    @Test func thePathIsGoneWithItsOwnerAndNobodyElsesIsTaken() throws {
        let path = folder.path("control")
        do {
            let listener = try UnixListeningSocket(path: path)
            #expect(try folder.entries() == ["control"])
            withExtendedLifetime(listener.path) {}
        }
        #expect(try folder.entries() == [])
        do {
            let listener = try UnixListeningSocket(path: path)
            #expect(unlink(path) == 0)
            try folder.write([1], to: "control", mode: 0o600)
            withExtendedLifetime(listener.path) {}
        }
        #expect(try folder.content(of: "control") == [1])
    }

    @Test func whatADeadServerLeftIsReplacedAndALivingOneIsNot() throws {
        let path = folder.path("control")
        try leaveDeadSocket(at: path)
        let listener = try UnixListeningSocket(path: path)
        #expect(fault(path) == .inUse)
        _ = try UnixConnection(path: path, patience: .seconds(5))
        withExtendedLifetime(listener.path) {}
    }

    /// However many start at once, one has the path and the others say that it is in use.
    @Test func ofManyThatStartAtOnceOneHasThePath() throws {
        let path = folder.path("control")
        for _ in 0..<20 {
            try leaveDeadSocket(at: path)
            let outcomes = Lock<[UnixSocketFault?]>([])
            let gate = Lock(false)
            let threads = try (0..<4).map { _ in
                try RunningThread(name: "starter") {
                    do throws(UnixSocketFault) {
                        let listener = try UnixListeningSocket(path: path)
                        outcomes.withLock { $0.append(nil) }
                        while !gate.withLock({ $0 }) { sched_yield() }
                        withExtendedLifetime(listener.path) {}
                    } catch { outcomes.withLock { $0.append(error) } }
                }
            }
            while outcomes.withLock({ $0.count }) < 4 { sched_yield() }
            gate.withLock { $0 = true }
            for thread in threads { thread.join() }
            #expect(outcomes.withLock { $0.filter { $0 == nil }.count } == 1)
            #expect(outcomes.withLock { $0.filter { $0 == .inUse }.count } == 3)
            #expect(try folder.entries() == [])
        }
    }

    @Test func whatIsNoSocketIsLeftAlone() throws {
        let file = try folder.write([7], to: "file", mode: 0o600)
        #expect(symlink("\(folder.path)/nowhere", folder.path("link")) == 0)
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(mkdir(folder.path("folder"), 0o700) == 0)
        for path in [file, folder.path("link"), folder.path("pipe"), folder.path("folder")] {
            #expect(fault(path) == .otherFile, "\(path)")
        }
        #expect(try folder.content(of: "file") == [7])
        #expect(try folder.entries() == ["file", "folder", "link", "pipe"])
    }

    @Test func aPathThatTheSystemCannotTakeIsRefusedBeforeAnythingIsMade() throws {
        let long = folder.path(String(repeating: "x", count: 108 - folder.path.utf8.count - 1))
        #expect(fault(long) == .pathTooLong(limitBytes: 107))
        #expect(fault("") == .pathIsEmpty)
        let longest = String(long.dropLast())
        let listener = try UnixListeningSocket(path: longest)
        _ = try UnixConnection(path: longest, patience: .seconds(5))
        withExtendedLifetime(listener.path) {}
        #expect(try folder.entries().count == 1)
    }

    @Test func aFolderThatIsMissingOrThatOthersCanChangeIsRefused() throws {
        let file = try folder.write([7], to: "file", mode: 0o600)
        #expect(fault("\(file)/control") == .folder(path: file, .notFolder))
        let missing = folder.path("missing")
        #expect(fault("\(missing)/control") == .folder(path: missing, .missing))
        let open = folder.path("open")
        #expect(mkdir(open, 0o700) == 0)
        for mode in [mode_t(0o777), 0o772, 0o707] {
            #expect(chmod(open, mode) == 0)
            #expect(
                fault("\(open)/control") == .folder(path: open, .openToEverybody(mode: UInt32(mode), .change))
            )
        }
        // Others may put files there, but not replace this one.
        for mode in [mode_t(0o1777), 0o755, 0o700] {
            #expect(chmod(open, mode) == 0)
            let listener = try UnixListeningSocket(path: "\(open)/control")
            withExtendedLifetime(listener.path) {}
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder to somebody else"))
    func aFolderOfSomebodyElseIsRefusedStickyOrNot() throws {
        let path = folder.path("theirs")
        #expect(mkdir(path, 0o755) == 0 && chown(path, 4_711, 0) == 0)
        for mode in [mode_t(0o755), 0o1777] {
            #expect(chmod(path, mode) == 0)
            #expect(fault("\(path)/control") == .folder(path: path, .foreignOwner(userID: 4_711)))
        }
    }

    @Test func nobodyWaitsForAServerThatDoesNotAccept() throws {
        let path = folder.path("control")
        let listener = try UnixListeningSocket(path: path)
        let connection = try UnixConnection(path: path, patience: .seconds(1))
        let error = #expect(throws: SystemError.self) { _ = try connection.read(atMost: 1) }
        #expect(error?.isTimeout == true)
        withExtendedLifetime(listener.path) {}
        let none = #expect(throws: UnixSocketFault.self) {
            _ = try UnixConnection(path: folder.path("none"), patience: .seconds(1))
        }
        guard case .system(let reason)? = none else {
            Issue.record("\(String(describing: none))")
            return
        }
        #expect(reason.isNobodyThere)
    }
}
