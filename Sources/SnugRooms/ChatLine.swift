// SPDX-License-Identifier: Apache-2.0

/// One line of chat as everybody may see it: trimmed, safe for a terminal and within its limits.
public struct ChatLine: Equatable, Sendable {
    /// The most characters, as people count them, that a line keeps.
    public static let maximumCharacters = 500

    /// The most bytes of UTF-8 that a line keeps.
    public static let maximumBytes = 2000

    /// What is shown; never empty, never with white space at its ends.
    public let text: String

    /// What was taken away, which its sender is told.
    public let changes: TextChanges

    /// Cleans what a peer sent; nil if nothing is left of it.
    public init?(_ raw: String) {
        let filtered = SafeText.filter(raw)
        let trimmed = filtered.text.trimmingSpace()
        let cut = trimmed.prefix(maximumCharacters: Self.maximumCharacters, maximumBytes: Self.maximumBytes)
        // One character alone may be larger than a line: then part of it is better than nothing.
        let shown = cut.isEmpty ? trimmed.scalarPrefix(maximumBytes: Self.maximumBytes) : cut
        let text = String(shown.trimmingSpace())
        guard !text.isEmpty else { return nil }

        self.text = text
        changes = shown.endIndex == trimmed.endIndex ? filtered.changes : filtered.changes.union(.shortened)
    }
}
