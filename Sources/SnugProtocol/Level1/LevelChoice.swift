// SPDX-License-Identifier: Apache-2.0

/// Which level a client speaks on a connection that has no ALPN: a plain port or a Unix socket.
public enum LevelChoice: Equatable, Sendable {
    /// The stream begins with frames; so does one of another protocol, which the frame decoder refuses.
    case levelZero

    /// ``preface`` was there; frames begin behind it.
    case levelOne

    /// What has come so far is a part of ``preface``, or nothing.
    case undecided

    /// `SNG1`: what a level-1 client sends before its first frame.
    ///
    /// As the length of a frame it would be 1,397,638,961, which no client of level 0 may announce.
    public static let preface: [UInt8] = [0x53, 0x4E, 0x47, 0x31]

    /// Judges the first bytes of a stream, as many as have come; those behind the preface are not looked at.
    public init(firstBytes: some Sequence<UInt8>) {
        var matched = 0
        for (byte, expected) in zip(firstBytes, Self.preface) {
            guard byte == expected else {
                self = .levelZero
                return
            }
            matched += 1
        }
        self = matched == Self.preface.count ? .levelOne : .undecided
    }
}
