// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugFraming
import SnugSystem
import TestSupport
import Testing

@testable import SnugProtocol

/// A process at a control socket, which sends what a test wants and reads messages.
final class ControlConnection {
    private let connection: Box
    private var decoder = FrameDecoder()

    private final class Box {
        let connection: UnixConnection
        init(_ path: String) throws { connection = try UnixConnection(path: path, patience: .seconds(60)) }
    }

    /// Another message came than was to come.
    struct Unexpected: Error {}

    /// Connects, and says which level it speaks.
    init(_ path: String, greeting: [UInt8] = LevelChoice.preface) throws {
        connection = try Box(path)
        if !greeting.isEmpty { try send(raw: greeting) }
    }

    /// Connects, and reads the hello.
    static func greeted(_ path: String) throws -> ControlConnection {
        let peer = try ControlConnection(path)
        guard case .hello = try peer.next()?.kind else { throw ControlConnection.Unexpected() }
        return peer
    }

    func send(raw bytes: [UInt8]) throws { try connection.connection.write(bytes) }

    func send(_ kind: ClientMessage.Kind, ref: String? = nil) throws {
        var bytes: [UInt8] = []
        try ClientMessage(kind, ref: ref).encode(appendingTo: &bytes)
        try send(raw: bytes)
    }

    /// The next message; nil at the end of the stream.
    func next() throws -> ServerMessage? {
        while true {
            if let frame = decoder.next() { return try ServerMessage(payload: frame) }
            let bytes = try connection.connection.read(atMost: 65_536)
            guard !bytes.isEmpty else { return nil }
            try decoder.append(bytes.span.bytes)
        }
    }

    /// Sends a message and returns the answer to it.
    func ask(_ kind: ClientMessage.Kind) throws -> ServerMessage.Kind {
        try send(kind, ref: "r")
        let answer = try #require(try next())
        #expect(answer.ref == "r")
        return answer.kind
    }

    /// The words of a `done`, or the code of a `refused`.
    func order(_ kind: ClientMessage.Kind) throws -> String {
        switch try ask(kind) {
        case .control(.done(let text)): return text
        case .refused(let refused): return "\(refused.code.word): \(refused.text)"
        case let other: return "\(other)"
        }
    }

    /// All parts of the list of connections.
    func sessions() throws -> (sessions: [ServerMessage.Session], parts: Int) {
        try send(.control(.sessions))
        var sessions: [ServerMessage.Session] = []
        var parts = 0
        while let message = try next() {
            guard case .control(.sessions(let part)) = message.kind else {
                throw ControlConnection.Unexpected()
            }
            sessions += part.sessions
            parts += 1
            if !part.hasMore { break }
        }
        return (sessions, parts)
    }
}
