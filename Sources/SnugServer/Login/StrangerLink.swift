// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// Our end of a stranger's connection, and what is still to be sent through it.
///
/// A bare channel until the first byte, so that a connection that says nothing costs a descriptor and no TLS session.
struct StrangerLink: ~Copyable {
    /// Nil until the first byte.
    private(set) var connection: (any Connection)?
    private var channel: SocketChannel?
    private var unsent: [UInt8] = []

    init(_ channel: consuming SocketChannel) {
        self.channel = .some(channel)
    }

    var descriptor: Int32? {
        if let connection { return connection.descriptor }
        switch channel {
        case .some(let channel): return channel.descriptor
        case nil: return nil
        }
    }

    var wantsWrite: Bool { connection?.wantsWrite ?? false }
    var hasBufferedInput: Bool { connection?.hasBufferedInput ?? false }
    var isAllSent: Bool { unsent.isEmpty }

    /// The first byte is here: makes a connection of the channel.
    mutating func open(_ makeConnection: (consuming SocketChannel) -> any Connection) {
        if let channel = channel.take() { connection = makeConnection(channel) }
    }

    mutating func send(_ frame: [UInt8], _ buffers: IOBuffers) throws(TransportError) {
        unsent += frame
        try sendMore(buffers)
    }

    mutating func sendMore(_ buffers: IOBuffers) throws(TransportError) {
        guard let connection else { return }
        try connection.flush(buffers)
        while !unsent.isEmpty, !connection.wantsWrite {
            let waiting = unsent
            let taken = try connection.write(waiting.span.bytes, buffers)
            unsent = Array(waiting[taken...])
        }
    }

    mutating func close() {
        connection?.close()
        channel = nil
    }

    /// What the peer has not taken is not worth the kernel's memory.
    mutating func reset() {
        connection?.reset()
        if let channel = channel.take() { channel.reset() }
    }
}

extension Readiness {
    /// The peer will send no more.
    var hasEnded: Bool { !isDisjoint(with: [.hungUp, .peerFinished]) }
}

extension TransportError {
    /// Someone who looked whether the port is open and left: worth no line in the log.
    var isSilentVisit: Bool {
        if case .system(let error) = self { return error.isLostConnection }
        return self == .peerMisbehaved(.saidNothing)
    }

    /// The peer was told what it did wrong.
    var wasAnsweredWithAlert: Bool {
        switch self {
        case .peerMisbehaved(.alert): false
        case .peerMisbehaved: true
        case .certificateRejected, .system, .truncated: false
        }
    }
}
