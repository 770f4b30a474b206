// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol

/// What there is to tell of a stay, in the order of the server's messages.
public enum LevelOneNews: Equatable, Sendable {
    /// The connection ends; with a number one may come back after so many seconds.
    case bye(Code<ByeReason>, after: UInt64?)

    /// The line with this ref has its place in its room.
    case confirmed(ref: String)

    /// A message that is new: events come once, across all connections.
    case message(ServerMessage)

    /// An event that was told before, as a part of history that was asked for.
    case recalled(ServerMessage)

    /// Something was not done: a message of ours, or without a ref what the connection or a room was asked for.
    case refused(ServerMessage.Refused, ref: String?)

    /// Everything that was missed is told, of every room that one may be in.
    case settled

    /// A room, by the name it was asked for with, is not one that one may enter any more.
    case shut(room: String)

    /// The line with this ref was not said: the room that it was for is not there any more, or not for us. Others may
    /// have its name now.
    case withheld(ref: String)
}

/// How a server of level 1 broke the order of a connection.
enum LevelOneFault: Error, Equatable, Sendable {
    /// Something of a room or of people came before `entered`.
    case notEntered
    /// The first message was another one.
    case notHello
    /// What comes once came again, or what was not asked for.
    case repeated
    case unknownVersion(UInt64)
}

extension LevelOneFault: CustomStringConvertible {
    /// The end of a sentence about the server.
    var description: String {
        switch self {
        case .notEntered: "it told of rooms before it let us in"
        case .notHello: "it did not begin with hello"
        case .repeated: "it said twice what is said once"
        case .unknownVersion(let version): "it speaks level \(version), and this program level 1"
        }
    }
}
