// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// A process that has confined itself tries what it must not do, each time in a process of its own.
@Suite(.enabled(if: KernelSupport.canFilterCalls, "needs a kernel with seccomp, and no sanitizer"))
struct ConfinementTests {
    private static let hasLandlock = KernelSupport.landlockVersion > 0
    private static let whyNot: Comment = "this kernel has no Landlock"

    // MARK: Files

    @Test(.enabled(if: hasLandlock, whyNot))
    func onlyWhatIsToldIsReadAndNothingIsWritten() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("mine".utf8), to: "mine", mode: 0o600)
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            var confinement = Confinement()
            confinement.mayRead(again: "\(path)/mine")
            let outcome = confinement.apply()
            #expect(outcome.lack == nil)
            #expect(code { opening("\(path)/mine", O_RDONLY) } == 0)
            #expect(code { opening("\(path)/mine", O_WRONLY) } == EACCES)
            #expect(code { opening("\(path)/new", O_WRONLY | O_CREAT) } == EACCES)
            #expect(
                code { Int(truncate("\(path)/mine", 0)) } == (outcome.landlockVersion ?? 0 < 3 ? 0 : EACCES)
            )
            #expect(code { Int(unlink("\(path)/mine")) } == EACCES)
            for other in ["/etc/passwd", "/", "/proc/self/mem", "/proc/1/status", "/bin/sh"] {
                #expect(code { opening(other, O_RDONLY) } == EACCES, "\(other)")
            }
        }
    }

    /// As history does.
    @Test(.enabled(if: hasLandlock, whyNot))
    func whatIsKeptIsMadeWrittenAndTakenAwayInItsFolderAlone() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        try #require(mkdir("\(path)/history", 0o700) == 0)
        await #expect(processExitsWith: .success) { [path = path as String] in
            var confinement = Confinement()
            confinement.mayKeep("\(path)/history/file")
            _ = confinement.apply()
            for name in ["file", "file-wal"] {
                let place = "\(path)/history/\(name)"
                #expect(code { opening(place, O_RDWR | O_CREAT) } == 0)
                #expect(code { opening(place, O_RDWR | O_TRUNC) } == 0)
                #expect(code { Int(unlink(place)) } == 0)
            }
            #expect(code { opening("\(path)/history", O_RDONLY | O_DIRECTORY) } == 0)
            #expect(code { opening("\(path)/file", O_RDWR | O_CREAT) } == EACCES)
            #expect(code { Int(mkdir("\(path)/history/folder", 0o700)) } == EACCES)
            #expect(code { Int(symlink("/etc", "\(path)/history/link")) } == EACCES)
        }
    }

    /// As the control socket is, and a file that a check has made.
    @Test(.enabled(if: hasLandlock, whyNot))
    func whatIsOnlyTakenAwayOrOnlyWrittenIsNotRead() async throws {
        let folder = try TemporaryFolder()
        for name in ["gone", "written"] { try folder.write(Array("x".utf8), to: name, mode: 0o600) }
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            var confinement = Confinement()
            confinement.mayRemove("\(path)/gone")
            confinement.mayWrite(to: "\(path)/written")
            _ = confinement.apply()
            #expect(code { opening("\(path)/gone", O_RDONLY) } == EACCES)
            #expect(code { Int(unlink("\(path)/gone")) } == 0)
            #expect(code { opening("\(path)/written", O_RDONLY) } == EACCES)
            #expect(code { opening("\(path)/written", O_WRONLY | O_APPEND) } == 0)
        }
    }

    /// certbot's live/NAME/fullchain.pem leads to ../../archive/NAME/fullchain1.pem, and later to fullchain2.pem.
    @Test(.enabled(if: hasLandlock, whyNot))
    func whatALinkLeadsToLaterIsReadInTheFolderWhereItLeadsNow() async throws {
        let folder = try TemporaryFolder()
        for name in ["live", "archive", "elsewhere"] { try #require(mkdir(folder.path(name), 0o700) == 0) }
        for name in ["archive/1", "archive/2", "elsewhere/3"] {
            try folder.write(Array("pem".utf8), to: name, mode: 0o600)
        }
        for number in 1...3 {
            let target = number < 3 ? "../archive/\(number)" : "../elsewhere/3"
            try #require(symlink(target, folder.path("live/\(number)")) == 0)
        }
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            var confinement = Confinement()
            // From the working directory, as people give it.
            #expect(chdir(path) == 0)
            confinement.mayRead(again: "live/1")
            _ = confinement.apply()
            #expect(code { opening("live/1", O_RDONLY) } == 0)
            #expect(code { opening("live/2", O_RDONLY) } == 0)
            #expect(code { opening("live/3", O_RDONLY) } == EACCES)
        }
    }

    /// With an empty list of users in place of one that cannot be read, every file would seem to be a secret.
    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func aGroupThatNobodyHasAskedForBeforeIsNotTakenForAnEmptyOne() async throws {
        let folder = try TemporaryFolder()
        for (name, group) in [("known", gid_t(65_534)), ("unknown", 65_533)] {
            try folder.write(Array("secret".utf8), to: name, mode: 0o640)
            try #require(chown(folder.path(name), 0, group) == 0)
        }
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            func fault(_ name: String) -> FileFault? {
                do throws(FileFault) {
                    _ = try InputFile(path: "\(path)/\(name)", limitBytes: 100, protection: .secret)
                    return nil
                } catch { return error }
            }
            let before = fault("known")
            guard case .openToUsers = before else {
                Issue.record("\(before.debugDescription)")
                return
            }
            var confinement = Confinement()
            confinement.mayRead(again: "\(path)/known")
            _ = confinement.apply()
            guard case .openToUsers = fault("known") else {
                Issue.record("what was known is forgotten")
                return
            }
            #expect(fault("unknown") == .openToUnknownGroup(groupID: 65_533, .any))
        }
    }

    // MARK: Everything else

    @Test func nobodyIsConnectedToAndWhoeverConnectsIsAccepted() async {
        await #expect(processExitsWith: .success) {
            let (listener, address) = try listeningSocket()
            let (early, late) = (socket(AF_INET, stream, 0), socket(AF_INET, stream, 0))
            #expect(connected(early, to: address) == 0)
            _ = Confinement().apply()
            #expect(code { Int(socket(AF_INET, stream, 0)) } == EPERM)
            #expect(code { Int(socket(AF_UNIX, stream, 0)) } == EPERM)
            #expect(code { connected(late, to: address) } == EPERM)
            #expect(code { sent(by: late, to: address, Int32(MSG_FASTOPEN)) } == EPERM)
            #expect(code { bound(late) } == EPERM)
            let accepted = accept(listener, nil, nil)
            #expect(accepted >= 0)
            #expect(send(accepted, "hello", 5, Int32(MSG_NOSIGNAL)) == 5)
            var bytes = [UInt8](repeating: 0, count: 8)
            #expect(recv(early, &bytes, bytes.count, 0) == 5)
            // To listen no more and to be an ordinary socket again opens no way out.
            #expect(shutdown(listener, Int32(SHUT_RDWR)) == 0)
            #expect(code { connected(listener, to: address) } == EPERM)
        }
    }

    @Test(.enabled(if: KernelSupport.landlockVersion >= 4, "this kernel's Landlock knows no connections"))
    func whoGoesOnConnectingDoesSoToThePortsThatWereToldAndAcceptsNoOthers() async {
        await #expect(processExitsWith: .success) {
            let ((_, told), (_, other)) = (try listeningSocket(), try listeningSocket())
            var confinement = Confinement()
            confinement.mayConnect(to: [UInt16(bigEndian: told.sin_port)])
            _ = confinement.apply()
            #expect(code { connected(socket(AF_INET, stream, 0), to: told) } == 0)
            #expect(code { connected(socket(AF_INET, stream, 0), to: other) } == EACCES)
            #expect(code { bound(socket(AF_INET, stream, 0)) } == EPERM)
        }
    }

    /// DHCP puts another file in the place of /etc/resolv.conf, of which a rule for the first one says nothing.
    @Test(.enabled(if: hasLandlock, whyNot))
    func whoGoesOnConnectingReadsWhateverComesToStandInThePlaceOfWhatNamesAreLookedUpIn() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("secret".utf8), to: "key", mode: 0o600)
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            var confinement = Confinement()
            confinement.mayConnect(to: [4_222])
            let outcome = confinement.apply()
            #expect(outcome.sentence?.contains("reads only in /etc") == true)
            // Neither was told of by its name.
            for place in ["/etc/passwd", "/etc/group"] { #expect(code { opening(place, O_RDONLY) } == 0) }
            #expect(code { opening("\(path)/key", O_RDONLY) } == EACCES)
            #expect(code { opening("/etc/passwd", O_WRONLY) } == EACCES)
        }
    }

    /// If one of the two is missing, the other holds.
    @Test(.enabled(if: KernelSupport.landlockVersion >= 4, "this kernel's Landlock knows no connections"))
    func nobodyIsConnectedToByLandlockAlone() async {
        await #expect(processExitsWith: .success) {
            let (_, address) = try listeningSocket()
            let late = socket(AF_INET, stream, 0)
            try FileRules().apply()
            #expect(code { connected(late, to: address) } == EACCES)
            #expect(code { bound(late) } == EACCES)
        }
    }

    @Test func noProgramAndNoProcessIsStarted() async {
        await #expect(processExitsWith: .success) {
            _ = Confinement().apply()
            var process = pid_t()
            var words: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
            #expect(posix_spawn(&process, "/bin/true", nil, nil, &words, nil) == EPERM)
            #expect(try called("fork") == EPERM)
            typealias Execute =
                @convention(c) (UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32
            let execute = unsafeBitCast(try symbol("execve"), to: Execute.self)
            #expect(code { Int(execute("/bin/true", words, nil)) } == EPERM)
        }
    }

    @Test func noOtherProcessIsLookedIntoOrSignalled() async {
        await #expect(processExitsWith: .success) {
            _ = Confinement().apply()
            typealias Trace = @convention(c) (Int, Int, Int, Int) -> Int
            let trace = unsafeBitCast(try symbol("ptrace"), to: Trace.self)
            let attach = 16
            #expect(code { trace(attach, Int(getppid()), 0, 0) } == EPERM)
            #expect(try called("process_vm_readv") == EPERM)
            for target in [getppid(), 1, 0, -1] {
                #expect(code { Int(kill(target, 0)) } == EPERM, "\(target)")
            }
            // A reload that was asked for is a signal to itself.
            #expect(kill(getpid(), 0) == 0)
            #expect(raise(0) == 0)
        }
    }

    @Test func noMemoryBecomesCode() async {
        await #expect(processExitsWith: .success) {
            let memory = MAP_PRIVATE | MAP_ANONYMOUS
            let early = mmap(nil, 4_096, PROT_READ | PROT_WRITE, memory, -1, 0)
            _ = Confinement().apply()
            #expect(code { Int(mprotect(early, 4_096, PROT_READ | PROT_EXEC)) } == EPERM)
            #expect(mmap(nil, 4_096, PROT_READ | PROT_EXEC, memory, -1, 0) == MAP_FAILED)
            #expect(errno == EPERM)
            #expect(mmap(nil, 4_096, PROT_READ | PROT_WRITE, memory, -1, 0) != MAP_FAILED)
        }
    }

    @Test(arguments: [
        "mount", "umount2", "unshare", "setns", "chroot", "setuid", "setgid", "reboot", "perf_event_open",
        "swapon",
    ])
    func theMachineAndOtherUsersAreOutOfReach(call: String) async {
        await #expect(processExitsWith: .success) { [call = call as String] in
            _ = Confinement().apply()
            let outcome = try call == "perf_event_open" ? numbered(SYS_perf_event_open) : called(call)
            #expect(outcome == EPERM)
        }
    }

    @Test func newPrivilegesAreGivenUpAndThreadsStartConfined() async {
        await #expect(processExitsWith: .success) {
            let codes = Lock<[Int32]>([])
            _ = Confinement().apply()
            let thread = try RunningThread(name: "later") {
                let codesThere = [
                    code { opening("/etc/passwd", O_RDONLY) }, code { Int(socket(AF_INET, stream, 0)) },
                ]
                codes.withLock { $0 = codesThere }
            }
            thread.join()
            let expected = [KernelSupport.landlockVersion > 0 ? EACCES : 0, EPERM]
            codes.withLock { #expect($0 == expected) }
            typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
            let control = unsafeBitCast(try symbol("prctl"), to: Control.self)
            #expect(control(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        }
    }

    // MARK: What is said of it

    @Test func whatHoldsIsOneSentenceAndWhatDoesNotAnother() {
        var outcome = Confinement.Outcome(reading: ["/etc/snug"], keeping: ["/var/lib/snug"])
        outcome.lacking = ["its files, because of this", "its system calls, because of that"]
        #expect(outcome.sentence == nil)
        #expect(
            outcome.lack
                == "the server is not confined in its files, because of this, nor in its system calls, because of that"
        )
        outcome.lacking = []
        outcome.landlockVersion = 7
        outcome.hasFilter = true
        #expect(
            outcome.sentence
                == "confined by Landlock 7 and seccomp: reads only in /etc/snug, reads and writes only in "
                + "/var/lib/snug; runs no program, opens no connection, looks into no process"
        )
        #expect(outcome.lack == nil)
    }
}

