// SPDX-License-Identifier: Apache-2.0

/// What was taken away from a text before anyone else may see it.
public struct TextChanges: OptionSet, Hashable, Sendable {
    /// One bit for each kind of change.
    public let rawValue: UInt8

    /// Creates the set with these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Invisible format characters were dropped.
    public static let invisiblesDropped = TextChanges(rawValue: 1 << 0)

    /// Combining marks were dropped: without a base, or more than `SafeText.maximumMarksPerBase` on one.
    public static let marksDropped = TextChanges(rawValue: 1 << 1)

    /// The end of the text was cut off.
    public static let shortened = TextChanges(rawValue: 1 << 2)
}

/// Rules that make any text safe to print on one line of a terminal, and leave every language whole.
///
/// - Line breaks and tabulators become a space each (CR LF is one line break).
/// - Control characters become visible: C0 and DEL as their control pictures; C1, bidi controls, tag
///   characters, interlinear annotation and noncharacters as U+FFFD.
/// - Other invisible format characters are dropped. Joiners (U+200C, U+200D) and variation selectors stay,
///   because Persian, Hindi and emoji are wrong without them; joiners without a base, or more than four on
///   one, are dropped.
/// - More than four nonspacing marks on one base are dropped (UTS #39, section 5.4), as are marks without one.
public enum SafeText {
    /// The most nonspacing marks that one base character keeps.
    public static let maximumMarksPerBase = 4

    /// The most Unicode scalars that one character of a name or a line may be made of.
    ///
    /// The longest emoji has ten, a letter with all the marks it may keep fewer. Without a limit, a thousand emoji
    /// joined by U+200D are one character, which a terminal draws a thousand times as wide as anyone reckons.
    public static let maximumScalarsPerCharacter = 16

    /// `text` made safe; cleaning twice is cleaning once.
    ///
    /// Used by the server on what a member sends, and by a client on everything it prints.
    public static func clean(_ text: String) -> String {
        filter(text).text
    }

    static func filter(_ text: String) -> FilteredText {
        guard !isPrintableASCII(text) else {
            return FilteredText(text: text, changes: [], kind: .ascii)
        }
        var filter = TextFilter()
        for scalar in text.unicodeScalars {
            filter.take(scalar)
        }
        return FilteredText(
            text: String(filter.kept),
            changes: filter.changes,
            kind: filter.hasLongRun ? .any : .ordinary
        )
    }

    private static func isPrintableASCII(_ text: String) -> Bool {
        var text = text
        // Without a way out of the loop, it looks at many bytes at once.
        return text.withUTF8 { $0.reduce(true) { $0 && (0x20...0x7E).contains($1) } }
    }
}

/// A text that is safe, and what is known of it without taking its characters apart.
struct FilteredText {
    enum Kind {
        /// Anything.
        case any
        /// Printable ASCII, of which each character is a byte.
        case ascii
        /// No character has more than `SafeText.maximumScalarsPerCharacter` scalars.
        case ordinary
    }

    let text: String
    let changes: TextChanges
    let kind: Kind
}

/// What to do with one scalar of a text, apart from how many marks came before it.
enum ScalarClass {
    case carriageReturn
    case dropped
    case joiner
    case lineFeed
    case mark
    case plain
    case replaced(Unicode.Scalar)
    case space

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x20: self = .space
        case 0x21...0x7E: self = .plain
        case 0x0A: self = .lineFeed
        case 0x0D: self = .carriageReturn
        case 0x09, 0x0B, 0x0C, 0x85, 0x2028, 0x2029: self = .replaced(" ")
        case 0x00...0x1F: self = .replaced(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
        case 0x7F: self = .replaced("\u{2421}")
        case 0x80...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
            self = .replaced("\u{FFFD}")
        case 0x200C, 0x200D: self = .joiner
        case _ where scalar.isLetterOfManyLines: self = .plain
        default: self = Self.byProperties(scalar)
        }
    }

    private static func byProperties(_ scalar: Unicode.Scalar) -> ScalarClass {
        let properties = scalar.properties
        if properties.isNoncharacterCodePoint { return .replaced("\u{FFFD}") }
        if properties.isVariationSelector { return .mark }
        if properties.isDefaultIgnorableCodePoint { return .dropped }
        if properties.isWhitespace { return .space }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return .mark
        default: return .plain
        }
    }
}

/// Walks the scalars of one text and keeps what is safe.
private struct TextFilter {
    private(set) var kept = String.UnicodeScalarView()
    private(set) var changes: TextChanges = []
    /// Whether scalars in a row might be one character of more than is let through.
    private(set) var hasLongRun = false
    private var run = 0
    private var hasBase = false
    private var marks = 0
    private var joiners = 0
    private var followsCarriageReturn = false

    mutating func take(_ scalar: Unicode.Scalar) {
        let scalarClass = ScalarClass(scalar)
        let endsLineBreak = followsCarriageReturn
        followsCarriageReturn = false
        switch scalarClass {
        case .carriageReturn:
            keepSpace(" ")
            followsCarriageReturn = true
        case .lineFeed:
            if !endsLineBreak { keepSpace(" ") }
        case .space: keepSpace(scalar)
        case .replaced(" "): keepSpace(" ")
        case .replaced(let visible): keepBase(visible)
        case .plain: keepBase(scalar)
        case .mark: keepMark(scalar)
        case .joiner: keepJoiner(scalar)
        case .dropped: changes.insert(.invisiblesDropped)
        }
    }

    private mutating func keep(_ scalar: Unicode.Scalar) {
        kept.append(scalar)
        run = Self.beginsACharacter(scalar) ? 1 : run + 1
        // A character can reach over two runs: signs that go in front (U+0600), and a letter with what is on it.
        if run > SafeText.maximumScalarsPerCharacter / 2 { hasLongRun = true }
    }

    /// Whether the scalar never goes on with the character before it, unless that one only goes in front of others.
    ///
    /// Letters of the scripts that most lines are written in; being wrong about others costs time and nothing else.
    private static func beginsACharacter(_ scalar: Unicode.Scalar) -> Bool {
        (0x20...0x7E).contains(scalar.value) || scalar.isLetterOfManyLines
    }

    private mutating func keepBase(_ scalar: Unicode.Scalar) {
        keep(scalar)
        hasBase = true
        marks = 0
        joiners = 0
    }

    private mutating func keepSpace(_ scalar: Unicode.Scalar) {
        keepBase(scalar)
        // A mark on a space would be drawn on what the space is meant to part, the name's colon for one.
        hasBase = false
    }

    private mutating func keepMark(_ scalar: Unicode.Scalar) {
        guard hasBase, marks < SafeText.maximumMarksPerBase else {
            changes.insert(.marksDropped)
            return
        }
        keep(scalar)
        marks += 1
    }

    private mutating func keepJoiner(_ scalar: Unicode.Scalar) {
        // In front of a "/" a joiner would make a command into a line that looks like one.
        guard hasBase, joiners < SafeText.maximumMarksPerBase else {
            changes.insert(.invisiblesDropped)
            return
        }
        keep(scalar)
        joiners += 1
    }
}

extension Unicode.Scalar {
    /// Letters, and signs among them, of the scripts that most lines are written in: all visible, and none is a mark.
    fileprivate var isLetterOfManyLines: Bool {
        switch value {
        case 0xC0...0x24F, 0x370...0x481, 0x48A...0x52F, 0x5D0...0x5EA, 0x620...0x64A, 0x3041...0x3096,
            0x30A1...0x30FA, 0x3400...0x9FFF, 0xAC00...0xD7A3:
            true
        default: false
        }
    }
}
