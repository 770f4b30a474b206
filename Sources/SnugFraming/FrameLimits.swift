// SPDX-License-Identifier: Apache-2.0

/// The sizes that the wire protocol fixes; they are the same for every peer and not configurable.
public enum FrameLimits {
    /// Bytes of the big-endian length in front of every payload.
    public static let headerBytes = 4

    /// The longest payload that may be announced or sent, in bytes.
    public static let maximumPayloadBytes = 8192
}
