// SPDX-License-Identifier: Apache-2.0

import SnugServer
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30))) struct AdmissionSecrecyTests {
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
        let client = try TestClient(port: running.port(.tls)) { direction, bytes in
            if direction == .received { received.withLock { $0 += bytes } }
        }
        defer { client.close() }
        received.withLock { $0 = [] }
        try client.send(passphrase)
        let text = try client.next()
        let header = received.withLock { Array($0.prefix(5)) }
        return (text, Int(header[3]) << 8 | Int(header[4]))
    }
}
