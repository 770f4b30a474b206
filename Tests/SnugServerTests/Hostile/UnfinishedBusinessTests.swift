// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Peers who begin something and drag it out, break it off or go in the middle of it.
@Suite(.timeLimit(.minutes(30))) struct UnfinishedBusinessTests {
    /// Far below what a deadline that moves would come to, and far above a busy machine's delays.
    private static let soon = Duration.seconds(20)

    // MARK: Dragged out

    @Test func aHelloThatComesByteByByteIsGoneByTheDeadline() throws {
        try withServer({ $0.limits.authenticationTimeout = .seconds(1) }) { running in
            let start = MonotonicTime.now
            let peer = try SilentPeer(port: running.port(.tls))
            for byte in CraftedHello.tls13.records.dropLast() where !peer.hasAnswer(within: .milliseconds(20))
            {
                try peer.send([byte])
            }
            try peer.expectEnd()
            #expect(start.duration(to: .now) < Self.soon)
            try running.expectLog("no accepted name within 1 s")
        }
    }

    @Test(arguments: TransportKind.allCases, ["passphrase", "name"])
    func aPassphraseOrNameThatComesByteByByteMovesNoDeadline(kind: TransportKind, what: String) throws {
        let passphrase = what == "passphrase" ? "open sesame" : nil
        try withServer(passphrase: passphrase, { $0.limits.authenticationTimeout = .seconds(1) }) { running in
            let start = MonotonicTime.now
            let client = try TestClient(kind, port: running.port(kind))
            try client.send(raw: [0, 0, 0x20, 0])
            // Byte by byte it would take three minutes.
            #expect(try isCutOff(client, sending: repeatElement([65], count: 8_191)))
            #expect(start.duration(to: .now) < Self.soon)
            try running.expectLog("no accepted name within 1 s")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aLineThatComesByteByByteMovesNoDeadline(kind: TransportKind) throws {
        try withServer({ $0.limits.frameTimeout = .milliseconds(400) }) { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let dripper = try TestClient(kind, port: running.port(kind), name: "dripper")
            try witnesses.expect("* dripper joined the chat *")
            try dripper.send(raw: [0, 0, 0x20, 0])
            #expect(try isCutOff(dripper, sending: repeatElement([65], count: 8_191)))
            try witnesses.expect("* dripper left *")
            try running.expectLog("an incomplete frame for")
            try witnesses.expectToSeeNothingElse()
        }
    }

    /// Sends a piece every 20 ms; returns whether the server ended the connection first.
    private func isCutOff(_ client: TestClient, sending pieces: some Sequence<[UInt8]>) throws -> Bool {
        var entries = [Polling.Entry(client.connection.descriptor ?? -1, for: .readable)]
        for piece in pieces {
            Polling.wait(for: &entries, until: .now + .milliseconds(20))
            guard entries[0].readiness.isEmpty else { return true }
            try client.send(raw: piece)
        }
        return false
    }

    // MARK: Broken off

    @Test func whoSaysNoMoreInMidHandshakeIsGoneAtOnce() throws {
        try withServer { running in
            let hello = CraftedHello.tls13.records
            for length in [0, 5, 40, hello.count] {
                let start = MonotonicTime.now
                let peer = try SilentPeer(port: running.port(.tls))
                try peer.send(Array(hello.prefix(length)))
                peer.finish()
                try peer.expectEnd()
                #expect(start.duration(to: .now) < Self.soon, "\(length) bytes")
            }
            try Witnesses(port: running.port(.tls)).expectToSeeNothingElse()
        }
    }

    @Test(arguments: TransportKind.allCases, [[], [0, 0, 0, 11], [0, 0, 0, 11, 111]] as [[UInt8]])
    func whoSaysNoMoreBeforeThePassphraseIsGoneAtOnce(kind: TransportKind, beginning: [UInt8]) throws {
        try withServer(passphrase: "open sesame") { running in
            let start = MonotonicTime.now
            let client = try TestClient(kind, port: running.port(kind))
            if !beginning.isEmpty { try client.send(raw: beginning) }
            try client.finish()
            try client.expectEnd()
            #expect(start.duration(to: .now) < Self.soon)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aResetInMidFrameIsToldOnceAndNothingOfTheFrameIsShown(kind: TransportKind) throws {
        try withServer { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            for number in 1...5 {
                let guest = try TestClient(kind, port: running.port(kind), name: "guest\(number)")
                try witnesses.expect("* guest\(number) joined the chat *")
                try guest.send(raw: [0, 0, 0, 100] + [UInt8](repeating: 65, count: 50))
                guest.connection.reset()
                try witnesses.expect("* guest\(number) left *")
            }
            try witnesses.expectToSeeNothingElse()
        }
    }

    @Test(arguments: TransportKind.allCases)
    func whoeverGetsTheDescriptorOfOneThatLeftIsNotEndedInItsPlace(kind: TransportKind) throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.loops = 1
            $0.limits.lineRate = .unlimited
        }
        try withServer(configure) { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            var guest = try TestClient(kind, port: running.port(kind), name: "guest0")
            try witnesses.expect("* guest0 joined the chat *")
            for number in 1...100 {
                // The quit, the end and the next one's beginning may all come in one turn.
                try guest.send("/quit")
                guest.close()
                guest = try TestClient(kind, port: running.port(kind))
                try guest.send("guest\(number)")
                try guest.send("here")
                let seen = try (0..<3).map { _ in try witnesses.next() }
                #expect(
                    Set(seen) == [
                        "* guest\(number - 1) left *", "* guest\(number) joined the chat *",
                        "guest\(number): here",
                    ]
                )
            }
        }
    }

    // MARK: Many

    @Test(arguments: TransportKind.allCases)
    func strangersTakeUpNoMorePlacesThanThereAreForThem(kind: TransportKind) throws {
        try withServer({ $0.limits.strangers = 5 }) { running in
            let witnesses = try Witnesses(port: running.port(kind), kind)
            let crowd = try (0..<20).map { _ in try SilentPeer(port: running.port(kind)) }
            let deadline = MonotonicTime.now + .seconds(60)
            var nothing: [Polling.Entry] = []
            while crowd.count(where: { $0.hasAnswer() }) < 15, MonotonicTime.now < deadline {
                Polling.wait(for: &nothing, until: .now + .milliseconds(5))
            }
            #expect(crowd.count { $0.hasAnswer() } >= 15, "all but five are closed")
            try witnesses.expectToSeeNothingElse()
            for peer in crowd { peer.close() }
        }
    }
}
