// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// Sockets that a service manager has opened for this process.
@Suite(.timeLimit(.minutes(30))) struct PassedSocketTests {
    private static let own = String(getpid())

    /// A socket at a free port of this machine, whose number is the caller's to close.
    private static func openSocket(
        _ type: __socket_type = SOCK_STREAM,
        listens: Bool = true
    ) throws -> Int32 {
        let number = socket(AF_INET, Int32(type.rawValue), 0)
        try SocketAddress.loopback(port: 0).bind(number)
        if listens { try #require(listen(number, 1) == 0) }
        return number
    }

    private static func pass(
        _ number: Int32,
        names: String? = "tls",
        count: String = "1",
        process: String? = own
    ) throws(PassedSocketError) -> [PassedSocket] {
        try PassedSocket.all(
            named: ["tls", "plain"],
            process: process,
            count: count,
            names: names,
            first: number
        )
    }

    private static func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) != -1 }

    @Test func aSocketIsTakenOnceAcceptsWithoutWaitingAndIsClosedWithItsOwner() throws {
        let number = try Self.openSocket()
        do {
            let passed = try #require(try Self.pass(number).first)
            #expect(passed.name == "tls" && fcntl(number, F_GETFD) == FD_CLOEXEC)
            guard var listener = try ListeningSocket(passed) else {
                Issue.record("it was not there")
                return
            }
            if try ListeningSocket(passed) != nil { Issue.record("it was taken twice") }
            guard case .nobodyWaits = try listener.accept() else {
                Issue.record("somebody has come")
                return
            }
            let client = try OwnedDescriptor.connect(
                to: [.loopback(port: listener.address.port)],
                timeout: .seconds(30)
            )
            guard case .accepted(let accepted, let peer) = try listener.accept() else {
                Issue.record("nobody has come")
                return
            }
            #expect(peer.isLoopback)
            accepted.close()
            client.close()
        }
        #expect(!Self.isOpen(number))
    }

    @Test(arguments: [nil, "1", "", "me"])
    func whatIsMeantForAnotherProcessIsLeftAlone(process: String?) throws {
        let number = try Self.openSocket()
        #expect(try Self.pass(number, process: process).isEmpty)
        #expect(close(number) == 0)
    }

    @Test func whatDoesNotListenForTCPIsRefusedAndNotClosed() throws {
        let folder = try TemporaryFolder()
        let unix = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(try UnixAddress(folder.path("socket")).withSystemAddress { bind(unix, $0, $1) } == 0)
        try #require(listen(unix, 1) == 0)
        let others = [
            try Self.openSocket(listens: false), try Self.openSocket(SOCK_DGRAM, listens: false), unix,
            open("/dev/null", O_RDWR),
        ]
        for number in others {
            #expect(throws: PassedSocketError.notListening("tls")) { try Self.pass(number) }
            #expect(close(number) == 0)
        }
        #expect(throws: PassedSocketError.notListening("tls")) { try Self.pass(1_000_000) }
    }

    @Test(arguments: [nil, "", "snug-server.socket", "TLS", ":tls"])
    func aNameThatMeansNothingIsRefusedRatherThanGuessed(names: String?) throws {
        let number = try Self.openSocket()
        let name = names?.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        let error = PassedSocketError.unknownName(name, known: ["tls", "plain"])
        #expect(throws: error) { try Self.pass(number, names: names) }
        #expect(error.hint.contains("FileDescriptorName=tls, or FileDescriptorName=plain"))
        #expect(close(number) == 0)
    }

    @Test(arguments: ["-1", "", "one", "257", "99999999999999999999"])
    func aCountThatIsNoneIsRefused(count: String) {
        #expect(throws: PassedSocketError.countMakesNoSense(count)) { try Self.pass(1_000_000, count: count) }
    }
}
