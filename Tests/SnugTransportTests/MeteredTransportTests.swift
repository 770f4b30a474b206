// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import TestSupport
import Testing

/// The README shows ``MeteredTransport`` to those who write a transport of their own, so it has to work.
@Suite struct MeteredTransportTests {
    @Test func aTransportOfOnesOwnWorksOverPlainAndTLS() throws {
        let plain = MemoryWire()
        try talk(
            PlainTransport(owning: plain.leftEnd()),
            to: TransportConnection(owning: PlainTransport(owning: plain.rightEnd()))
        )

        let encrypted = MemoryWire()
        try talk(
            TLSTransport(
                client: encrypted.leftEnd(),
                context: try TestAuthority.shared.clientContext(),
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 256
            ),
            to: TransportConnection(
                owning: TLSTransport(
                    server: encrypted.rightEnd(),
                    context: try TestAuthority.shared.serverContext(),
                    paddingMultiple: 256
                )
            )
        )
    }

    /// Sends a question and takes an answer, and checks that what was counted is the text and nothing else.
    private func talk(_ transport: consuming some Transport & ~Copyable, to server: any Connection) throws {
        let buffers = IOBuffers()
        var metered = MeteredTransport(owning: transport)
        var isReady = (near: false, far: false)
        while isReady != (true, true) {
            if !isReady.near { isReady.near = try metered.handshake(buffers) != .incomplete }
            if !isReady.far { isReady.far = try server.handshake(buffers) != .incomplete }
        }
        #expect(try metered.write([UInt8](repeating: 1, count: 100).span.bytes, buffers) == 100)
        #expect(try server.read(buffers) == .plaintext(bytes: 100))
        #expect(try server.write([UInt8](repeating: 2, count: 7).span.bytes, buffers) == 7)
        #expect(try metered.read(buffers) == .plaintext(bytes: 7))
        try metered.finish(buffers)
        #expect(try server.read(buffers) == .endOfStream)
        let counted = (metered.sent, metered.received)
        metered.close()
        #expect(counted == (100, 7))
    }
}
