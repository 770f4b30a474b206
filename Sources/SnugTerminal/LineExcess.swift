// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// How much of a line is more than the server keeps.
struct LineExcess: Equatable, Sendable {
    /// The characters at the end that nobody would see; never 0.
    let characters: Int

    /// Nil if the server keeps the whole line.
    init?(of line: String) {
        // A character has a byte at least, and of most lines this is all that has to be found out.
        guard
            line.utf8.count > ChatLine.maximumCharacters
                || line.unicodeScalars.count > ChatLine.maximumScalars,
            let kept = ChatLine(Self.said(line)), kept.changes.contains(.shortened)
        else { return nil }
        characters = max(1, Self.said(line).trimmingSpace().count - kept.text.count)
    }

    /// What a line says, without the command that it may begin with.
    private static func said(_ line: String) -> String {
        guard line.hasPrefix("/") else { return line }
        return String(line.hasPrefix("//") ? line.dropFirst() : line.drop { !$0.isWhitespace })
    }
}
