// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugServer
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct AdmissionSecrecyTests {
    @Test(arguments: TransportKind.allCases)
    func everyoneIsToldThatSessionKeysAreWritten(kind: TransportKind) throws {
        try withServer({ $0.keysAreLogged = true }) { running in
            for name in ["aisha", "ben"] {
                let client = try TestClient(kind, port: running.port(kind), name: name)
                defer { client.close() }
                try client.expectNotice(containing: "writes its session keys to a file")
            }
        }
    }

    @Test(arguments: [0, 256])
    func theLengthOfTheVerdictDoesNotTellItWhateverPadSays(paddingMultiple: Int) throws {
        try withServer(passphrase: "open sesame", { $0.paddingMultiple = paddingMultiple }) { running in
            let right = try verdictRecord(on: "open sesame", from: running)
            let wrong = try verdictRecord(on: "guess", from: running)
            #expect(right.text == "ok" && wrong.text == "wrong passphrase")
            #expect(right.bytes == wrong.bytes)
        }
    }

    /// Sends a passphrase, and returns the answer with the length that its record's header shows to everyone.
    private func verdictRecord(
        on passphrase: String,
        from running: RunningServer
    ) throws -> (text: String, bytes: Int) {
        let received = Lock<[UInt8]>([])
        let connection = try connect(to: running) { direction, bytes in
            if direction == .received { received.withLock { $0 += bytes } }
        }
        defer { connection.close() }
        let buffers = IOBuffers()
        while try connection.handshake(buffers) == .incomplete { wait(for: connection) }
        received.withLock { $0 = [] }
        let frame = try FrameEncoder.frame(passphrase)
        _ = try connection.write(frame.span.bytes, buffers)

        while true {
            guard case .plaintext(let count) = try connection.read(buffers) else {
                wait(for: connection)
                continue
            }
            let answer = buffers.withPlaintext(bytes: count) { $0.withUnsafeBytes { Array($0) } }
            let header = received.withLock { Array($0.prefix(5)) }
            return (
                String(decoding: answer.dropFirst(4), as: UTF8.self), Int(header[3]) << 8 | Int(header[4])
            )
        }
    }

    private func connect(
        to running: RunningServer,
        observer: @escaping RecordingChannel<SocketChannel>.Observer
    ) throws -> any Connection {
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: running.port(.tls))
        let channel = try SocketChannel.connect(to: addresses, timeout: .seconds(30))
        return TransportConnection(
            owning: TLSTransport(
                client: RecordingChannel(owning: channel, observer: observer),
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 256
            )
        )
    }

    private func wait(for connection: any Connection) {
        var entries = [Polling.Entry(connection.descriptor ?? -1, for: .readable)]
        Polling.wait(for: &entries, until: .now + .seconds(60))
    }
}
