// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport

/// A server on a real socket that does to one client whatever its script says.
final class ScriptedServer: Sendable {
    /// A server's side of the connection, for a script: it waits, on the script's own thread.
    final class Client {
        private let connection: any Connection
        private let buffers = IOBuffers()
        private var decoder = FrameDecoder()

        /// Everything that arrived behind the handshake.
        private(set) var received: [UInt8] = []

        /// How many bytes arrived on the wire, handshake and all.
        var wireBytes: Int { wire.withLock { $0 } }

        private let wire = Lock(0)

        fileprivate init(_ kind: TransportKind, _ channel: consuming SocketChannel, _ context: TLSContext) {
            let channel = RecordingChannel(owning: channel) { [wire] direction, bytes in
                if direction == .received { wire.withLock { $0 += bytes.count } }
            }
            switch kind {
            case .plain: connection = TransportConnection(owning: PlainTransport(owning: channel))
            case .tls:
                connection = TransportConnection(
                    owning: TLSTransport(server: channel, context: context, paddingMultiple: 0)
                )
            }
        }

        fileprivate func close() { connection.close() }

        func reset() { connection.reset() }

        func vanish() throws { try LostNetwork.begin(at: connection.descriptor ?? -1) }

        func reappear() throws { try LostNetwork.end(at: connection.descriptor ?? -1) }

        func handshake() throws {
            while try connection.handshake(buffers) == .incomplete { try wait() }
        }

        func send(_ text: String) throws {
            try send(raw: FrameEncoder.frame(text))
        }

        func send(raw bytes: [UInt8]) throws {
            var sent = 0
            while sent < bytes.count || connection.wantsWrite {
                try connection.flush(buffers)
                if sent < bytes.count {
                    sent += try connection.write(bytes.span.bytes.extracting(sent...), buffers)
                }
                if connection.wantsWrite { try wait() }
            }
        }

        /// The next frame; nil at the end of the stream.
        func next() throws -> String? {
            while true {
                if let frame = decoder.next() { return String(decoding: frame, as: UTF8.self) }
                guard try receive() else { return nil }
            }
        }

        /// Whether a whole frame is there already.
        func hasFrame() throws -> Bool {
            if try !receive(waits: false) { throw Gone() }
            return decoder.hasFrame
        }

        func readToEnd() throws {
            while try receive() {}
        }

        func sayGoodbye() throws {
            try connection.finish(buffers)
            while connection.wantsWrite {
                try wait()
                try connection.flush(buffers)
            }
        }

        private struct Gone: Error {}

        private func receive(waits: Bool = true) throws -> Bool {
            switch try connection.read(buffers) {
            case .endOfStream: return false
            case .plaintext(let count):
                try buffers.withPlaintext(bytes: count) { (bytes) throws in
                    received += bytes.withUnsafeBytes { Array($0) }
                    try decoder.append(bytes)
                }
            case .wouldBlock: if waits { try wait() }
            }
            return true
        }

        private func wait() throws {
            let interest: Readiness = connection.wantsWrite ? [.readable, .writable] : .readable
            try ScriptedServer.wait(for: connection.descriptor ?? -1, interest)
        }
    }

    let port: UInt16
    private let thread: RunningThread
    private let outcome: Lock<(received: [UInt8], error: (any Error)?)>

    /// Serves one client, or several after each other; the handshake of `kind` is the script's first step, and it may
    /// leave it out.
    init(
        _ kind: TransportKind,
        context: TLSContext? = nil,
        clients: Int = 1,
        _ script: @escaping @Sendable (Client) throws -> Void
    ) throws {
        let listener = try ListeningSocket(address: try SocketAddress.resolve(host: "127.0.0.1", port: 0)[0])
        port = listener.address.port
        let outcome = Lock<(received: [UInt8], error: (any Error)?)>(([], nil))
        self.outcome = outcome
        let context = try context ?? TestAuthority.shared.serverContext()
        let waiting = HandedOver(Waiting(listener))
        thread = try RunningThread(name: "scripted") {
            do {
                for _ in 0..<clients {
                    let client = Client(kind, try waiting.value.accept(), context)
                    defer { client.close() }
                    do { try script(client) } catch { outcome.withLock { $0.error = error } }
                    let received = client.received
                    outcome.withLock { $0.received += received }
                }
            } catch {
                outcome.withLock { $0.error = error }
            }
        }
    }

    /// Waits for the script's end, and returns what the client sent behind the handshake.
    func finish() -> (received: [UInt8], error: (any Error)?) {
        thread.join()
        return outcome.withLock { $0 }
    }

    fileprivate static func wait(for descriptor: Int32, _ interest: Readiness) throws {
        let deadline = MonotonicTime.now + .seconds(60)
        var entries = [Polling.Entry(descriptor, for: interest)]
        Polling.wait(for: &entries, until: deadline)
        guard MonotonicTime.now < deadline else { throw NothingCame() }
    }

    private struct NothingCame: Error {}

    /// A listener on its way to the script's thread.
    private final class Waiting {
        private var listener: ListeningSocket

        init(_ listener: consuming ListeningSocket) {
            self.listener = listener
        }

        func accept() throws -> SocketChannel {
            while true {
                if case .accepted(let socket, _) = try listener.accept() {
                    return SocketChannel(accepted: socket)
                }
                try ScriptedServer.wait(for: listener.descriptor, .readable)
            }
        }
    }
}
