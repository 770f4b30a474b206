// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import CGnuTLS

@testable internal import SnugTransport

/// One end of a TLS connection over pipes, with everything that it wrote and read.
final class TLSEnd {
    private(set) var written: [UInt8] = []
    private(set) var received: [UInt8] = []
    private(set) var isSecure = false
    private(set) var hasFinished = false
    private(set) var sawEnd = false
    private(set) var failure: TransportError?

    private var transport: TLSTransport<PipeChannel>
    private let buffers: IOBuffers
    private let randomSequence: UInt32

    init(
        server context: TLSContext,
        incoming: Pipe,
        outgoing: Pipe,
        buffers: IOBuffers
    ) {
        transport = TLSTransport(
            server: PipeChannel(incoming: incoming, outgoing: outgoing),
            context: context,
            paddingMultiple: 0
        )
        self.buffers = buffers
        randomSequence = 2
    }

    init(client context: TLSContext, incoming: Pipe, outgoing: Pipe, buffers: IOBuffers) {
        fuzz_use_random_sequence(1)
        transport = TLSTransport(
            client: PipeChannel(incoming: incoming, outgoing: outgoing),
            context: context,
            expecting: FuzzIdentity.expected,
            paddingMultiple: 0
        )
        self.buffers = buffers
        randomSequence = 1
    }

    var isOpen: Bool { isSecure && failure == nil }

    /// Open, and nothing of what went through it waits in it.
    var isAtRest: Bool {
        isOpen && !hasFinished && !sawEnd && !wantsWrite && !transport.isMidRecord
            && !transport.hasBufferedInput && gnutls_record_check_pending(transport.session.handle) == 0
    }

    /// Makes an end that is at rest as it was when it had become secure, but for the numbers of its records.
    func forget() {
        written = []
        received = []
        transport.paddingMultiple = 0
    }
    var wantsWrite: Bool { transport.wantsWrite }

    func setPadding(_ multiple: Int) { transport.paddingMultiple = multiple }

    func handshake() {
        attempt { (end) throws(TransportError) in
            if case .complete = try end.transport.handshake(end.buffers) { end.isSecure = true }
        }
    }

    /// One read; false if it brought nothing.
    func read() -> Bool {
        var brought = false
        attempt { (end) throws(TransportError) in
            switch try end.transport.read(end.buffers) {
            case .endOfStream: end.sawEnd = true
            case .plaintext(let count):
                brought = true
                end.buffers.withPlaintext(bytes: count) { bytes in
                    bytes.withUnsafeBytes { end.received += $0 }
                }
            case .wouldBlock: brought = end.transport.hasBufferedInput
            }
        }
        return brought && failure == nil && !sawEnd
    }

    func write(_ bytes: [UInt8]) {
        guard !hasFinished else { return }
        attempt { (end) throws(TransportError) in
            let taken = try end.transport.write(bytes.span.bytes, end.buffers)
            end.written += bytes[..<taken]
        }
    }

    func flush() { attempt { (end) throws(TransportError) in try end.transport.flush(end.buffers) } }

    func finish() {
        hasFinished = true
        attempt { (end) throws(TransportError) in try end.transport.finish(end.buffers) }
    }

    func sendEmptyRecord(padding: Int) {
        guard !wantsWrite, !hasFinished else { return }
        attempt { (end) throws(TransportError) in
            try end.transport.testOnlySendEmptyRecord(paddingBytes: padding, end.buffers)
        }
    }

    func sendKeyUpdate() {
        guard !wantsWrite, !hasFinished else { return }
        attempt { (end) throws(TransportError) in try end.transport.testOnlySendKeyUpdate(end.buffers) }
    }

    private func attempt(_ verb: (TLSEnd) throws(TransportError) -> Void) {
        guard failure == nil else { return }
        fuzz_use_random_sequence(randomSequence)
        do throws(TransportError) { try verb(self) } catch {
            failure = error
            promise(!"\(error)".isEmpty, "a failure says nothing")
        }
    }
}
