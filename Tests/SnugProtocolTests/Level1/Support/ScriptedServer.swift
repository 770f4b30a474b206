// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming

@testable import SnugProtocol

/// A server of level 1 whose every message the test writes itself, on a plain port of this machine.
///
/// Used on one thread. Every wait has a deadline that only a failure reaches.
final class ScriptedServer {
    let port: UInt16
    private let listener: Int32

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failed(description: "no port") }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Connection.limitWaits(of: listener)
    }

    deinit { close(listener) }

    /// Takes the next connection, which has to begin as one of level 1.
    func accept() throws -> Connection {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Failed(description: "nobody connected") }
        let connection = Connection(descriptor)
        guard LevelChoice(firstBytes: try connection.read(exactly: 4)) == .levelOne else {
            throw Failed(description: "the client does not begin with SNG1")
        }
        return connection
    }

    /// One connection from the client.
    final class Connection {
        private let descriptor: Int32
        private var decoder = FrameDecoder()

        fileprivate init(_ descriptor: Int32) {
            self.descriptor = descriptor
            Self.limitWaits(of: descriptor)
        }

        deinit { close(descriptor) }

        /// Ends the connection without a word.
        func cut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

        fileprivate static func limitWaits(of descriptor: Int32) {
            var limit = timeval(tv_sec: 120, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        /// Sends messages to the client.
        func send(_ kinds: ServerMessage.Kind..., ref: String? = nil) throws {
            var bytes: [UInt8] = []
            for kind in kinds { try ServerMessage(kind, ref: ref).encode(appendingTo: &bytes) }
            try send(raw: bytes)
        }

        func send(raw bytes: [UInt8]) throws {
            guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
                throw Failed(description: "the client takes nothing")
            }
        }

        /// The payload of the next frame.
        func nextPayload() throws -> [UInt8] {
            while true {
                if let payload = decoder.next() { return payload }
                let bytes = try read(atMost: 4096)
                try decoder.append(bytes.span.bytes)
            }
        }

        /// The next message.
        func next() throws -> ClientMessage { try ClientMessage(payload: try nextPayload()) }

        fileprivate func read(exactly count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count { bytes += try read(atMost: count - bytes.count) }
            return bytes
        }

        private func read(atMost count: Int) throws -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            let taken = recv(descriptor, &bytes, count, 0)
            guard taken > 0 else { throw Failed(description: "the client sent nothing more") }
            return Array(bytes.prefix(taken))
        }
    }
}
