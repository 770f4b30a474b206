// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Strangers whose first words are wrong: each gets an alert or an ordinary answer, and nobody else notices.
@Suite(.timeLimit(.minutes(30))) struct HelloAttackTests {
    private typealias Extension = CraftedHello.ExtensionType

    // MARK: Fragments and sizes

    @Test func aHelloInPiecesOfOneByteIsAnsweredLikeAWholeOne() throws {
        try withWitnesses { running, _ in
            let pieces = CraftedHello.records(of: CraftedHello.tls13.message, fragmentBytes: 1)
            let answer = try serverHello(running, pieces)
            #expect(answer.cipherSuite == [0x13, 0x02])
        }
    }

    @Test func aLongHelloInPiecesOfOneByteEndsAt64KiB() throws {
        try withWitnesses { running, _ in
            var hello = CraftedHello.tls13
            hello.extensions.append((Extension.padding, [UInt8](repeating: 0, count: 12_000)))
            let peer = try SilentPeer(port: running.port(.tls))
            try peer.send(CraftedHello.records(of: hello.message, fragmentBytes: 1))
            #expect(try !isServerHello(HelloAnswer(peer.expectEnd())))
            try running.expectLog("more than 65536 bytes of handshake")
        }
    }

    @Test func aHelloOfSixtyKilobytesIsAnswered() throws {
        try withWitnesses { running, _ in
            var padded = CraftedHello.tls13
            padded.extensions.append((Extension.padding, [UInt8](repeating: 0, count: 60_000)))
            let answerToPadded = try serverHello(running, padded.records)
            #expect(answerToPadded.cipherSuite == [0x13, 0x02])
            var crowded = CraftedHello.tls13
            crowded.extensions += (0..<15_000).map { (0x1000 + $0, []) }
            let answerToCrowded = try answer(running, crowded.records)
            #expect(isAnswered(answerToCrowded))
        }
    }

    // MARK: Damage

    @Test func aHelloThatBreaksOffAnywhereGetsAnAlert() throws {
        try withWitnesses { running, _ in
            let body = CraftedHello.tls13.message.dropFirst(4)
            for length in 0..<body.count {
                let message = [1] + CraftedHello.counted(Array(body.prefix(length)), lengthBytes: 3)
                guard case .alert = try answer(running, CraftedHello.record(22, message)) else {
                    Issue.record("a body of \(length) bytes")
                    continue
                }
            }
        }
    }

    @Test func aHelloWhoseEndNeverComesLeavesNothingBehind() throws {
        try withWitnesses { running, witnesses in
            let hello = CraftedHello.tls13.records
            for length in 0..<hello.count {
                #expect(try answer(running, Array(hello.prefix(length))) == .nothing)
            }
            try witnesses.expectToSeeNothingElse()
        }
    }

    @Test(arguments: [0x01, 0x80, 0xFF] as [UInt8])
    func aHelloWithAnyByteChangedIsAnsweredOrRefusedAndNothingElse(change: UInt8) throws {
        try withWitnesses { running, _ in
            let hello = CraftedHello.tls13.records
            // With a greater length it would wait for more, and a header that cannot be one has its own test.
            for position in [0, 2] + (9..<hello.count) {
                var changed = hello
                changed[position] ^= change
                let answer = try answer(running, changed)
                #expect(isAnswered(answer), "byte \(position): \(answer)")
            }
        }
    }

    // MARK: What must not be agreed on

    @Test(arguments: [[3, 0], [3, 1], [3, 2], [3, 3]] as [[UInt8]])
    func anOldProtocolIsRefusedByItsAlert(version: [UInt8]) throws {
        try withWitnesses { running, _ in
            var hello = CraftedHello.tls12
            hello.legacyVersion = version
            let answer = try answer(running, hello.records)
            // protocol_version (RFC 8446 section 6.2)
            #expect(answer == .alert(70))
        }
    }

    @Test func anSSL2HelloNeverReachesTheLibrary() throws {
        try withWitnesses { running, _ in
            let hello: [UInt8] =
                [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10] + [UInt8](repeating: 7, count: 37)
            #expect(try answer(running, hello) == .alert(10))
            try running.expectLog("no TLS on the TLS port")
        }
    }

    /// No encryption, no authentication, export grade, RC4, 3DES, CBC, RSA key exchange, finite-field DHE.
    @Test(
        arguments: [
            0x0000, 0x0002, 0xC010, 0x0018, 0x0034, 0xC018, 0x0003, 0x0008, 0x0005, 0xC007, 0x000A, 0xC012,
            0x002F, 0xC009, 0xC013, 0x009C, 0x009D, 0x009E, 0x00A8,
        ] as [UInt16]
    )
    func aWeakSuiteIsRefusedEvenWhereTLS12IsAllowed(suite: UInt16) throws {
        try withWitnesses(.compat) { running, _ in
            var hello = CraftedHello.tls12
            hello.cipherSuites = [suite]
            let answer = try answer(running, hello.records)
            // handshake_failure
            #expect(answer == .alert(40))
        }
    }

    @Test func whoIsTalkedDownToAnOlderTLSCanTell() throws {
        try withWitnesses(.compat) { running, _ in
            let older = try serverHello(running, CraftedHello.tls12.records)
            // RFC 8446 section 4.1.3: the last eight bytes of the server's random.
            #expect(older.random.suffix(8) == Array("DOWNGRD".utf8) + [1])
            var fallback = CraftedHello.tls12
            fallback.cipherSuites.append(0x5600)
            // inappropriate_fallback (RFC 7507 section 3).
            let answer = try answer(running, fallback.records)
            #expect(answer == .alert(86))
        }
    }

    @Test func compressionIsNeverAgreedOn() throws {
        try withWitnesses(.compat) { running, _ in
            var old = CraftedHello.tls12
            old.compressionMethods = [1, 0]
            let answerToOld = try serverHello(running, old.records)
            #expect(answerToOld.compressionMethod == 0)
            var new = CraftedHello.tls13
            new.compressionMethods = [1, 0]
            let answerToNew = try serverHello(running, new.records)
            #expect(answerToNew.compressionMethod == 0)
        }
    }

    @Test func aCertificateIsNeverCompressed() throws {
        let names = (1...200).map { "a-name-that-compresses-well-\($0).example" }
        try withWitnesses { running, _ in
            running.server.reload(try TestAuthority(names: names).serverContext())
            var offering = CraftedHello.tls13
            offering.extensions.append((Extension.compressCertificate, [6, 0, 1, 0, 2, 0, 3]))
            let plain = try flight(running, CraftedHello.tls13.records)
            let offered = try flight(running, offering.records)
            #expect(plain.count > 8_000)
            // Signatures differ by a few bytes in length.
            #expect(abs(plain.count - offered.count) < 16)
        }
    }

    @Test func aHeartbeatIsNeitherAgreedOnNorAnswered() throws {
        try withWitnesses(.compat) { running, _ in
            var hello = CraftedHello.tls12
            hello.extensions.append((Extension.heartbeat, [1]))
            // A request of one byte that claims 16,384 (CVE-2014-0160).
            let probe = CraftedHello.record(24, [1, 0x40, 0])
            let flight = try flight(running, hello.records + probe)
            guard case .serverHello(let answer) = HelloAnswer(flight) else {
                Issue.record("\(HelloAnswer(flight))")
                return
            }
            #expect(!answer.extensions.contains(Extension.heartbeat))
            #expect(!recordTypes(in: flight).contains(24))
            try running.expectLog("a malformed TLS record")
        }
    }

    // MARK: Resuming

    @Test func aForgedTicketIsWorthNothing() throws {
        try withWitnesses(.compat) { running, _ in
            var hello = CraftedHello.tls13
            hello.extensions += Self.forgedTicket
            let newAnswer = try serverHello(running, hello.records)
            #expect(!newAnswer.extensions.contains(Extension.preSharedKey))
            var old = CraftedHello.tls12
            old.extensions.append((Extension.sessionTicket, [UInt8](repeating: 0x77, count: 160)))
            let answer = try serverHello(running, old.records)
            #expect(!answer.extensions.contains(Extension.sessionTicket))
            #expect(answer.sessionID != old.sessionID)
        }
    }

    @Test func noTicketIsEverGiven() throws {
        try withServer { running in
            let received = Lock<[UInt8]>([])
            let client = try TestClient(port: running.port(.tls)) { direction, bytes in
                if direction == .received { received.withLock { $0 += bytes } }
            }
            received.withLock { $0 = [] }
            try client.send("aisha")
            try client.expect("* aisha joined the chat *")
            // The notice alone: a ticket would have come as a record before it.
            #expect(received.withLock { recordTypes(in: $0).count } == 1)
        }
    }

    @Test func earlyDataIsNeverTakenForWhatSomebodySaid() throws {
        try withWitnesses { running, witnesses in
            var hello = CraftedHello.tls13
            hello.extensions.append((Extension.earlyData, []))
            hello.extensions += Self.forgedTicket
            let early: [UInt8] = [0, 0, 0, 7] + Array("mallory".utf8) + [0, 0, 0, 2] + Array("hi".utf8)
            let flight = try flight(running, hello.records + CraftedHello.record(23, early))
            guard case .serverHello(let answer) = HelloAnswer(flight) else {
                Issue.record("\(HelloAnswer(flight))")
                return
            }
            #expect(!answer.extensions.contains(Extension.preSharedKey))
            try witnesses.expectToSeeNothingElse()
        }
    }

    private static var forgedTicket: [(UInt16, [UInt8])] {
        let identity = [UInt8](repeating: 0x77, count: 160)
        let identities = CraftedHello.counted(identity, lengthBytes: 2) + [0, 0, 0, 1]
        let binder = CraftedHello.counted([UInt8](repeating: 0x33, count: 48), lengthBytes: 1)
        return [
            (Extension.pskKeyExchangeModes, [1, 1]),
            (
                // The last of all (RFC 8446 section 4.2.11).
                Extension.preSharedKey,
                CraftedHello.counted(identities, lengthBytes: 2)
                    + CraftedHello.counted(binder, lengthBytes: 2)
            ),
        ]
    }

    // MARK: Floods

    @Test(arguments: [21, 20] as [UInt8])
    func alertsAndChangesOfCipherBeforeAHelloEndTheConnection(type: UInt8) throws {
        try withWitnesses { running, _ in
            let record = CraftedHello.record(type, type == 21 ? [1, 0] : [1])
            #expect(try answer(running, record) == .alert(10))
            try running.expectLog("no TLS on the TLS port")
        }
    }

    /// CVE-2016-8610: each such record cost a server more than its sender.
    @Test(arguments: [21, 20] as [UInt8])
    func aFloodOfThemWithinAHandshakeEndsTheConnectionAt64KiB(type: UInt8) throws {
        try withWitnesses { running, _ in
            let flood = CraftedHello.record(type, type == 21 ? [1, 0] : [1])
            let firstByte = CraftedHello.record(22, [1])
            let peer = try SilentPeer(port: running.port(.tls))
            do {
                try peer.send(firstByte)
                for _ in 0..<100 { try peer.send(Array(repeatElement(flood, count: 1_000).joined())) }
            } catch let error as SystemError where error.isLostConnection {}
            // The kernel may have taken all of it, but the server has not.
            try peer.expectEnd()
            try running.expectLog("did not complete the TLS handshake")
        }
    }

    // MARK: Names

    @Test func noServerNameCanDoAnything() throws {
        let names = [
            "a\0b", String(repeating: "x", count: 255), String(repeating: "x.", count: 8_000), "127.0.0.1",
            "", ".", "x\n192.0.2.7:1 joined as forged", "\u{1B}]0;forged\u{7}", "\u{202E}degrof", "*",
        ]
        try withWitnesses { running, witnesses in
            for name in names.map({ Array($0.utf8) }) + [[0xFF, 0xFE], [0xC0, 0x80]] {
                let entry = [0] + CraftedHello.counted(name, lengthBytes: 2)
                var hello = CraftedHello.tls13
                hello.extensions.insert(
                    (Extension.serverName, CraftedHello.counted(entry, lengthBytes: 2)),
                    at: 0
                )
                #expect(try isAnswered(answer(running, hello.records)), "\(name)")
                // A list and a name that claim more than there is.
                hello.extensions[0].body[1] &+= 1
                #expect(try isAnswered(answer(running, hello.records)), "\(name)")
            }
            try witnesses.expectToSeeNothingElse()
            #expect(!running.log.contains { $0.contains("forged") || $0.contains("degrof") })
        }
    }

    // MARK: -

    /// Runs `body` beside members who chat on while it runs and after it.
    private func withWitnesses(
        _ policy: TLSPolicy = .modern,
        _ body: (RunningServer, Witnesses) throws -> Void
    ) throws {
        try withServer { running in
            let witnesses = try Witnesses(port: running.port(.tls))
            running.server.reload(try TestAuthority.shared.certificate.serverContext(policy: policy))
            try body(running, witnesses)
            try witnesses.expectToChatOn()
        }
    }

    /// Everything that the server sends to someone who sends these bytes and nothing more.
    private func flight(_ running: RunningServer, _ bytes: [UInt8]) throws -> [UInt8] {
        let peer = try SilentPeer(port: running.port(.tls))
        try peer.send(bytes)
        peer.finish()
        return try peer.expectEnd()
    }

    private func answer(_ running: RunningServer, _ bytes: [UInt8]) throws -> HelloAnswer {
        HelloAnswer(try flight(running, bytes))
    }

    private func serverHello(
        _ running: RunningServer,
        _ bytes: [UInt8]
    ) throws -> HelloAnswer.ServerHello {
        let answer = try answer(running, bytes)
        guard case .serverHello(let hello) = answer else {
            throw TestClient.Unexpected(description: "no hello but \(answer)")
        }
        return hello
    }

    private func isServerHello(_ answer: HelloAnswer) -> Bool {
        if case .serverHello = answer { true } else { false }
    }

    private func isAnswered(_ answer: HelloAnswer) -> Bool {
        if case .alert = answer { true } else { isServerHello(answer) }
    }

    private func recordTypes(in bytes: [UInt8]) -> [UInt8] {
        var types: [UInt8] = []
        var header = 0
        while header + 4 < bytes.count {
            types.append(bytes[header])
            header += 5 + Int(bytes[header + 3]) << 8 + Int(bytes[header + 4])
        }
        return types
    }
}
