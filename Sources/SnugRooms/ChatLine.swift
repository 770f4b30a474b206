// SPDX-License-Identifier: Apache-2.0

/// One line of chat as everybody may see it: trimmed, safe for a terminal and within its limits.
public struct ChatLine: Equatable, Sendable {
    /// The most characters, as people count them, that a line keeps.
    public static let maximumCharacters = 500

    /// The most bytes of UTF-8 that a line keeps.
    public static let maximumBytes = 2000

    /// The most Unicode scalars that a line keeps.
    public static let maximumScalars = 1000

    /// What is shown; never empty, never with white space at its ends.
    public let text: String

    /// What was taken away, which its sender is told.
    public let changes: TextChanges

    /// Cleans what a peer sent; nil if nothing is left of it.
    public init?(_ raw: String) {
        let filtered = SafeText.filter(raw)
        let trimmed = filtered.text.trimmingSpace()
        let shown = Self.beginning(of: trimmed, filtered.kind)
        let isWhole = shown.endIndex == trimmed.endIndex
        let text = String(isWhole ? trimmed : shown.trimmingSpace())
        guard !text.isEmpty else { return nil }

        self.text = text
        changes = isWhole ? filtered.changes : filtered.changes.union(.shortened)
    }

    /// Takes what was cleaned before.
    init(alreadyClean text: String, changes: TextChanges = []) {
        self.text = text
        self.changes = changes
    }

    private static func beginning(of text: Substring, _ kind: FilteredText.Kind) -> Substring {
        switch kind {
        case .ascii: return Substring(text.utf8.prefix(maximumCharacters))
        case .ordinary where text.utf8.count <= maximumCharacters: return text
        case .any, .ordinary: break
        }
        let cut = text.prefix(
            maximumCharacters: maximumCharacters,
            maximumBytes: maximumBytes,
            maximumScalars: maximumScalars
        )
        // The first character alone may be more than is let through: then part of it is better than nothing.
        return cut.isEmpty
            ? text.scalarPrefix(maximumScalars: SafeText.maximumScalarsPerCharacter) : cut
    }
}
