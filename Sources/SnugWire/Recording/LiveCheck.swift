// SPDX-License-Identifier: Apache-2.0

/// What comparing the tap's capture with one from the network interface came to.
public struct LiveCheck: Equatable, Sendable {
    /// Whether both carry the same bytes in every stream.
    public var matched: Bool

    /// Packets that the interface showed.
    public var packets: Int

    /// One sentence for a person.
    public var description: String
}
