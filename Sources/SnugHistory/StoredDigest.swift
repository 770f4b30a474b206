// SPDX-License-Identifier: Apache-2.0

/// A SHA-256 value: of a person's public key, or of the token that resumes a stay.
public struct StoredDigest: Hashable, Sendable {
    /// How many bytes it has.
    public static let byteCount = 32

    // Four words rather than an array: a line holds two of them, and an array would be an allocation for each.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Takes the 32 bytes of a digest; nil for any other number of them.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withBytes { Array($0) } }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: words, body)
    }

    public static func == (left: StoredDigest, right: StoredDigest) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        withBytes { hasher.combine(bytes: $0) }
    }
}
