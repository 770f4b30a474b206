// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport

/// A device at a serial line (tty(4)), spoken to in the same way as those that come over TLS.
///
/// A cable has no handshake, no records and no end of a stream but its being unplugged.
struct SerialTransport: Transport, ~Copyable {
    var paddingMultiple = 0
    private let line: OwnedDescriptor
    private var isBlocked = false

    /// Opens the device file, such as `/dev/ttyUSB0`, and has it pass on all bytes as they are (termios(3)).
    init(path: String) throws(SystemError) {
        let number = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(code: errno, call: "open") }
        let line = OwnedDescriptor(owning: number)
        var settings = termios()
        guard tcgetattr(number, &settings) == 0 else { throw SystemError(code: errno, call: "tcgetattr") }
        cfmakeraw(&settings)
        guard tcsetattr(number, TCSANOW, &settings) == 0 else {
            throw SystemError(code: errno, call: "tcsetattr")
        }
        self.line = line
    }

    var descriptor: Int32? { line.number }
    var wantsWrite: Bool { isBlocked }
    var hasBufferedInput: Bool { false }
    var isMidRecord: Bool { false }

    mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        .complete(PeerFacts())
    }

    mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult {
        let number = line.number
        var outcome = 0
        let result = buffers.fillPlaintext { span in
            span.withUnsafeMutableBytes { memory, count in
                outcome = Glibc.read(number, memory.baseAddress, memory.count)
                count = max(0, outcome)
            }
        }
        if outcome == 0 { return .endOfStream }
        // EIO: the cable was pulled (tty(4)).
        guard outcome > 0 || errno == EAGAIN || errno == EINTR else {
            throw .system(SystemError(code: errno, call: "read"))
        }
        return result
    }

    mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        let number = line.number
        let taken = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
        guard taken >= 0 || errno == EAGAIN || errno == EINTR else {
            throw .system(SystemError(code: errno, call: "write"))
        }
        isBlocked = taken < bytes.byteCount
        return max(0, taken)
    }

    mutating func flush(_ buffers: IOBuffers) throws(TransportError) { isBlocked = false }
    mutating func cork() {}
    mutating func finish(_ buffers: IOBuffers) throws(TransportError) {}
    consuming func close() { line.close() }
    consuming func reset() { line.close() }
}
