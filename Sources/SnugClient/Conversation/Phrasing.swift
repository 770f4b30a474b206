// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTerminal

/// The form of every row: what is said by whom, where and how, can be read from it in one way only.
///
/// | row, with marks              | to be heard                     |
/// |------------------------------|---------------------------------|
/// | `ben: TEXT`                  | `ben says: TEXT`                |
/// | `ben * TEXT`                 | `ben does: TEXT`                |
/// | `*> TEXT`                    | `you said: TEXT`                |
/// | `aisha * TEXT`               | `you did: TEXT`                 |
/// | `* ben (only to you): TEXT *`| `ben says to you only: TEXT`    |
/// | `*>> (only to ben): TEXT`    | `to ben, you said: TEXT`        |
/// | `* ben joined the chat *`    | `ben joined the chat`           |
/// | `*! TEXT`                    | `snug: TEXT`                    |
/// | `*-- new --*`                | `snug: new from here on`        |
/// | `#ops: ` in front of a row   | `#ops room: ` in front of it    |
/// | `*#ben: TEXT`                | for a name that begins with `#` |
///
/// A name holds neither `*` nor `:` nor `,` and does not begin with a blank; so the first `:` or `*` ends it, and a row
/// that begins with `*` is nobody's. To be heard, what stands in front of the first `:` ends with a word for each form,
/// since a name may be "ben says"; and of a name that is signs only the signs are named.
struct Phrasing: Sendable {
    let style: ConversationOptions.Style

    /// The whole row.
    ///
    /// - Parameters:
    ///   - time: what the clock shows, if that is to be seen.
    ///   - room: where, if it is another room than the one that is talked in.
    func row(_ telling: Telling, time: String?, room: RoomName?) -> StyledText {
        var row = StyledText()
        if let time { row.append("\(time) ", .time) }
        if let room { row.append(style == .marks ? "\(room): " : "\(room) room: ", .room) }
        let parts = style == .marks ? marked(telling) : spoken(telling).map(Self.heard)
        for part in parts where !part.text.isEmpty { row.append(part.text, part.role) }
        return row
    }

    /// What this program has to say.
    func remark(_ words: String) -> StyledText { row(.program(words), time: nil, room: nil) }

    /// A command with its arguments; brackets say what may be left out and bars what to choose from, to be seen.
    func usage(_ usage: String) -> String {
        guard style == .plainSentences else { return usage }
        let spoken = [(" [", " and perhaps "), ("]", ""), ("|", " or ")]
        return spoken.reduce(usage) { $0.replacing($1.0, with: $1.1) }
    }

    /// A line that the server has not confirmed.
    func unconfirmed(_ line: OwnLine, isElsewhere: Bool) -> StyledText {
        var row = StyledText()
        switch line.target {
        case .person(let name): row.append("*>> (only to \(ShownName(name).text)): ", .program)
        case .room(let room):
            if isElsewhere { row.append("\(RoomName(room) ?? .nameless): ", .program) }
            row.append(line.isAction ? "*> /me " : "*> ", .program)
        }
        row.append("\(line.text) (not confirmed)", .program)
        return row
    }

    // MARK: To be seen

    private func marked(_ telling: Telling) -> [StyledText.Part] {
        switch telling {
        case .day(let day): [.init("*-- \(day) --*", .program)]
        case .did(let who, let words): speaker(who) + [.init(" * ", .speech)] + words
        case .direct(let who, let words):
            framed(Telling.parts(.direct, [.name(who), .text("")]) + words)
        case .notice(let words): framed(words)
        case .own(let text): [.init("*> ", .own), .init(text, .speech)]
        case .ownAction(let who, let text): speaker(who) + [.init(" * ", .own), .init(text, .speech)]
        case .ownDirect(to: let who, let text):
            [
                .init("*>> (only to ", .own), .init(who.text, .name(who.text)), .init("): ", .own),
                .init(text, .speech),
            ]
        case .program(let text): [.init("*! \(text)", .program)]
        case .said(let who, let words): speaker(who) + [.init(": ", .speech)] + words
        case .server(let text): framed([.init(text, .notice)])
        case .unread: [.init("*-- new --*", .program)]
        }
    }

    private func speaker(_ who: ShownName) -> [StyledText.Part] {
        [.init(who.looksLikeARoom ? "*" : "", .notice), .init(who.text, .name(who.text))]
    }

    private func framed(_ words: [StyledText.Part]) -> [StyledText.Part] {
        [.init("* ", .notice)] + words + [.init(" *", .notice)]
    }

    // MARK: To be heard

    private func spoken(_ telling: Telling) -> [StyledText.Part] {
        switch telling {
        case .day(let day): [.init("snug: \(day)", .program)]
        case .did(let who, let words): spoken(who, "does", words)
        case .direct(let who, let words): spoken(who, "says to you only", words)
        case .notice(let words): words
        case .own(let text): [.init("you said: ", .own), .init(text, .speech)]
        case .ownAction(_, let text): [.init("you did: ", .own), .init(text, .speech)]
        case .ownDirect(to: let who, let text):
            [
                .init("to ", .own), .init(who.text, .name(who.text)), .init(", you said: ", .own),
                .init(text, .speech),
            ]
        case .program(let text): [.init("snug: \(text)", .program)]
        case .said(let who, let words): spoken(who, "says", words)
        case .server(let text): [.init("from the server: \(text)", .notice)]
        case .unread: [.init("snug: new from here on", .program)]
        }
    }

    private static func heard(_ part: StyledText.Part) -> StyledText.Part {
        guard case .name = part.role else { return part }
        return .init(ShownName.heard(part.text), part.role)
    }

    private func spoken(_ who: ShownName, _ verb: String, _ words: [StyledText.Part]) -> [StyledText.Part] {
        [.init(who.text, .name(who.text)), .init(" \(verb): ", .speech)] + words
    }
}
