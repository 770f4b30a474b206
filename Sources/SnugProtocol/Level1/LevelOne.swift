// SPDX-License-Identifier: Apache-2.0

/// The facts of level 1 that both ends share; docs/protocol-1.md is the whole of it.
public enum LevelOne {
    /// The number in `hello`.
    public static let number: UInt64 = 1

    /// What a client offers by ALPN (RFC 7301) to speak level 1 over TLS.
    public static let applicationProtocol = "snug/1"

    /// The most rooms that one person is in, and so the most that `enter` may name.
    public static let maximumRooms = 16

    /// A server names at most so many others of the same chat.
    public static let maximumNodes = 16

    /// The most lines that `history` and `enter` ask for.
    public static let maximumHistoryLines: UInt64 = 200

    /// The most bytes of a `ref`, an id, or the id of a `ping`: printable ASCII, not empty.
    public static let maximumReferenceBytes = 32

    /// The most bytes of a token, an epoch, a key, a code, a reason in one word, or a type: printable ASCII.
    public static let maximumWordBytes = 128

    /// The most bytes of a name of a person, a room or a program as it is asked for; what is taken is shorter.
    public static let maximumNameBytes = 256

    /// The most bytes of a line, a topic, or a reason in words, before the server judges it: what a frame holds.
    public static let maximumTextBytes = JSONLimits.bytes

    /// The most entries of a list in a frame from a server; no frame holds so many.
    static let maximumEntries = 1024
}
