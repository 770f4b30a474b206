// SPDX-License-Identifier: Apache-2.0

/// A line or an action, as history keeps it.
///
/// It is its event itself: to keep a line that was just said costs one count, and no memory that the event has not got.
public struct StoredLine: Equatable, Sendable {
    private let event: ChatEvent

    /// The room that it was said in.
    public let room: RoomID

    /// The bytes of its texts.
    package let textBytes: Int

    /// Nil for an event that is not something said in a room.
    init?(_ event: ChatEvent) {
        guard case .said(let speech, let ref) = event.kind, case .room(let room) = event.audience else {
            return nil
        }
        self.event = event
        self.room = room
        textBytes = Self.textBytes(speech.line.text, ref, event.room, event.who)
    }

    /// Makes a line, as a file has kept it.
    public init(
        sequence: UInt64,
        time: ChatTime,
        room: RoomID,
        roomName: RoomName,
        author: Who,
        token: TokenDigest?,
        ref: Ref?,
        text: String,
        isAction: Bool
    ) {
        event = ChatEvent(
            sequence: sequence,
            time: time,
            audience: .room(room),
            room: roomName,
            who: author,
            kind: .said(Speech(alreadyJudged: text, isAction: isAction), ref: ref),
            token: token
        )
        self.room = room
        textBytes = Self.textBytes(text, ref, roomName, author)
    }

    private static func textBytes(_ text: String, _ ref: Ref?, _ room: RoomName?, _ author: Who?) -> Int {
        text.utf8.count + (ref == nil ? 0 : Ref.maximumBytes) + (room?.text.utf8.count ?? 0)
            + (author?.name.text.utf8.count ?? 0)
    }

    /// Its event's sequence number.
    public var sequence: UInt64 { event.sequence }

    /// When it was said.
    public var time: ChatTime { event.time }

    /// That room's name; other rooms may have the same one.
    public var roomName: RoomName { event.room ?? .nameless }

    /// Who said it.
    public var author: Who { event.who ?? Who(id: PersonID(rawValue: 0), name: .anonymous, key: nil) }

    /// The token of the author's stay.
    public var token: TokenDigest? { event.token }

    /// The client's own name for it.
    public var ref: Ref? { if case .said(_, let ref) = event.kind { ref } else { nil } }

    /// The words.
    public var text: String { if case .said(let speech, _) = event.kind { speech.line.text } else { "" } }

    /// Whether it is an action.
    public var isAction: Bool { if case .said(let speech, _) = event.kind { speech.isAction } else { false } }
}
