// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem
internal import SnugTerminal

/// The same rows for a server that says everything in words.
extension Conversation {
    /// Takes what a server of level 0 said, and returns what is to be seen and heard of it.
    public mutating func take(levelZero text: String, at now: Moment) -> [Effect] {
        let text = Self.clean(text)
        switch LevelZero.message(from: text) {
        case .joined(let name): return come(name, now)
        case .left(let name):
            rooms.change(.main) { $0.remove(name.text) }
            return tell(Self.person(name), isThere: false, in: nil, at: now.calendar, now)
        case .renamed(let former, let name):
            rooms.change(.main) { $0.remove(former.text) }
            note(name)
            if former.text == self.name { become(name) }
            return show(.notice(.renamed, .name(ShownName(former)), .name(ShownName(name))), now)
        case .said(let name, let words):
            let (parts, isMention) = mentions.parts(of: words)
            note(name)
            rooms.note(lineBy: name.text, in: .main, isMention: isMention)
            let mark = markUnseen(now)
            let row = show(.said(ShownName(name), parts), now)
            return mark + row + alert(row, isForMe: isMention, now)
        case .notice(let words):
            let row = show(.notice([.init(words, .notice)]), now)
            guard words.contains(Wording.direct.filled(with: ["", ""])) else { return row }
            return row + alert(row, isForMe: true, now)
        case nil: return show(.server(text), now)
        }
    }

    private mutating func come(_ name: MemberName, _ now: Moment) -> [Effect] {
        note(name)
        // The first who comes is always oneself.
        guard you == nil else {
            return tell(Self.person(name), isThere: true, in: nil, at: now.calendar, now)
        }
        become(name)
        return show(.notice(.joined, .name(ShownName(name))), now)
    }

    /// One is in one room only, and it has no name.
    private mutating func note(_ name: MemberName) {
        rooms.change(.main) { $0.add(KnownRoom.Person(id: name.text, name: ShownName(name))) }
    }

    private mutating func become(_ name: MemberName) {
        you = Self.person(name)
        call(name.text)
    }

    /// Without ids, people are known by their names.
    private static func person(_ name: MemberName) -> ServerMessage.Person {
        ServerMessage.Person(id: name.text, name: name.text)
    }
}