private let stream = Int32(SOCK_STREAM.rawValue)

/// The error number of what has failed with -1; else 0.
private func code(_ call: () -> Int) -> Int32 {
    errno = 0
    return call() == -1 ? errno : 0
}

private func opening(_ path: String, _ flags: Int32) -> Int {
    let number = open(path, flags, 0o600)
    if number >= 0 { close(number) }
    return Int(number)
}

private func symbol(_ name: String) throws -> UnsafeMutableRawPointer { try #require(dlsym(nil, name)) }

/// The error number of a function of the C library that Swift does not import, called with nothing.
private func called(_ name: String) throws -> Int32 {
    typealias Function = @convention(c) (Int, Int, Int, Int, Int, Int) -> Int32
    let function = unsafeBitCast(try symbol(name), to: Function.self)
    return code { Int(function(0, 0, 0, 0, 0, 0)) }
}

private func numbered(_ call: Int32) -> Int32 {
    typealias SystemCall = @convention(c) (Int, Int, Int, Int, Int, Int) -> Int
    guard let symbol = dlsym(nil, "syscall") else { return 0 }
    return code { unsafeBitCast(symbol, to: SystemCall.self)(Int(call), 0, 0, 0, 0, 0) }
}

/// A socket of this machine that listens, and where.
private func listeningSocket() throws -> (Int32, sockaddr_in) {
    let listener = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(listener, address, length) == 0 && listen(listener, 8) == 0
                && getsockname(listener, address, &length) == 0
        }
    }
    try #require(isListening)
    return (listener, address)
}

private func connected(_ socket: Int32, to address: sockaddr_in) -> Int {
    withSystemAddress(address) { Int(connect(socket, $0, $1)) }
}

private func bound(_ socket: Int32) -> Int {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    return withSystemAddress(address) { Int(bind(socket, $0, $1)) }
}

private func sent(by socket: Int32, to address: sockaddr_in, _ flags: Int32) -> Int {
    withSystemAddress(address) { sendto(socket, "x", 1, flags | Int32(MSG_NOSIGNAL), $0, $1) }
}

private func withSystemAddress(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int)
    -> Int
{
    withUnsafePointer(to: address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
