// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugWire

/// The same chat on a real server in every mode, recorded at the clients' ends.
struct RecordedChat {
    static let passphrase = "correct horse battery staple"
    static let people = ["aisha", "ben", "chen"]

    /// Who says what, of all lengths that padding is to cover, and one that it is not.
    static let lines: [(person: Int, text: String)] = [
        (0, "hi"),
        (1, "the password for the shop is Tr0ub4dor&3"),
        (2, "ok"),
        (0, "and the card is 4111 1111 1111 1111, valid until 12/31"),
        (1, "好的 👍 नमस्ते, see you at the café"),
        (0, "<script>alert('boo')</script> & \"quotes\""),
        (2, String(repeating: "two hundred bytes at the most, and no more. ", count: 5).prefix(200) + ""),
        (1, "no"),
        (0, "one thing more: the meeting with the lawyer is on Thursday at nine, keep it to yourself"),
        (2, String(repeating: "a line that one padded record does not hold; ", count: 8)),
    ]

    static let planted = [passphrase] + people + lines.map(\.text)

    /// Recorded once for all tests.
    static let all: [RunRecording] = {
        do { return try WireMode.allCases.map { try RecordedChat($0).recording() } } catch {
            fatalError("no recording for the tests: \(error)")
        }
    }()

    /// The report on the recordings, after something was done to them.
    static func report(
        attacks: [AttackOutcome] = attacks,
        planted: [String] = planted,
        _ change: (inout [WireMode: RunRecording]) -> Void = { _ in }
    ) -> WireReport {
        var recordings = Dictionary(uniqueKeysWithValues: all.map { ($0.mode, $0) })
        change(&recordings)
        return WireReport(
            Findings(
                Array(recordings.values),
                planted: planted,
                people: people,
                attacks: attacks,
                live: nil
            )
        )
    }

    static func recording(_ mode: WireMode) throws -> RunRecording {
        try #require(all.first { $0.mode == mode })
    }

    /// Rows as the attacks write them; what they do is tested with the attacks.
    static let attacks = [
        AttackOutcome(
            name: "flip one bit",
            attempt: "The relay flips one bit of a line on its way.",
            plain: "ben was shown \"pay 90\" instead of \"pay 10\".",
            tls: "The connection ended, and ben was shown nothing false.",
            held: true
        )
    ]

    private let mode: WireMode
    private let server: RunningServer
    private let log = Lock(Log())
    private let start = MonotonicTime.now

    private struct Log {
        var capture = Capture()
        var truth: [TrueEvent] = []
    }

    private init(_ mode: WireMode) throws {
        self.mode = mode
        server = try RunningServer(passphrase: Self.passphrase) {
            $0.paddingMultiple = mode == .padded ? 256 : 0
            $0.limits.lineRate = .unlimited
        }
    }

    private func recording() throws -> RunRecording {
        defer { server.stop() }
        var clients: [TestClient] = []
        for (index, name) in Self.people.enumerated() {
            let client = try enter(index, name, with: Self.passphrase)
            try client.expect("ok")
            client.connection.paddingMultiple = mode == .padded ? 256 : 0
            note(index, name, .joined)
            try client.send(name)
            clients.append(client)
            for client in clients { try client.expect("* \(name) joined the chat *") }
            if mode == .plain { try client.expectNotice(containing: "NOT encrypted") }
        }
        for (number, (person, text)) in Self.lines.enumerated() {
            note(person, Self.people[person], .said(text))
            try clients[person].send(text)
            let shown = text.hasSuffix(" ") ? String(text.dropLast()) : text
            for (index, client) in clients.enumerated() where index != person {
                try client.expect("\(Self.people[person]): \(shown)")
            }
            if number == 4 { try askWho(clients[0]) }
            if number == 6 { try guessWrongly() }
        }
        try leave(clients)
        return log.withLock { RunRecording(mode: mode, capture: $0.capture, truth: $0.truth) }
    }

    private func askWho(_ client: TestClient) throws {
        note(0, "aisha", .asked(command: "/who"))
        try client.send("/who")
        try client.expectNotice(containing: "online")
    }

    private func guessWrongly() throws {
        let mallory = try enter(3, "mallory", with: "a guess")
        try mallory.expect("wrong passphrase")
        try mallory.expectEnd()
        ended(3, by: .toClient)
        mallory.close()
    }

    /// One by a command, the others by ending their streams.
    private func leave(_ clients: [TestClient]) throws {
        for (index, name) in Self.people.enumerated().reversed() {
            note(index, name, .left)
            if index == 1 { try clients[index].send("/quit") } else { try clients[index].finish() }
            for other in clients.prefix(index) { try other.expect("* \(name) left *") }
            try clients[index].expectEnd()
            ended(index, by: index == 1 ? .toClient : .toServer)
            clients[index].close()
        }
    }

    private func enter(_ index: Int, _ name: String, with passphrase: String) throws -> TestClient {
        let kind: TransportKind = mode == .plain ? .plain : .tls
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: server.port(kind))
        let socket = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
        let client = CapturedConnection.Endpoint(address: [127, 0, 0, 1], port: localPort(socket.descriptor))
        let remote = CapturedConnection.Endpoint(address: [127, 0, 0, 1], port: server.port(kind))
        let start = start
        log.withLock {
            $0.capture.connections.append(
                CapturedConnection(
                    client: client,
                    server: remote,
                    openedAt: start.duration(to: .now),
                    closedAt: nil,
                    closedFirstBy: nil
                )
            )
        }
        let recorder = RecordingChannel(owning: socket) { [log] direction, bytes in
            log.withLock {
                $0.capture.segments.append(
                    CapturedSegment(
                        time: start.duration(to: .now),
                        connection: index,
                        direction: direction == .sent ? .toServer : .toClient,
                        bytes: bytes
                    )
                )
            }
        }
        let newcomer = try TestClient(over: try connection(recorder))
        note(
            index,
            name,
            .authenticated(passphraseBytes: passphrase.utf8.count, accepted: passphrase == Self.passphrase)
        )
        try newcomer.send(passphrase)
        return newcomer
    }

    private func connection(
        _ channel: consuming RecordingChannel<SocketChannel>
    ) throws -> any Connection {
        guard mode != .plain else { return TransportConnection(owning: PlainTransport(owning: channel)) }
        return TransportConnection(
            owning: TLSTransport(
                client: channel,
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 256
            )
        )
    }

    private func note(_ connection: Int, _ person: String, _ kind: TrueEvent.Kind) {
        log.withLock {
            $0.truth.append(
                TrueEvent(
                    time: start.duration(to: .now),
                    connection: connection,
                    person: person,
                    kind: kind
                )
            )
        }
    }

    private func ended(_ connection: Int, by side: CapturedSegment.Direction) {
        log.withLock {
            $0.capture.connections[connection].closedAt = start.duration(to: .now)
            $0.capture.connections[connection].closedFirstBy = side
        }
    }

    private func localPort(_ descriptor: Int32?) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(descriptor ?? -1, $0, &length)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
