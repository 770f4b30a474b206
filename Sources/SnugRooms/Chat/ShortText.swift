// SPDX-License-Identifier: Apache-2.0

/// A topic, or a reason: one safe line of at most 200 characters.
public struct ShortText: Hashable, Sendable {
    /// The most characters, as people count them.
    public static let maximumCharacters = 200

    /// The most bytes of UTF-8.
    public static let maximumBytes = 800

    /// What is shown; never empty, never with white space at its ends.
    public let text: String

    /// Cleans what a peer sent, as a line of chat is cleaned; nil if nothing is left of it.
    public init?(_ raw: String) {
        guard let line = ChatLine(raw) else { return nil }
        let cut = line.text.prefix(
            maximumCharacters: Self.maximumCharacters,
            maximumBytes: Self.maximumBytes
        )
        // The first character alone may be longer than is let through.
        let shown =
            cut.isEmpty ? line.text.scalarPrefix(maximumScalars: SafeText.maximumScalarsPerCharacter) : cut
        text = String(shown.trimmingSpace())
        guard !text.isEmpty else { return nil }
    }
}
