// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// One direction of a wire whose bytes lie open, to be spoilt on their way.
final class Pipe {
    var bytes: [UInt8] = []
    var hasEnded = false
    private static let newCapacity = 1 << 20
    /// What it holds before a send would block.
    var capacity = newCapacity
    /// What one receive gets at most.
    var pieceBytes = Int.max
    /// All that was ever put in, where somebody asks for it.
    private(set) var history: [UInt8] = []
    private let keepsHistory: Bool

    init(keepsHistory: Bool) { self.keepsHistory = keepsHistory }

    func put(_ new: UnsafeRawBufferPointer) -> ChannelResult {
        let count = min(new.count, capacity - bytes.count)
        guard count > 0 else { return .wouldBlock }
        bytes += new[..<count]
        if keepsHistory { history += new[..<count] }
        return .transferred(bytes: count)
    }

    /// Makes an empty pipe as it was when it was new.
    func forget() {
        bytes = []
        capacity = Self.newCapacity
        pieceBytes = .max
    }

    func take(into buffer: UnsafeMutableRawBufferPointer) -> ChannelResult {
        let count = min(buffer.count, bytes.count, pieceBytes)
        guard count > 0 else { return hasEnded ? .endOfStream : .wouldBlock }
        buffer.copyBytes(from: bytes[..<count])
        bytes.removeFirst(count)
        return .transferred(bytes: count)
    }
}

/// One end of two pipes.
struct PipeChannel: ByteChannel, ~Copyable {
    let incoming: Pipe
    let outgoing: Pipe

    var descriptor: Int32? { nil }

    mutating func receive(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> ChannelResult {
        incoming.take(into: buffer)
    }

    mutating func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> ChannelResult {
        outgoing.put(bytes)
    }

    mutating func cork() {}
    mutating func shutdownWrite() { outgoing.hasEnded = true }
    consuming func close() {}
    consuming func reset() {}
}
