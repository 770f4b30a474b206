// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// A person's name as it is shown: whatever the server says, it is what a server of Snug's would have made of it.
///
/// So no name holds `*`, `:` or `,`, begins with a blank, or holds the words of a notice. That is what the forms of all
/// rows rely on.
struct ShownName: Hashable, Sendable {
    let text: String

    /// Nil for what is nobody's name.
    let member: MemberName?

    /// Whether it could be taken for a room's, since it begins with the sign of rooms.
    let looksLikeARoom: Bool

    /// Whoever moderates from outside the chat; nobody is called that.
    static let anOperator = ShownName(operator: Wording.anOperator.rawValue)

    private init(operator text: String) {
        self.text = text
        member = nil
        looksLikeARoom = false
    }

    init(_ name: MemberName) {
        text = name.text
        member = name
        looksLikeARoom = RoomName(name.text)?.text != name.text
    }

    init(_ raw: String) { self.init(NameRequest(raw).name ?? .anonymous) }

    /// A name as it is to be heard: of signs alone a voice says nothing, so they are named.
    ///
    /// No name is as long as what is put in front, so that none passes for another one that is heard so.
    static func heard(_ name: String) -> String {
        let isHeard =
            name.contains { $0.isLetter || $0.isNumber }
            || name.unicodeScalars.contains { $0.properties.isEmojiPresentation }
        guard !isHeard else { return name }
        let signs = name.unicodeScalars.compactMap { $0.properties.name?.lowercased() }
        return "somebody whose name is \(signs.joined(separator: " and "))"
    }
}

/// The names that were made fit to be shown, since that costs more than all the rest of a line.
struct ShownNames: Sendable {
    private var known: [String: ShownName] = [:]
    private var rooms: [String: RoomName] = [:]

    /// Beyond that the server makes them up.
    static let maximum = 2_048

    /// How many are remembered.
    var count: Int { known.count + rooms.count }

    mutating func name(_ person: ServerMessage.Person) -> ShownName {
        // No person has that id (docs/protocol-1.md): it stands for the server's owner.
        person.id == "0" ? .anOperator : name(person.name)
    }

    mutating func name(_ raw: String) -> ShownName {
        if let name = known[raw] { return name }
        if known.count >= Self.maximum { known = [:] }
        let name = ShownName(raw)
        known[raw] = name
        return name
    }

    mutating func room(_ raw: String) -> RoomName {
        if let room = rooms[raw] { return room }
        if rooms.count >= Self.maximum { rooms = [:] }
        let room = RoomName(raw) ?? .nameless
        rooms[raw] = room
        return room
    }
}
