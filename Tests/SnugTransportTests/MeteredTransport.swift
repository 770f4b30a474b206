// SPDX-License-Identifier: Apache-2.0

import SnugTransport

/// Any transport, with a count of the bytes that its peer sent and took.
struct MeteredTransport<Base: Transport & ~Copyable>: Transport, ~Copyable {
    private(set) var received = 0
    private(set) var sent = 0
    private var base: Base

    init(owning base: consuming Base) { self.base = base }

    var descriptor: Int32? { base.descriptor }
    var wantsWrite: Bool { base.wantsWrite }
    var hasBufferedInput: Bool { base.hasBufferedInput }
    var isMidRecord: Bool { base.isMidRecord }
    var unacknowledgedBytes: Int { base.unacknowledgedBytes }
    var unansweredFor: Duration? { base.unansweredFor }
    var paddingMultiple: Int {
        get { base.paddingMultiple }
        set { base.paddingMultiple = newValue }
    }

    mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        try base.handshake(buffers)
    }

    mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult {
        let result = try base.read(buffers)
        if case .plaintext(let bytes) = result { received += bytes }
        return result
    }

    mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        let taken = try base.write(bytes, buffers)
        sent += taken
        return taken
    }

    mutating func flush(_ buffers: IOBuffers) throws(TransportError) { try base.flush(buffers) }
    mutating func cork() { base.cork() }
    mutating func finish(_ buffers: IOBuffers) throws(TransportError) { try base.finish(buffers) }
    consuming func close() { base.close() }
    consuming func reset() { base.reset() }
}
