// SPDX-License-Identifier: Apache-2.0

/// Walks the scalars of a name and keeps what a name may hold.
struct NameFilter {
    private(set) var kept = String.UnicodeScalarView()
    /// Whether more was kept than a name can have: nothing that follows matters.
    private(set) var isFull = false
    private var count = 0
    /// What a mark would stand on: a letter, and nothing else, because marks merge with signs.
    private var letter: Unicode.Scalar?
    private var marks = 0
    private var pendingSpace = false

    mutating func take(_ scalar: Unicode.Scalar) {
        let properties = scalar.properties
        if properties.isWhitespace {
            pendingSpace = !kept.isEmpty
            letter = nil
            return
        }
        if properties.isDefaultIgnorableCodePoint || Self.isBlank(scalar) { return }
        let category = properties.generalCategory
        if Self.isMark(category) {
            keepMark(scalar)
        } else if isFit(scalar, category) {
            if pendingSpace { keep(" ") }
            pendingSpace = false
            keep(scalar)
            letter = Self.isLetter(category) ? scalar : nil
            marks = 0
        }
    }

    private mutating func keepMark(_ scalar: Unicode.Scalar) {
        guard let letter, !Self.isDrawnOver(scalar), MarkScripts.shared.allow(scalar, on: letter) else {
            return
        }
        if scalar.properties.generalCategory != .spacingMark {
            guard marks < SafeText.maximumMarksPerBase else { return }
            marks += 1
        }
        keep(scalar)
    }

    private mutating func keep(_ scalar: Unicode.Scalar) {
        kept.append(scalar)
        count += 1
        // Each has a byte at least.
        isFull = count > MemberName.maximumBytes
    }

    /// Marks that are drawn through or around a letter, where its own strokes swallow them.
    ///
    /// No language needs them: letters such as "ø" and "ł" are characters of their own. What some scripts have in
    /// that combining class are their tones.
    private static func isDrawnOver(_ mark: Unicode.Scalar) -> Bool {
        mark.properties.generalCategory == .enclosingMark
            || mark.properties.canonicalCombiningClass == .overlay && !MarkScripts.shared.isBound(mark)
    }

    private static func isMark(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .nonspacingMark, .enclosingMark, .spacingMark: true
        default: false
        }
    }

    private static func isLetter(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .lowercaseLetter, .modifierLetter, .otherLetter, .titlecaseLetter, .uppercaseLetter: true
        default: false
        }
    }

    private func isFit(_ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
            .unassigned:
            false
        default: !resemblesSyntax(scalar)
        }
    }

    /// Characters that show nothing although Unicode does not call them ignorable, or stand for what could not
    /// be shown.
    ///
    /// Braille's blank, the object replacement and replacement characters, two blanks of Egyptian hieroglyphs, the
    /// filler of the Khitan small script, the musical null notehead.
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2800, 0xFFFC, 0xFFFD, 0x13441, 0x13442, 0x16FE4, 0x1D159: true
        default: false
        }
    }

    /// Whether the character looks like signs that the room's own text is made of.
    private func resemblesSyntax(_ scalar: Unicode.Scalar) -> Bool {
        // Commas, colons and semicolons of every script: between them a reader expects another clause or another name.
        let properties = scalar.properties
        if properties.isTerminalPunctuation, !properties.isSentenceTerminal { return true }
        if scalar.isASCII { return scalar == "*" || kept.isEmpty && scalar == "/" }
        let looks = LookalikeMap.looks(of: scalar)
        if looks.contains(where: { $0 == "*" || $0 == ":" || $0 == "," }) { return true }
        // A letter that resembles a slash, such as Katakana "ノ", is still a letter of its language.
        return kept.isEmpty && looks.first == "/" && properties.generalCategory != .otherLetter
    }
}
