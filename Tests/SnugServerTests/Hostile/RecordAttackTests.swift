// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// Members whose records no ordinary TLS library would make: what is right is read, whatever else ends their stay.
@Suite(.timeLimit(.minutes(30))) struct RecordAttackTests {
    private typealias Content = ForgingMember.Content

    // MARK: Odd, but right

    @Test func recordsOfOneByteAreReadLikeAnyOther() throws {
        try withMallory { mallory, witnesses, _ in
            let lines = (0..<40).map { "\($0) " + String(repeating: "x", count: 400 - "\($0)".count) }
            for line in lines {
                let bytes = mallory.frame(line)
                try mallory.send(bytes.flatMap { try mallory.record(Content.data, [$0]) })
                try witnesses.expect("mallory: \(line)")
            }
        }
    }

    @Test func aLineBehindRecordsWithoutDataIsDeliveredAtOnce() throws {
        try withMallory { mallory, witnesses, _ in
            for number in 0..<50 {
                // One segment, behind which nothing comes that could wake the server again.
                try mallory.send(
                    mallory.record(Content.data, [])
                        + mallory.record(Content.data, [], padding: 300)
                        + mallory.record(Content.data, mallory.frame("empty \(number)"))
                )
                try witnesses.expect("mallory: empty \(number)")
            }
            for number in 0..<5 {
                try mallory.send(
                    mallory.keyUpdate(answered: number % 2 == 0)
                        + mallory.record(Content.data, mallory.frame("updated \(number)"))
                )
                try witnesses.expect("mallory: updated \(number)")
            }
        }
    }

    @Test func whoAsksForNewKeysGetsAMegabyteThatWaitedForItWholeAndInOrder() throws {
        let configure: (inout ServerConfiguration) -> Void = {
            $0.limits.lineRate = .unlimited
            $0.limits.backlogBytes = 16_777_216
        }
        try withServer(configure) { running in
            let talker = try TestClient(.tls, port: running.port(.tls), name: "talker")
            let mallory = try ForgingMember(port: running.port(.tls), name: "mallory")
            try talker.expect("* mallory joined the chat *")
            let filling = String(repeating: "x", count: 490)
            for round in 0..<2 {
                try mallory.send(mallory.keyUpdate(answered: true))
                for number in 0..<1_000 { try talker.send("\(round) \(number) \(filling)") }
                for number in 0..<1_000 {
                    #expect(try mallory.client.next() == "talker: \(round) \(number) \(filling)")
                }
            }
        }
    }

    // MARK: Nothing, at great length

    @Test func recordsWithoutDataKeepNobodyInTheRoom() throws {
        try withServer({ $0.limits.idleTimeout = .milliseconds(400) }) { running in
            let mallory = try ForgingMember(port: running.port(.tls), name: "mallory")
            var entries = [Polling.Entry(mallory.client.connection.descriptor ?? -1, for: .readable)]
            while entries[0].readiness.isEmpty {
                try mallory.send(mallory.record(Content.data, []))
                Polling.wait(for: &entries, until: .now + .milliseconds(40))
            }
            try mallory.client.expectNotice(containing: "nothing came in")
            try running.expectLog("left as mallory: idle for")
        }
    }

    /// A ticket, a certificate, a KeyUpdate, a second hello: GnuTLS would collect 16 MiB before it looks at one.
    @Test(arguments: [1, 4, 11, 24] as [UInt8])
    func aMessageThatClaims16MiBAfterTheHandshakeEndsAt64KiB(type: UInt8) throws {
        try withMallory { mallory, witnesses, running in
            let first = try mallory.record(Content.handshake, [type, 0xFF, 0xFF, 0xFF])
            let more = (0..<1_024).lazy.map { _ in
                (try? mallory.record(Content.handshake, [UInt8](repeating: 0, count: 16_000))) ?? []
            }
            try mallory.send(first)
            #expect(try mallory.isCutOff(sending: more))
            try witnesses.expect("* mallory left *")
            let line = try running.expectLog("left as mallory: ")
            // Whichever comes first: the gate's bound, or GnuTLS's own look at the type.
            #expect(line.hasSuffix(": 6 TLS records without data") || line.contains("TLS failed"), "\(line)")
        }
    }

    @Test func keyUpdatesWithDataBetweenThemEndTheSessionAsWell() throws {
        try withMallory { mallory, witnesses, _ in
            let updates = (0..<64).lazy.map { _ in
                (try? mallory.keyUpdate(answered: true) + mallory.record(Content.data, mallory.frame("")))
                    ?? []
            }
            _ = try mallory.isCutOff(sending: updates)
            try witnesses.expect("* mallory left *")
        }
    }

    @Test func warningsWithoutEndEndTheSession() throws {
        try withMallory { mallory, witnesses, running in
            let warnings = (0..<200).lazy.map { _ in (try? mallory.record(Content.alert, [1, 90])) ?? [] }
            _ = try mallory.isCutOff(sending: warnings)
            try witnesses.expect("* mallory left *")
            try running.expectLog("left as mallory: ")
        }
    }

    // MARK: Wrong

    /// What it puts on the wire in place of its next line.
    enum Forgery: CaseIterable {
        case changedByte, droppedRecord, repeatedRecord, swappedRecords, otherKeys
        case clearChangeOfCipher, clearData, clearHeartbeat
        case heartbeat, secondHello, unknownContent, noContentAtAll, tooLong

        func bytes(_ mallory: ForgingMember) throws -> [UInt8] {
            let line = mallory.frame("nobody must see this")
            switch self {
            case .changedByte:
                var record = try mallory.record(Content.data, line)
                record[record.count / 2] ^= 1
                return record
            case .droppedRecord:
                _ = try mallory.record(Content.data, mallory.frame(""))
                return try mallory.record(Content.data, line)
            case .repeatedRecord:
                // The one with which it joined.
                return try mallory.record(Content.data, mallory.frame("mallory"), sequence: 0)
            case .swappedRecords:
                let first = try mallory.record(Content.data, mallory.frame(""))
                return try mallory.record(Content.data, line) + first
            case .otherKeys:
                _ = try mallory.keyUpdate(answered: false)
                return try mallory.record(Content.data, line)
            case .clearChangeOfCipher: return CraftedHello.record(Content.changeOfCipher, [1])
            case .clearData: return CraftedHello.record(Content.data, line)
            case .clearHeartbeat: return CraftedHello.record(Content.heartbeat, [1, 0x40, 0])
            case .heartbeat: return try mallory.record(Content.heartbeat, [1, 0x40, 0])
            case .secondHello: return try mallory.record(Content.handshake, CraftedHello.tls13.message)
            case .unknownContent: return try mallory.record(99, line)
            case .noContentAtAll: return try mallory.record(0, [], padding: 100)
            case .tooLong: return try mallory.record(Content.data, [UInt8](repeating: 0, count: 16_624))
            }
        }
    }

    @Test(arguments: Forgery.allCases)
    func aForgedRecordEndsItsSenderAndIsShownToNobody(forgery: Forgery) throws {
        try withMallory { mallory, witnesses, running in
            try mallory.send(forgery.bytes(mallory))
            try witnesses.expect("* mallory left *")
            let line = try running.expectLog("left as mallory: ")
            #expect(line.contains("TLS failed") || line.contains("malformed TLS record"), "\(line)")
            try witnesses.expectToSeeNothingElse()
        }
    }

    // MARK: -

    private func withMallory(
        _ body: (ForgingMember, Witnesses, RunningServer) throws -> Void
    ) throws {
        try withQuickServer { running in
            let witnesses = try Witnesses(port: running.port(.tls))
            let mallory = try ForgingMember(port: running.port(.tls), name: "mallory")
            try witnesses.expect("* mallory joined the chat *")
            try body(mallory, witnesses, running)
            try witnesses.expectToChatOn()
        }
    }
}
