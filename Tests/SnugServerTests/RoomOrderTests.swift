// SPDX-License-Identifier: Apache-2.0

import Foundation
import SnugFraming
import SnugServer
import SnugTransport
import TestSupport
import Testing

/// People who only listen, at each level one on each of two threads of the server, and four who speak on both.
///
/// Listeners see every event, so their lists must be equal from the first to the last frame. With the listeners on one
/// loop nothing would be tested: one mailbox has one order.
@Suite(.timeLimit(.minutes(30))) struct RoomOrderTests {
    enum Transports: String, CaseIterable, CustomTestStringConvertible {
        case mixed
        case plain
        case tls

        var testDescription: String { rawValue }

        /// The transport of the member that came in as number `index`.
        ///
        /// Members are given to two loops in turn, so a mixed room has both transports on each.
        func kind(_ index: Int) -> TransportKind {
            switch self {
            case .mixed: index / 2 % 2 == 0 ? .plain : .tls
            case .plain: .plain
            case .tls: .tls
            }
        }
    }

    private static let speakers = ["ann", "ben", "cho", "dia"]
    private static let rounds = 8
    private static let linesInARound = 400

    @Test(arguments: Transports.allCases)
    func listenersOnDifferentLoopsSeeEverythingInOneOrder(transports: Transports) throws {
        try withServer(Self.withoutLimits) { running in
            func enter(_ names: [String], from index: Int) throws -> [TestClient] {
                try names.enumerated().map { offset, name in
                    let kind = transports.kind(index + offset)
                    return try TestClient(kind, port: running.port(kind), name: name)
                }
            }
            let listeners = try enter(["left ear", "right ear"], from: 0)
            let readers = try ["left eye", "right eye"].enumerated().map { index, name in
                let kind = transports.kind(2 + index)
                return try JSONClient(kind, port: running.port(kind), name: name)
            }
            let members = try enter(Self.speakers, from: 4)
            for listener in listeners { try listener.skip(to: "* dia joined the chat *") }
            for reader in readers {
                try reader.next { $0.type == "joined" && $0.object("who").text("name") == "dia" }
            }
            try Self.requireDifferentLoops(listeners + readers.map(\.stream) + members)

            let visitor = transports.kind(2)
            try Self.speak(members[...], visitedOn: visitor, port: running.port(visitor))
            let events = Self.speakers.count * Self.rounds * (Self.linesInARound + 1) + 2 * Self.rounds
            let heard = try listeners.map { listener in try (0..<events).map { _ in try listener.next() } }
            let read = try readers.map { reader in try (0..<events).map { _ in try reader.next() } }
            #expect(heard[0] == heard[1])
            for messages in read {
                #expect(messages.map(Self.asHeard) == heard[0])
                let numbers = messages.map { $0.number("seq") }
                #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
            }
            Self.expectEverythingOnceInItsSpeakersOrder(heard[0])
        }
    }

    /// What an event of level 1 is at level 0.
    private static func asHeard(_ event: JSONClient.Message) -> String {
        let name = event.object("who").text("name")
        return switch event.type {
        case "said": "\(event.object("from").text("name")): \(event.text("text"))"
        case "joined": "* \(name) joined the chat *"
        case "left": "* \(name) left *"
        case "renamed": "* \(event.text("was")) is now \(name) *"
        default: "\(event)"
        }
    }

    private static func withoutLimits(_ configuration: inout ServerConfiguration) {
        configuration.loops = 2
        configuration.limits.lineRate = .unlimited
        // Listeners that read only when all was said are no slow readers here.
        configuration.limits.backlogBytes = 1 << 26
        configuration.limits.writeTimeout = .seconds(120)
        configuration.limits.pingInterval = .seconds(600)
    }

    /// Lets each speaker say its lines of a round and take another name, all at once, while somebody comes and goes.
    private static func speak(
        _ members: ArraySlice<TestClient>,
        visitedOn kind: TransportKind,
        port: UInt16
    ) throws {
        for round in 0..<rounds {
            for (name, member) in zip(speakers, members) {
                let said = (0..<linesInARound).map { "\(name) \(round * linesInARound + $0)" }
                try member.send(
                    raw: try (said + ["/nick \(name) \(round)"]).flatMap { try FrameEncoder.frame($0) }
                )
            }
            let visitor = try TestClient(kind, port: port)
            try visitor.send("visitor \(round)")
            try visitor.expect("* visitor \(round) joined the chat *")
            visitor.close()
        }
    }

    private static func expectEverythingOnceInItsSpeakersOrder(_ heard: [String]) {
        for name in speakers {
            let words = heard.compactMap { $0.split(separator: ": ").dropFirst().first }
            #expect(
                words.filter { $0.hasPrefix(name + " ") }
                    == (0..<rounds * linesInARound).map { "\(name) \($0)" }
            )
            let renamings = (0..<rounds).map { round in
                "* \(round == 0 ? name : "\(name) \(round - 1)") is now \(name) \(round) *"
            }
            #expect(heard.filter { $0.hasSuffix(" *") && $0.hasPrefix("* \(name)") } == renamings)
        }
        for round in 0..<rounds {
            #expect(
                heard.filter { $0.hasPrefix("* visitor \(round) ") }
                    == ["* visitor \(round) joined the chat *", "* visitor \(round) left *"]
            )
        }
    }

    /// Fails unless the members came to two loops in turn, as the kernel tells.
    private static func requireDifferentLoops(_ members: [TestClient]) throws {
        let loops = try members.map { try loop(of: $0) }
        #expect(Set(loops).count == 2)
        for (index, loop) in loops.enumerated() { #expect(loop == loops[index % 2]) }
    }

    /// The number of the epoll instance in this process that waits for the server's end of a connection.
    private static func loop(of member: TestClient) throws -> Int32 {
        let port = try #require(member.connection.descriptor.flatMap { Self.port(of: $0, getsockname) })
        let infos = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo")
        for name in infos {
            // Other tests in this process open and close descriptors meanwhile.
            guard let info = try? String(contentsOfFile: "/proc/self/fdinfo/\(name)", encoding: .utf8) else {
                continue
            }
            // "tfd:        9 events:       19 data: …", proc(5)
            let watched = info.split(separator: "\n").filter { $0.hasPrefix("tfd:") }
                .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int32($0) } }
            if watched.contains(where: { Self.port(of: $0, getpeername) == port }) {
                return try #require(Int32(name))
            }
        }
        throw NotFound()
    }

    private struct NotFound: Error {}

    private typealias AddressCall = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>)
        -> Int32

    private static func port(of descriptor: Int32, _ call: AddressCall) -> UInt16? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &length) }
        }
        guard outcome == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
        return UInt16(bigEndian: address.sin_port)
    }
}
