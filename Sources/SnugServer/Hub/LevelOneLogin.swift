// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms
internal import SnugTransport

/// What a client of level 1 says of itself on entering, beside what the chat wants to know, and its token.
struct LevelOneLogin: Sendable {
    let ref: String?
    /// How many lines of each room to tell that were said before.
    let history: Int
    /// How far each room was received, if that is of this server's epoch.
    private(set) var seen: [(room: RoomName, sequence: UInt64)] = []
    /// Rooms that were received in another epoch.
    private(set) var seenElsewhere: [RoomName] = []
    /// Rooms that were asked for by what cannot be a name.
    private(set) var unfit = 0

    private let newToken: String
    private let newDigest: TokenDigest
    private let shownToken: String?

    /// Fills in what the chat has to know; nil if there is no randomness to make a token of.
    init?(_ enter: ClientMessage.Enter, ref: String?, epoch: String, filling entry: inout Entry) {
        guard let token = RandomWord.make(), let digest = Self.digest(of: token) else { return nil }
        self.ref = ref
        history = Int(clamping: enter.history ?? 0)
        newToken = token
        newDigest = digest
        shownToken = enter.resume?.token

        entry.level = .typed
        entry.newToken = digest
        entry.resume = enter.resume.flatMap { Self.digest(of: $0.token) }
        for room in enter.rooms {
            if let name = RoomName(room) { entry.rooms.append(name) } else { unfit += 1 }
        }
        for seen in enter.resume?.seen ?? [] {
            guard let room = RoomName(seen.room) else { continue }
            if enter.resume?.epoch == epoch {
                self.seen.append((room, seen.sequence))
            } else {
                seenElsewhere.append(room)
            }
        }
    }

    private static func digest(of token: String) -> TokenDigest? {
        RandomWord.digest(of: token).flatMap { Bytes32($0) }.map { TokenDigest($0) }
    }

    /// The token of the stay: the one that was shown, if that stay goes on.
    func token(of entered: Entered) -> String {
        entered.token == newDigest ? newToken : shownToken ?? newToken
    }

    /// What to tell of a room, and whether what the client has of it counts for nothing.
    func next(in room: RoomName, through last: UInt64) -> (next: Telling.Next, isUnknown: Bool) {
        let some = Telling.Next.last(history, before: last + 1)
        if let seen = seen.first(where: { $0.room.text == room.text }) {
            return seen.sequence <= last ? (.after(seen.sequence), false) : (some, true)
        }
        return (some, seenElsewhere.contains { $0.text == room.text })
    }
}
