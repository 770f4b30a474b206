// SPDX-License-Identifier: Apache-2.0

/// A name that is fit to be shown: cleaned, within its limits, never empty.
///
/// It holds nothing that would let it pass for a notice, for another speaker or for several members, and
/// nothing that cannot be seen. Only `NameRequest` and `Chat` make one.
public struct MemberName: Hashable, Sendable {
    /// The most characters, as people count them, that a name has.
    public static let maximumCharacters = 20

    /// The most bytes of UTF-8 that a name has.
    public static let maximumBytes = 80

    /// The name as it is shown.
    public var text: String { content.text }

    /// The skeletons of all that the name can be taken for.
    var looks: [String] { content.looks }

    /// In one object, because names are copied with whatever happens, and a copy then costs one count.
    private let content: Content

    private final class Content: Sendable {
        let text: String
        let looks: [String]

        init(text: String, looks: [String]) {
            self.text = text
            self.looks = looks
        }
    }

    package init?(cleaning given: String) {
        var name = Self.filtered(given)
        // Words that are taken out may have stood in front of a sign that no name begins with: "left /who".
        while case let rest = NoticeWords.taken(outOf: name), rest != name { name = Self.filtered(rest) }
        self.init(cleaned: name)
    }

    private static func filtered(_ given: String) -> String {
        var filter = NameFilter()
        for scalar in given.unicodeScalars {
            filter.take(scalar)
            if filter.isFull { break }
        }
        return cut(String(filter.kept))
    }

    /// This name with `-number` behind it, shortened so that the whole is within the limits.
    func suffixed(_ number: UInt64) -> MemberName? {
        let suffix = "-\(number)"
        let base = text.prefix(
            maximumCharacters: Self.maximumCharacters - suffix.count,
            maximumBytes: Self.maximumBytes - suffix.utf8.count
        )
        // What was cut off may have been all that made the end of the name other words than a notice's.
        return MemberName(cleaned: NoticeWords.taken(outOf: String(base.trimmingSpace())) + suffix)
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

    /// The longest beginning within the limits.
    private static func cut(_ text: String) -> String {
        String(
            text.prefix(maximumCharacters: maximumCharacters, maximumBytes: maximumBytes).trimmingSpace()
        )
    }

    private init?(cleaned: String) {
        let text = Self.cut(cleaned)
        guard !text.isEmpty else { return nil }
        let looks = Set(LookalikeMap.forms(of: text).map { LookalikeMap.skeleton(of: $0) })
        content = Content(text: text, looks: Array(looks))
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
        let shown = SafeText.clean(
            String(trimmed.scalarPrefix(maximumBytes: 4 * Self.maximumGivenBytes))
        )
        given = String(
            shown.prefix(
                maximumCharacters: Self.maximumGivenCharacters,
                maximumBytes: Self.maximumGivenBytes
            )
        )
    }

    /// Takes what was judged before.
    init(given: String, name: MemberName?, isChanged: Bool) {
        self.given = given
        self.name = name
        self.isChanged = isChanged
    }

    private static let maximumGivenCharacters = 40
    static let maximumGivenBytes = 160
}

extension MemberName {
    /// For a fallback name of which cleaning leaves nothing.
    package static let anonymous = MemberName(alreadyClean: "anon")

    /// What the room is called that always exists.
    static let main = MemberName(alreadyClean: "main")

    private init(alreadyClean text: String) {
        content = Content(text: text, looks: [LookalikeMap.skeleton(of: text)])
    }
}
