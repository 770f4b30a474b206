// SPDX-License-Identifier: Apache-2.0

/// A name that is fit to be shown: cleaned, within its limits, never empty.
///
/// It holds nothing that would let it pass for a notice, for another speaker or for several members, and
/// nothing that cannot be seen. Only `NameRequest` and `Room` make one.
public struct MemberName: Hashable, Sendable {
    /// The most characters, as people count them, that a name has.
    public static let maximumCharacters = 20

    /// The most bytes of UTF-8 that a name has.
    public static let maximumBytes = 80

    /// The name as it is shown.
    public let text: String

    /// What the name looks like as it stands, and what it looks like in lower case if that differs.
    ///
    /// Both are needed: a Cyrillic capital "В" looks like "B" but its lower case "в" does not look like "b",
    /// and "AISHA" has the look of "alsha" but is the same name as "aisha".
    let looks: [String]

    init?(cleaning given: String) {
        var filter = NameFilter()
        for scalar in given.unicodeScalars {
            filter.take(scalar)
        }
        self.init(cleaned: String(filter.kept))
    }

    /// This name with `-number` behind it, shortened so that the whole is within the limits.
    func suffixed(_ number: UInt64) -> MemberName? {
        let suffix = "-\(number)"
        let base = text.prefix(
            maximumCharacters: Self.maximumCharacters - suffix.count,
            maximumBytes: Self.maximumBytes - suffix.utf8.count
        )
        return MemberName(cleaned: String(base.trimmingSpace()) + suffix)
    }

    /// Whether people could take the one name for the other.
    public func looksLike(_ other: MemberName) -> Bool {
        looks.contains { other.looks.contains($0) }
    }

    /// Whether both are written the same; names that merely look alike are not equal.
    public static func == (left: MemberName, right: MemberName) -> Bool {
        left.text == right.text
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }

    private init?(cleaned: String) {
        let text = String(
            cleaned
                .prefix(maximumCharacters: Self.maximumCharacters, maximumBytes: Self.maximumBytes)
                .trimmingSpace()
        )
        guard !text.isEmpty else { return nil }
        self.text = text

        let asWritten = LookalikeMap.shared.skeleton(of: text)
        let inLowerCase = LookalikeMap.shared.skeleton(of: text.lowercased())
        looks = asWritten == inLowerCase ? [asWritten] : [asWritten, inLowerCase]
    }
}

extension MemberName: CustomStringConvertible {
    /// The name as it is shown.
    public var description: String { text }
}

/// A name that a member asks for, judged before it goes to the room, so that no lock is held meanwhile.
public struct NameRequest: Equatable, Sendable {
    /// What was asked for, safe to be shown to its sender; at most 40 characters.
    public let given: String

    /// What is left of it after cleaning; nil if nothing is.
    public let name: MemberName?

    /// Whether cleaning took away more than white space at the ends.
    public let isChanged: Bool

    /// Cleans what a peer sent.
    public init(_ raw: String) {
        let trimmed = raw.trimmingSpace()
        name = MemberName(cleaning: String(trimmed))
        isChanged =
            name.map { !$0.text.unicodeScalars.elementsEqual(trimmed.unicodeScalars) } ?? !trimmed.isEmpty
        let shown = SafeText.clean(String(trimmed.scalarPrefix(maximumBytes: 4 * Self.maximumGivenBytes)))
        given = String(
            shown.prefix(maximumCharacters: Self.maximumGivenCharacters, maximumBytes: Self.maximumGivenBytes)
        )
    }

    private static let maximumGivenCharacters = 40
    private static let maximumGivenBytes = 160
}

/// Walks the scalars of a name and keeps what a name may hold.
private struct NameFilter {
    private(set) var kept = String.UnicodeScalarView()
    private var hasBase = false
    private var marks = 0
    private var pendingSpace = false

    mutating func take(_ scalar: Unicode.Scalar) {
        let properties = scalar.properties
        if properties.isWhitespace {
            pendingSpace = !kept.isEmpty
            hasBase = false
        } else if isMark(properties.generalCategory) {
            keepMark(scalar)
        } else if isFit(scalar) {
            if pendingSpace { kept.append(" ") }
            pendingSpace = false
            kept.append(scalar)
            hasBase = true
            marks = 0
        }
    }

    private mutating func keepMark(_ scalar: Unicode.Scalar) {
        let properties = scalar.properties
        guard hasBase, !properties.isDefaultIgnorableCodePoint, !properties.isVariationSelector else {
            return
        }
        if properties.generalCategory != .spacingMark {
            guard marks < SafeText.maximumMarksPerBase else { return }
            marks += 1
        }
        kept.append(scalar)
    }

    private func isMark(_ category: Unicode.GeneralCategory) -> Bool {
        switch category {
        case .nonspacingMark, .enclosingMark, .spacingMark: true
        default: false
        }
    }

    private func isFit(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isDefaultIgnorableCodePoint { return false }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            return false
        case .otherLetter, .uppercaseLetter, .lowercaseLetter, .titlecaseLetter:
            // A letter that resembles a sign, such as Katakana "ノ", is still a letter of its language.
            return true
        default:
            return !isBlank(scalar) && !resemblesSyntax(scalar)
        }
    }

    /// Symbols that are not white space to Unicode but show nothing, or stand for what could not be shown.
    private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2800, 0xFFFC, 0xFFFD, 0x1D159: true
        default: false
        }
    }

    /// Whether the sign looks like one that the room's own text is made of.
    private func resemblesSyntax(_ scalar: Unicode.Scalar) -> Bool {
        switch LookalikeMap.shared.single(scalar) {
        case "*", ":", ",": true
        case "/": kept.isEmpty
        default: false
        }
    }
}

extension MemberName {
    /// For a fallback name of which cleaning leaves nothing.
    static let anonymous = MemberName(alreadyClean: "anon")

    private init(alreadyClean text: String) {
        self.text = text
        looks = [LookalikeMap.shared.skeleton(of: text)]
    }
}
