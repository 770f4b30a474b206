// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Asks a server for its figures as monitoring does, on the generator's own loop, so that the members wait for nothing.
final class Scraper: EventHandler {
    private unowned let loop: EventLoop
    private let address: SocketAddress
    private var socket: OwnedDescriptor?
    private var registration: RegistrationID?
    private var incoming: [UInt8] = []

    /// How often a whole answer has come.
    private(set) var answers = 0
    /// The last one.
    private var answer = ""

    private static let request = Array("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)

    init(port: UInt16, on loop: EventLoop) {
        address = .loopback(port: port)
        self.loop = loop
    }

    /// Asks, unless the answer before is still to come.
    func ask() throws(LoadFailure) {
        guard socket == nil else { return }
        do {
            let socket = try OwnedDescriptor.connect(to: [address], timeout: .seconds(10))
            try Polling.write(Self.request, to: socket.number)
            registration = try loop.add(socket.number, for: .readable, handler: self)
            self.socket = consume socket
        } catch {
            throw LoadFailure(
                sentence: "\(address) tells no figures: \(error)",
                hint: "start the server with --metrics, and give --scrape the same port"
            )
        }
    }

    func ready(_ readiness: Readiness) {
        guard let number = socket?.number else { return }
        guard let bytes = try? Polling.read(number, atMost: 65_536), !bytes.isEmpty else { return finish() }
        incoming += bytes
    }

    func calledAgain() {}
    func deadlineReached(now: MonotonicTime) {}

    private func finish() {
        if let registration { loop.remove(registration) }
        registration = nil
        socket = nil
        answer = String(decoding: incoming, as: UTF8.self)
        incoming.removeAll(keepingCapacity: true)
        answers += 1
    }

    /// A figure without labels, as the last answer has it.
    func figure(_ name: String) -> Int? { Self.figure(name, in: answer) }

    static func figure(_ name: String, in answer: String) -> Int? {
        let line = answer.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
