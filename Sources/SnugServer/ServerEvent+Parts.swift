// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

extension ServerEvent.Limit {
    /// The limit without its value.
    var kind: String {
        switch self {
        case .authenticationTime: "no name in time"
        case .backlog, .writeTime: "slow reader"
        case .connectionRate: "too many new connections from one address"
        case .connectionsPerAddress: "too many connections from one address"
        case .firstByteTime: "nothing sent in time"
        case .frameTime: "incomplete frame"
        case .idleTime: "idle"
        case .members: "the room is full"
        case .openDescriptors: "no more descriptors"
        case .strangers: "too many connections without a name"
        }
    }
}

extension ServerEvent.Limit: CustomStringConvertible {
    /// The limit and its value.
    public var description: String {
        switch self {
        case .authenticationTime(let time): "no accepted name within \(time.components.seconds) s"
        case .backlog(let bytes): "slow reader, more than \(bytes.counted("bytes")) waited for it"
        case .connectionRate(let rate):
            "more than \(rate.burst) new connections from its address, and then \(rate.perSecond) a second"
        case .connectionsPerAddress(let count): "more than \(count.counted("connections")) from its address"
        case .firstByteTime(let time): "not a byte within \(time.components.seconds) s, while many came"
        case .frameTime(let time): "an incomplete frame for \(time.components.seconds) s"
        case .idleTime(let time): "idle for \(time.components.seconds) s"
        case .members(let count): "the room is full with \(count.counted("members"))"
        case .openDescriptors: "the process may not open more descriptors"
        case .strangers(let count):
            "more than \(count.counted("connections")) without a name, and others were quicker"
        case .writeTime(let time): "slow reader, took nothing for \(time.components.seconds) s"
        }
    }
}

extension ServerEvent.ProtocolViolation: CustomStringConvertible {
    /// What the peer sent.
    public var description: String {
        switch self {
        case .invalidUTF8: "sent bytes that are not UTF-8"
        case .noMessage: "sent a frame that is no message of level 1"
        case .notEntered: "sent a message before it had entered"
        case .noPassphrase: "sent an empty frame in place of the passphrase"
        case .oversizedFrame(let bytes): "announced a frame of \(bytes) bytes\(Self.text(of: bytes))"
        case .tlsOnPlainPort: "speaks TLS on the plain port"
        }
    }

    /// A browser's request, read as a length, is one of more than a billion bytes: its first word says more.
    private static func text(of length: UInt32) -> String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return "" }
        return ", which is the text \"\(String(decoding: bytes, as: UTF8.self))\""
    }
}

extension ServerEvent.Departure: CustomStringConvertible {
    /// The reason in a few words.
    public var description: String {
        switch self {
        case .connectionFailed(let error): "\(error)"
        case .dismissed(let reason): reason.rawValue
        case .ended: "connection closed"
        case .limitReached(let limit): "\(limit)"
        case .quit: "quit"
        case .violatedProtocol(let violation): "\(violation)"
        }
    }
}

extension ServerEvent.Departure {
    /// What it means to the chat.
    var endReason: EndReason {
        switch self {
        case .connectionFailed: .cut
        case .dismissed(let reason): reason
        case .ended, .quit: .goodbye
        case .limitReached(.idleTime): .idle
        case .limitReached: .slow
        case .violatedProtocol: .violation
        }
    }
}

extension ServerEvent.ControlFault: CustomStringConvertible {
    /// What it did.
    public var description: String {
        switch self {
        case .noLevelOne: "it does not speak level 1"
        case .oversizedFrame: "it announced a frame that is too long"
        case .tooSlow: "it sent no complete frame, or took nothing of its answer"
        }
    }
}
