// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

extension Room {
    /// Does what a member asked for; nothing at all if it is not, or no longer, in the room.
    public mutating func apply(_ input: Input, from id: MemberID) -> RoomAction {
        guard has(id) else { return RoomAction() }
        return switch input {
        case .help: RoomAction(notices: [.help])
        case .line(let line): say(line, by: id)
        case .nick(let request): rename(id, to: request)
        case .nothing: RoomAction()
        case .quit: RoomAction(leaves: true)
        case .unknown(let command): RoomAction(notices: [.unknownCommand(command)])
        case .who: RoomAction(notices: [.online(names)])
        }
    }
}
