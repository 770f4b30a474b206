// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTerminal

/// What a row says, before it is decided what it looks like.
///
/// All text in it is safe to show.
enum Telling: Equatable, Sendable {
    /// A day of the calendar begins.
    case day(String)

    /// What somebody does.
    case did(ShownName, [StyledText.Part])

    /// What somebody says to oneself alone.
    case direct(ShownName, [StyledText.Part])

    /// What happened.
    case notice([StyledText.Part])

    /// What oneself says to a room.
    case own(String)

    /// What oneself does.
    case ownAction(ShownName, String)

    /// What oneself says to one person alone.
    case ownDirect(to: ShownName, String)

    /// What this program has to say.
    case program(String)

    /// What somebody says.
    case said(ShownName, [StyledText.Part])

    /// Words of the server's own.
    case server(String)

    /// What follows came while nobody looked.
    case unread

    /// A value in the words of a notice.
    enum Value {
        /// The first few, and how many more there are.
        case crowd([ShownName])
        case name(ShownName)
        case names([ShownName])
        case number(UInt64)
        case room(RoomName)
        case text(String)

        /// So many of a crowd are named.
        static let named = 3

        fileprivate var text: String {
            switch self {
            case .crowd: parts.map(\.text).joined()
            case .name(let name): name.text
            case .names(let names): names.map(\.text).joined(separator: ", ")
            case .number(let number): String(number)
            case .room(let room): room.text
            case .text(let text): text
            }
        }

        fileprivate var parts: [StyledText.Part] {
            switch self {
            case .crowd(let names):
                // A name cannot be "ann and 3 more": level 0 says that of many people, too.
                Value.names(Array(names.prefix(Self.named))).parts
                    + (names.count > Self.named
                        ? [StyledText.Part(" and \(names.count - Self.named) more", .notice)] : [])
            case .name(let name): [StyledText.Part(name.text, .name(name.text))]
            case .names(let names):
                // No name holds a comma, so nobody passes for two people.
                Array(names.map { [StyledText.Part($0.text, .name($0.text))] }.joined(separator: [.comma]))
            case .number, .room, .text: [StyledText.Part(text, .notice)]
            }
        }
    }

    /// The words that level 0 has for it, so that both levels say the same, and no name can hold them.
    static func notice(_ wording: Wording, _ values: Value...) -> Telling {
        .notice(parts(wording, values))
    }

    static func parts(_ wording: Wording, _ values: [Value]) -> [StyledText.Part] {
        var parts: [StyledText.Part] = []
        wording.fill(with: values.map(\.text)) { piece, index in
            if let index { parts += values[index].parts } else { parts.append(.init(piece, .notice)) }
        }
        return parts.filter { !$0.text.isEmpty }
    }
}

extension StyledText.Part {
    fileprivate static var comma: StyledText.Part { StyledText.Part(", ", .notice) }
}
