// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugFraming
import SnugTransport
import TestSupport
import Testing

/// A client of level 1 that shares no code with the server's: Foundation reads and writes its JSON.
final class JSONClient {
    let stream: TestClient
    private(set) var hello: Message?
    private(set) var token = ""
    private(set) var id = ""
    /// Whether the stay is the one that was to be resumed.
    private(set) var isResumed = false
    /// The greatest number that was received of each room.
    private(set) var seen: [String: Int] = [:]

    struct Message: CustomStringConvertible {
        let fields: [String: Any]
        let description: String

        var type: String { text("type") }

        func text(_ key: String) -> String { fields[key] as? String ?? "" }
        func number(_ key: String) -> Int { (fields[key] as? NSNumber)?.intValue ?? -1 }
        func flag(_ key: String) -> Bool { (fields[key] as? NSNumber)?.boolValue ?? false }
        func has(_ key: String) -> Bool { fields[key] != nil }
        func object(_ key: String) -> Message {
            let inner = fields[key] as? [String: Any] ?? [:]
            return Message(fields: inner, description: "\(inner)")
        }
        /// The names in a list of objects.
        func names(_ key: String, _ name: String = "name") -> [String] {
            (fields[key] as? [[String: Any]] ?? []).compactMap { $0[name] as? String }
        }
    }

    struct Unexpected: Error, CustomStringConvertible { let description: String }

    /// Connects and says that it speaks level 1.
    init(_ kind: TransportKind, port: UInt16, clientKey: ClientKey? = nil) throws {
        stream = try TestClient(levelOne: kind, port: port, clientKey: clientKey)
    }

    /// Connects, enters, and reads until all its rooms are told.
    convenience init(
        _ kind: TransportKind,
        port: UInt16,
        name: String,
        rooms: [String] = ["main"],
        resuming: JSONClient? = nil,
        history: Int? = nil,
        clientKey: ClientKey? = nil
    ) throws {
        try self.init(kind, port: port, clientKey: clientKey)
        try enter(name, rooms: rooms, resuming: resuming, history: history)
    }

    /// What was told up to the last `history` of the rooms.
    private(set) var told: [Message] = []

    func enter(
        _ name: String,
        rooms: [String] = ["main"],
        resuming: JSONClient? = nil,
        history: Int? = nil
    ) throws {
        let hello = try expect("hello")
        var enter: [String: Any] = ["type": "enter", "name": name, "rooms": rooms]
        if let history { enter["history"] = history }
        if let resuming {
            enter["resume"] = [
                "token": resuming.token, "epoch": hello.text("epoch"), "seen": resuming.seen,
            ]
        }
        try send(enter)
        let entered = try next { $0.type == "entered" }
        token = entered.text("token")
        id = entered.object("you").text("id")
        isResumed = entered.flag("resumed")
        told = []
        var open = Set(rooms.isEmpty ? ["main"] : rooms + ["main"])
        if let resuming { open.formUnion(resuming.seen.keys) }
        while !open.isEmpty {
            let message = try next()
            told.append(message)
            if message.type == "history" { open.remove(message.text("room")) }
        }
    }

    // MARK: Sending

    func send(_ fields: [String: Any]) throws {
        let payload = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
        try send(payload: Array(payload))
    }

    func send(payload: [UInt8]) throws {
        var frame: [UInt8] = []
        try FrameEncoder.encode(payload, appendingTo: &frame)
        try stream.send(raw: frame)
    }

    func say(_ text: String, room: String = "main", ref: String? = nil) throws {
        var fields: [String: Any] = ["type": "say", "room": room, "text": text]
        if let ref { fields["ref"] = ref }
        try send(fields)
    }

    // MARK: Receiving

    /// The next message; throws `TestClient.Ended` at the end of the stream.
    func next() throws -> Message {
        while true {
            let text = try stream.next("a message")
            guard let fields = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            else {
                throw Unexpected(description: "no object: \(text)")
            }
            let message = Message(fields: fields, description: text)
            if message.type == "hello" { hello = message }
            if message.type == "ping" {
                if answersPings { try send(["type": "pong", "id": message.text("id")]) }
                pings += 1
                continue
            }
            if message.has("room"), message.has("seq") {
                let room = message.text("room")
                seen[room] = max(seen[room] ?? 0, message.number("seq"))
            }
            return message
        }
    }

    var answersPings = true
    private(set) var pings = 0

    /// The next message of which that is true; those in front of it are skipped.
    @discardableResult
    func next(where isWanted: (Message) -> Bool) throws -> Message {
        while true {
            let message = try next()
            if isWanted(message) { return message }
        }
    }

    /// Fails unless the next message is of that type.
    @discardableResult
    func expect(_ type: String) throws -> Message {
        let message = try next()
        guard message.type == type else {
            throw Unexpected(description: "expected \(type), got \(message)")
        }
        return message
    }

    /// Skips what is told of others' coming and going, and expects a line.
    @discardableResult
    func expectLine(_ text: String) throws -> Message {
        let message = try next { $0.type == "said" }
        guard message.text("text") == text else {
            throw Unexpected(description: "expected the line \(text), got \(message)")
        }
        return message
    }

    /// Expects that the next message is a refusal with that code.
    @discardableResult
    func expectRefusal(_ code: String, ref: String? = nil) throws -> Message {
        let message = try expect("refused")
        guard message.text("code") == code, ref == nil || message.text("ref") == ref else {
            throw Unexpected(description: "expected the refusal \(code) of \(ref ?? "-"), got \(message)")
        }
        return message
    }

    /// Everything up to the answer to a question about a room, which has its place in the room's order.
    func settle(in room: String = "main") throws -> [Message] {
        settles += 1
        let ref = "settle-\(settles)"
        try send(["type": "who", "room": room, "ref": ref])
        var messages: [Message] = []
        while true {
            let message = try next()
            if message.type == "room", message.text("ref") == ref { return messages }
            messages.append(message)
        }
    }

    private var settles = 0

    /// Everything until the end of the stream.
    func untilEnd() throws -> [Message] {
        var messages: [Message] = []
        while true {
            do { messages.append(try next()) } catch is TestClient.Ended {
                return messages
            } catch is TransportError {
                return messages
            }
        }
    }
}
