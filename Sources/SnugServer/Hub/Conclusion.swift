// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What is to be done about a request, beside telling everyone, once the chat has decided on it.
///
/// At once where this server alone has the chat; where several share one order it waits until that brings the request.
///
/// Small, because there is one for each line.
enum Conclusion: Sendable {
    /// Nobody here waits for it.
    case nobody
    /// A connection is let in, or its lobby is told why not.
    indirect case arrival(
        HandedOver<Newcomer>,
        as: SessionID,
        loop: Int,
        told: @Sendable (SessionID, Refusal?) -> Void
    )
    /// The server's owner is told what came of it.
    case control(PeerProcess, told: @Sendable (ChatHub.Moderation) -> Void)
    /// A session's place is taken away.
    case leaving(SessionID)
    /// A session of level 1 is answered, if it can hear it.
    case levelOne(SessionID, ref: String?, isAnswered: Bool)
    /// A session that was held for cut goes on, or is put out.
    ///
    /// With the name that it had, for the log.
    case returning(SessionID, MemberName?)
    /// A session of level 0 is answered, if it can hear it.
    case text(SessionID, isAnswered: Bool)

    /// Whose request it is, if a session asked for something that it may ask for again and again.
    var talker: SessionID? {
        switch self {
        case .levelOne(let session, _, _), .text(let session, _): session
        case .arrival, .control, .leaving, .nobody, .returning: nil
        }
    }
}

/// A connection that wants to come in, on its way from the lobby.
struct Newcomer {
    var level = Entry.Level.text
    let peer: ServerEvent.Source
    let facts: PeerFacts
    let connection: any Connection
    let decoder: FrameDecoder
    let addressSlot: AddressSlot?
    /// What it is to be told of its connection.
    var warnings: [Notice] = []
    /// What it says of itself at level 1.
    var login: LevelOneLogin?
}
