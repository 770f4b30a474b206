// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no frame.
public enum FramingError: Error, Equatable, Sendable {
    /// The peer announced more than `FrameLimits.maximumPayloadBytes`; the connection cannot go on.
    case oversizedFrame(announcedBytes: UInt32)

    /// Our own side asked to send a payload of so many bytes, which no frame can carry.
    case payloadTooLong(bytes: Int)
}

extension FramingError: CustomStringConvertible {
    /// One sentence for a log, with the number that broke the limit.
    public var description: String {
        switch self {
        case .oversizedFrame(let announcedBytes):
            "the peer announced a frame of \(announcedBytes) bytes; "
                + "at most \(FrameLimits.maximumPayloadBytes) are allowed"
        case .payloadTooLong(let bytes):
            "a payload of \(bytes) bytes does not fit a frame of \(FrameLimits.maximumPayloadBytes)"
        }
    }
}
