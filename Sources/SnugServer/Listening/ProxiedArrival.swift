// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem
internal import SnugTransport

/// A connection from a load balancer that has not said yet whose it is.
///
/// Not a byte behind the header is read: that is the client's, and its TLS session's. Until the header is whole nothing is
/// counted for anybody; it has the time that a stranger has for its first byte.
final class ProxiedArrival: EventHandler {
    /// Where the balancer is.
    let proxy: SocketAddress

    private let kind: ListenerKind
    private unowned let lobby: Lobby
    private let descriptor: Int32
    private var channel: SocketChannel?
    private var registration: RegistrationID?
    private var header: [UInt8] = []

    init(
        _ channel: consuming SocketChannel,
        from proxy: SocketAddress,
        at kind: ListenerKind,
        in lobby: Lobby
    ) {
        descriptor = channel.descriptor ?? -1
        self.channel = .some(channel)
        self.proxy = proxy
        self.kind = kind
        self.lobby = lobby
    }

    func startWatching() throws(SystemError) {
        let registration = try lobby.events.add(descriptor, for: .readable, handler: self)
        let patience = lobby.configuration.limits.firstByteTimeout
        lobby.events.setDeadline(lobby.events.now + patience, for: registration)
        self.registration = registration
    }

    func ready(_ readiness: Readiness) {
        guard !lobby.isStopping else { return }
        while channel != nil {
            switch ProxyHeader.read(header) {
            case .complete(.client(let client)): return pass(as: client)
            case .complete(.own): return pass(as: proxy)
            case .incomplete(let bytes): guard receive(bytes - header.count) else { return }
            case .wrong(let fault): return refuse(fault)
            }
        }
    }

    func calledAgain() {}

    func deadlineReached(now: MonotonicTime) { refuse(.tooSlow) }

    /// Returns whether there is something new.
    private func receive(_ count: Int) -> Bool {
        var bytes = [UInt8](repeating: 0, count: count)
        do throws(SystemError) {
            let number = descriptor
            let received = try Syscalls.unlessWouldBlock("recv") { recv(number, &bytes, count, 0) }
            guard let received else { return false }
            guard received > 0 else {
                visit()
                return false
            }
            header += bytes[..<received]
            return true
        } catch {
            visit()
            return false
        }
    }

    /// Balancers look whether the port is open, and go.
    private func visit() {
        lobby.report(.visited(peer: proxy))
        end()
    }

    func refuse(_ fault: ServerEvent.ProxyFault) {
        lobby.report(.proxyRefused(peer: proxy, fault))
        end()
    }

    private func pass(as client: SocketAddress) {
        forget()
        if let channel = channel.take() { lobby.admit(channel, from: client, at: kind) }
    }

    /// Closes the connection.
    func end() {
        forget()
        if let channel = channel.take() { channel.reset() }
    }

    private func forget() {
        if let registration { lobby.events.remove(registration) }
        registration = nil
        lobby.forget(self)
    }
}

extension ServerEvent {
    /// Why a load balancer's connection was not taken.
    public enum ProxyFault: Equatable, Sendable {
        case checksum
        case malformed
        case missing
        case tooLong(bytes: Int)
        case tooMany
        case tooSlow
        case unknown
        case version
    }
}

extension ServerEvent.ProxyFault: CustomStringConvertible {
    /// What it did, and what to do about that where that is known.
    public var description: String {
        switch self {
        case .checksum: "the checksum of its PROXY header is wrong"
        case .malformed: "its PROXY header is malformed"
        case .missing:
            "it began without a PROXY header: have it send one of version 2, or take it out of --proxy-from"
        case .tooLong(let bytes): "it announced a PROXY header of \(bytes) bytes more"
        case .tooMany: "too many of its connections had no PROXY header yet"
        case .tooSlow: "it sent no whole PROXY header in time"
        case .unknown: "its PROXY header is of a kind that is not known"
        case .version: "its PROXY header is not of version 2: have it send that"
        }
    }
}
