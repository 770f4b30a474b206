// SPDX-License-Identifier: Apache-2.0

public import SnugFraming
public import SnugTransport

/// Why a peer is gone.
public enum PeerDeparture: Equatable, Sendable, CustomStringConvertible {
    /// Its transport failed, or the handshake did.
    case failed(TransportError)

    /// The rules said goodbye to it; see ``FramePeer/finish()``.
    case finished

    /// The service had no place left.
    case noRoom

    /// It said goodbye.
    case quit

    /// It sent what is no frame.
    case sentNoFrame(FramingError)

    /// The service stops.
    case stopped

    /// It did not do in time what it had to.
    case tooSlow(Deadline)

    /// What a peer has limited time for.
    public enum Deadline: Equatable, Sendable {
        /// To finish a frame that it has begun.
        case frame

        /// To complete the handshake.
        case handshake

        /// To send a frame, if only an empty one.
        case idle

        /// To take what waits for it, of which there may be no more than ``ServiceLimits/backlogBytes``.
        case reading
    }

    /// The reason in a few words.
    public var description: String {
        switch self {
        case .failed(let error): "\(error)"
        case .finished: "it was said goodbye to"
        case .noRoom: "there is no place left"
        case .quit: "it said goodbye"
        case .sentNoFrame(let error): "\(error)"
        case .stopped: "the service stops"
        case .tooSlow(.frame): "it did not finish a frame in time"
        case .tooSlow(.handshake): "it did not complete the handshake in time"
        case .tooSlow(.idle): "it sent nothing for too long"
        case .tooSlow(.reading): "it does not read what is sent to it"
        }
    }

    /// Whether the peer is told by a goodbye, which it may have to be waited for to take.
    var isPolite: Bool {
        switch self {
        case .finished, .quit, .stopped: true
        case .failed, .noRoom, .sentNoFrame, .tooSlow: false
        }
    }
}
