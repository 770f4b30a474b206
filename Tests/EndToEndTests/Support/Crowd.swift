// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport

/// Very many members on encrypted connections, driven in turns on the test's own thread.
///
/// Their bytes are decrypted and compared but not decoded one by one: a thousand members see a million notices of
/// each other's joining.
final class Crowd {
    private var members: [Member] = []
    private let buffers = IOBuffers()
    private let port: UInt16
    private let context: TLSContext

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// The one who speaks.
    let speaker: TestClient

    private struct Member {
        let connection: any Connection
        /// The end of what it was sent since the last line that all have.
        var received: [UInt8] = []
    }

    /// Enough to tell whether a line came alone.
    private static let keptBytes = 512

    /// Fewer than the strangers that a server lets in, whose joins reach the others in one go.
    private static let membersPerGroup = 250

    /// The speaker joins.
    init(port: UInt16) throws {
        self.port = port
        context = try TestAuthority.shared.clientContext()
        speaker = try TestClient(.tls, port: port, name: "speaker")
    }

    /// Lets so many more join, and waits until everyone knows of everyone.
    func grow(by count: Int) throws {
        let target = members.count + count
        while members.count < target {
            let group = min(Self.membersPerGroup, target - members.count)
            let first = members.count
            for _ in 0..<group { try connectOne() }
            for index in first..<members.count { try send(FrameEncoder.frame("m\(index)"), by: index) }
            for _ in 0..<group { _ = try speaker.next("a member's joining") }
            try speak("\(members.count) are in")
        }
    }

    /// The speaker says a line; returns for how many others it was all that came since the line before.
    @discardableResult
    func speak(_ line: String) throws -> Int {
        try speaker.send(line)
        let frame = try FrameEncoder.frame("speaker: \(line)")
        try wait(for: "\"\(line)\"") { $0.received.suffix(frame.count).elementsEqual(frame) }
        defer { for index in members.indices { members[index].received = [] } }
        return members.count { $0.received == frame }
    }

    /// All but the speaker close their connections without a word.
    func leave() {
        for member in members { member.connection.close() }
        members = []
    }

    // MARK: One member

    private func connectOne() throws {
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: port)
        let connection = SocketConnection.tlsClient(
            try SocketChannel.connect(to: addresses, timeout: .seconds(60)),
            context: context,
            expecting: ExpectedServer(name: "localhost"),
            paddingMultiple: 0
        )
        while try connection.handshake(buffers) == .incomplete {
            var entries = [Polling.Entry(connection.descriptor ?? -1, for: .readable)]
            Polling.wait(for: &entries, until: MonotonicTime.now + .seconds(60))
        }
        members.append(Member(connection: connection))
    }

    private func send(_ bytes: [UInt8], by index: Int) throws {
        // A name fits the socket's buffer of a member that has sent nothing yet.
        _ = try members[index].connection.write(bytes.span.bytes, buffers)
        guard !members[index].connection.wantsWrite else {
            throw Failed(description: "the server did not take a name")
        }
    }

    private func wait(for purpose: String, until isDone: (Member) -> Bool) throws {
        let deadline = MonotonicTime.now + .seconds(120)
        while true {
            let waiting = members.indices.filter { !isDone(members[$0]) }
            if waiting.isEmpty { return }
            guard MonotonicTime.now < deadline else {
                throw Failed(description: "\(waiting.count) members did not get \(purpose)")
            }
            try readAll(of: waiting, until: deadline)
        }
    }

    private func readAll(of waiting: [Int], until deadline: MonotonicTime) throws {
        var entries = waiting.map { Polling.Entry(members[$0].connection.descriptor ?? -1, for: .readable) }
        Polling.wait(for: &entries, until: deadline)
        for (index, entry) in zip(waiting, entries) where !entry.readiness.isEmpty {
            var isDrained = false
            while !isDrained { isDrained = try read(by: index) }
        }
    }

    /// Returns whether there was nothing more to read.
    private func read(by index: Int) throws -> Bool {
        switch try members[index].connection.read(buffers) {
        case .endOfStream: throw Failed(description: "m\(index) was dropped")
        case .wouldBlock: return true
        case .plaintext(let count):
            buffers.withPlaintext(bytes: count) { bytes in
                bytes.withUnsafeBytes { members[index].received += $0.suffix(Self.keptBytes) }
            }
            members[index].received = Array(members[index].received.suffix(Self.keptBytes))
            return false
        }
    }
}
