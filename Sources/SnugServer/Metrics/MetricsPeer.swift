// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem
internal import SnugTransport

/// Whoever asks for figures, from the first byte of the request to the last one of the answer.
///
/// ```
///   asking ──request──► waiting (for the loops) ──► answering ──all is sent──► lingering ──its FIN──► closed
/// ```
///
/// Its time and its memory are bounded: one deadline covers all of it.
final class MetricsPeer: EventHandler {
    private unowned let desk: MetricsDesk
    private var socket: OwnedDescriptor?
    private var registration: RegistrationID?
    private var phase = Phase.asking
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var sent = 0
    /// Whether the peer has ended its side.
    private var hasEnded = false

    private enum Phase { case asking, waiting, answering, lingering, closed }

    /// From the connection to its end.
    static let patience = Duration.seconds(10)

    init(_ socket: consuming OwnedDescriptor, at desk: MetricsDesk) {
        self.socket = consume socket
        self.desk = desk
    }

    func startWatching() throws(SystemError) {
        guard let number = socket?.number else { return }
        let registration = try desk.events.add(number, for: .readable, handler: self)
        desk.events.setDeadline(desk.events.now + Self.patience, for: registration)
        self.registration = registration
    }

    /// Whether it has not said yet what it wants.
    var isAsking: Bool { phase == .asking }

    func ready(_ readiness: Readiness) {
        switch phase {
        case .asking: receive()
        case .waiting: if readiness.contains(.hungUp) { close() }
        case .answering: send()
        case .lingering: discard()
        case .closed: break
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) { close() }

    private func receive() {
        guard let number = socket?.number else { return }
        // One byte more than may come, so that too much is seen.
        var bytes = [UInt8](repeating: 0, count: MetricsRequest.maximumBytes + 1 - input.count)
        do throws(SystemError) {
            let count = try Syscalls.unlessWouldBlock("recv") { recv(number, &bytes, bytes.count, 0) }
            guard let count else { return }
            guard count > 0 else { return close() }
            input += bytes[..<count]
        } catch { return close() }
        switch MetricsRequest.read(input) {
        case .incomplete: break
        case .refused(let refusal): answer(MetricsAnswer(refusal))
        case .request(let request): ask(request)
        }
    }

    private func ask(_ request: MetricsRequest) {
        input = []
        guard let question = MetricsDesk.Question(request) else { return answer(MetricsAnswer(.notFound)) }
        phase = .waiting
        watch(for: [])
        desk.ask(question, for: self)
    }

    /// Sends its answer, and ends.
    func answer(_ answer: MetricsAnswer) {
        guard phase == .asking || phase == .waiting else { return }
        phase = .answering
        output = answer.bytes
        send()
    }

    private func send() {
        guard let number = socket?.number else { return }
        while sent < output.count {
            let rest = output[sent...]
            do throws(SystemError) {
                let count = try Syscalls.unlessWouldBlock("send") {
                    rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                }
                guard let count else { return watch(for: .writable) }
                sent += count
            } catch { return close() }
        }
        phase = .lingering
        output = []
        // To close with input unread would reset the connection, and might take the answer away.
        shutdown(number, Int32(SHUT_WR))
        watch(for: .readable)
        discard()
    }

    private func discard() {
        guard let number = socket?.number else { return }
        var bytes = [UInt8](repeating: 0, count: MetricsRequest.maximumBytes)
        do throws(SystemError) {
            let count = try Syscalls.unlessWouldBlock("recv") { recv(number, &bytes, bytes.count, 0) }
            guard count == 0 else { return }
            hasEnded = true
            close()
        } catch { close() }
    }

    private func watch(for interest: Readiness) {
        if let registration { desk.events.setInterest(interest, for: registration) }
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        if let registration { desk.events.remove(registration) }
        registration = nil
        if let socket = socket.take() {
            let channel = SocketChannel(accepted: socket)
            // Who does not read has had its time. Who has only said that it asks no more may be reading.
            if hasEnded || channel.unacknowledgedBytes == 0 { channel.close() } else { channel.reset() }
        }
        desk.forget(self)
    }
}
