// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What programs look for in a log line, beside its sentence.
public struct LogFields: Equatable, Sendable {
    /// Where it came from, as `192.0.2.7:4711`; of who came through the control socket, which process.
    public var peer: String?

    /// What somebody is called, safe to print.
    public var name: String?

    /// Why, in the words of the labels of ``Server/metrics()``.
    public var reason: String?

    /// The limit that was reached: a number of what is counted, or of seconds, or of bytes.
    public var limit: Int?

    /// How many bytes a peer has announced.
    public var bytes: Int?

    /// None.
    public init() {}
}

extension LogFields {
    init(_ event: ServerEvent) {
        switch event {
        case .authenticationFailed(let peer, _), .turnedAway(let peer, _), .visited(let peer),
            .limitReached(let peer, _), .handshakeFailed(let peer, _), .protocolViolated(let peer, _),
            .proxyRefused(let peer, _):
            self.peer = "\(peer)"
        case .joined(let peer, _, _), .left(let peer, _, _): self.peer = "\(peer)"
        default: break
        }
        reason = CountedEvent(event)?.reason
        switch event {
        case .joined(_, let name, _): self.name = SafeText.clean(name)
        case .left(_, let name, let departure):
            self.name = SafeText.clean(name)
            if case .limitReached(let limit) = departure { self.limit = limit.figure }
            if case .violatedProtocol(let violation) = departure { bytes = violation.announcedBytes }
        case .limitReached(_, let limit): self.limit = limit.figure
        case .protocolViolated(_, let violation): bytes = violation.announcedBytes
        case .proxyRefused(_, .tooLong(let bytes)): self.bytes = bytes
        case .handshakeFailed(_, .peerMisbehaved(.handshakeTooLarge(let limit))): self.limit = limit
        default: break
        }
    }
}

extension CountedEvent {
    /// The label that tells it from others of its family.
    fileprivate var reason: String? {
        switch self {
        case .acceptFailed, .joined, .reloaded, .reloadFailed: nil
        case .handshakeFailed(let fault): fault.rawValue
        case .historyFault(let trouble): trouble.rawValue
        case .left(let kind): kind.rawValue
        case .refused(let kind): kind.rawValue
        }
    }
}

extension ServerEvent.Limit {
    /// Its value, of times the seconds and of rates the burst.
    fileprivate var figure: Int? {
        switch self {
        case .authenticationTime(let time), .firstByteTime(let time), .frameTime(let time),
            .idleTime(let time), .writeTime(let time):
            Int(clamping: time.components.seconds)
        case .backlog(let bytes): bytes
        case .connectionRate(let rate): rate.burst
        case .connectionsPerAddress(let count), .members(let count), .strangers(let count): count
        case .openDescriptors: nil
        }
    }
}

extension ServerEvent.ProtocolViolation {
    fileprivate var announcedBytes: Int? {
        if case .oversizedFrame(let bytes) = self { Int(clamping: bytes) } else { nil }
    }
}
