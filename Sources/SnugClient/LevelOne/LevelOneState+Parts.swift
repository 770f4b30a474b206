// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

extension LevelOneState {
    /// A line of our own that the server has not answered.
    struct Line: Sendable {
        let ref: String
        let kind: Kind
        var wasSent = false
        /// Whether it was sent on this connection.
        var isUnderWay = false
        /// Whether the room was for invited people when the line was sent to it.
        var isPrivate = false

        enum Kind: Sendable {
            case direct(to: String, text: String)
            case say(room: String, text: String, isAction: Bool)
        }

        var message: ClientMessage {
            switch kind {
            case .direct(let name, let text): ClientMessage(.direct(to: name, text: text), ref: ref)
            case .say(let room, let text, let isAction):
                ClientMessage(.say(room: room, text: text, isAction: isAction), ref: ref)
            }
        }

        var text: String {
            switch kind {
            case .direct(_, let text), .say(_, let text, _): text
            }
        }

        /// Nil for a line to one person alone.
        var room: String? {
            if case .say(let room, _, _) = kind { room } else { nil }
        }
    }

    /// A room that one wants to be in.
    struct Place: Sendable {
        let asked: RoomName
        /// As the server calls it, once it has.
        var name: String?
        /// Up to where everything was told, and in which epoch.
        private(set) var position: Position?
        /// The sequence number up to which the replay of this connection goes.
        var last: UInt64?
        var isPrivate = false
        /// Whether everything that was missed has been told on this connection.
        var isOpen = false
        /// What we called our asking for it, until the server has answered.
        var joining: String?

        init(asked: RoomName, joining: String? = nil) {
            self.asked = asked
            self.joining = joining
        }

        /// The sequence number up to which everything was told; 0 if that was in another epoch, or never.
        func seen(in epoch: String?) -> UInt64 { position?.epoch == epoch ? position?.sequence ?? 0 : 0 }

        mutating func note(_ sequence: UInt64, in epoch: String?) {
            position = Position(sequence: max(seen(in: epoch), sequence), epoch: epoch)
        }
    }
}
