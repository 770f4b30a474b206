// SPDX-License-Identifier: Apache-2.0

/// The name of a room: cleaned like a member's, compared by its looks, and shown with `#`.
public struct RoomName: Hashable, Sendable {
    /// The name of the room that always exists.
    public static let main = RoomName(.main)

    /// For a room of which a file has a name that is none.
    package static let nameless = RoomName(.anonymous)

    /// The name without its `#`.
    public var text: String { name.text }

    /// The skeletons of all that the name can be taken for.
    var looks: [String] { name.looks }

    private let name: MemberName

    /// Cleans what a peer sent, with or without its `#`; nil if nothing is left of it.
    public init?(_ raw: String) {
        var rest = raw
        while true {
            guard let cleaned = MemberName(cleaning: rest) else { return nil }
            // "##dev" and "＃dev" would look like another name of "#dev".
            let bare = cleaned.text.unicodeScalars.drop(while: Self.looksLikeItsSign)
            guard bare.startIndex > cleaned.text.startIndex else {
                name = cleaned
                return
            }
            rest = String(bare)
        }
    }

    private init(_ name: MemberName) {
        self.name = name
    }

    /// Whether people could take the one name for the other.
    public func looksLike(_ other: RoomName) -> Bool {
        name.looksLike(other.name)
    }

    private static func looksLikeItsSign(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "#" || !scalar.isASCII && LookalikeMap.looks(of: scalar) == ["#"]
    }
}

extension RoomName: CustomStringConvertible {
    /// The name as it is shown.
    public var description: String { "#\(text)" }
}
